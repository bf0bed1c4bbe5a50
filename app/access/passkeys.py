"""Passkeys (WebAuthn level 2): the questions put to them, and what is accepted as an answer."""

import ipaddress
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.access.factor_models import Passkey, PasskeyChallenge
from app.access.models import User
from app.controls.commands import handles
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

ADD, PROVE, ENTER = "add", "prove", "enter"
NOT_ACCEPTED = "The passkey was not accepted"
NO_DOMAIN = "Passkeys need an address with a name and HTTPS. Ask whoever runs this portal."
_ANSWER_WITHIN = timedelta(minutes=5)
_MOST_PASSKEYS = 20


class RelyingParty:
    """The portal as passkeys know it; told by PUBLIC_URL, never by a request."""

    def __init__(self) -> None:
        """Start without an address: passkeys are not offered."""
        self.configure(public_url="", name="Countinghouse")

    def configure(self, *, public_url: str, name: str) -> None:
        """Take the address of the portal; browsers keep passkeys for names, not for numbers."""
        parts = urlsplit(public_url)
        self.name = name
        self.id = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}"
        is_safe = parts.scheme == "https" or self.id == "localhost"
        self.is_usable = bool(self.id) and is_safe and not _is_number(self.id)


relying_party = RelyingParty()


@dataclass(frozen=True, slots=True)
class AskPasskey:
    """Put a question to a passkey: to add one, to prove oneself, or to enter without a password."""

    purpose: str
    user_id: int | None = None


@handles(AskPasskey, permission=None)
def ask_passkey(work: Work, command: AskPasskey) -> str:
    """Remember the challenge for five minutes; returns the options as the browser wants them."""
    if not relying_party.is_usable:
        raise Conflict(NO_DOMAIN)
    user = work.session.get_one(User, command.user_id) if command.user_id else None
    held = select(Passkey).where(Passkey.user_id == command.user_id).order_by(Passkey.id)
    known = [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id))
        for one in work.session.scalars(held)
    ]
    if command.purpose == ADD and user is not None:
        if len(known) >= _MOST_PASSKEYS:
            raise Conflict("Remove a passkey before you add another one")
        options = _creation_options(user, known)
    else:
        needs = UserVerificationRequirement
        options = webauthn.generate_authentication_options(
            rp_id=relying_party.id,
            allow_credentials=known,
            user_verification=needs.REQUIRED if command.purpose == ENTER else needs.PREFERRED,
        )
    work.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < work.now))
    work.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(options.challenge),
            purpose=command.purpose,
            user_id=command.user_id,
            expires_at=work.now + _ANSWER_WITHIN,
        )
    )
    return webauthn.options_to_json(options)


def new_passkey(work: Work, user: User, answer: str, challenge: str) -> Passkey:
    """Check what a device answered to the question to add it (refused with NOT_ACCEPTED)."""
    asked = _use_up(work, ADD, user.id, challenge)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=asked,
            expected_rp_id=relying_party.id,
            expected_origin=relying_party.origin,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise Refusal(NOT_ACCEPTED) from error
    return Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        created_at=work.now,
    )


def check_passkey(work: Work, answer: str, challenge: str, *, user_id: int | None) -> Passkey:
    """Check an assertion and count it; without a user the device must have verified the person.

    Refused in the same words: a question that was answered before or is too old, another
    person's passkey, another portal's answer, a count that does not go up (a copied key).
    """
    asked = _use_up(work, PROVE if user_id else ENTER, user_id, challenge)
    held = select(Passkey).where(Passkey.credential_id == _credential_id(answer))
    passkey = work.session.scalars(held).one_or_none()
    if passkey is None or user_id not in {None, passkey.user_id}:
        raise Refusal(NOT_ACCEPTED)
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=asked,
            expected_rp_id=relying_party.id,
            expected_origin=relying_party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=user_id is None,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise Refusal(NOT_ACCEPTED) from error
    # One statement, so that of two answers with the same count one is refused; no line of the log.
    counted = (
        update(Passkey)
        .where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
        .values(sign_count=proved.new_sign_count, used_at=work.now)
        .returning(Passkey.id)
    )
    if work.session.scalar(counted) is None:
        raise Refusal(NOT_ACCEPTED)
    return passkey


def _creation_options(user: User, known: list[PublicKeyCredentialDescriptor]) -> object:
    return webauthn.generate_registration_options(
        rp_id=relying_party.id,
        rp_name=relying_party.name,
        user_name=user.email,
        user_display_name=user.shown_name,
        # Devices show nobody's number: the person is a digest to them.
        user_id=cipher.fingerprint(f"passkeys of {user.id}").encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=known,
    )


def _use_up(work: Work, purpose: str, user_id: int | None, challenge: str) -> bytes:
    used = (
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.user_id.is_not_distinct_from(user_id),
            PasskeyChallenge.expires_at > work.now,
        )
        .returning(PasskeyChallenge.id)
    )
    if not challenge or work.session.scalar(used) is None:
        raise Refusal(NOT_ACCEPTED)
    return base64url_to_bytes(challenge)


def _credential_id(answer: str) -> str:
    try:
        given = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    found = given.get("id") if isinstance(given, dict) else None
    return found if isinstance(found, str) else ""


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
