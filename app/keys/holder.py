"""The holder of a key for Flask-Login: who a request with `Authorization: Bearer …` comes from."""

import ipaddress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from flask import Flask, request
from flask_login import UserMixin
from sqlalchemy import select

from app.access.factors import factors_of, is_asked_for_factor
from app.access.models import User
from app.access.passwords import token_hash
from app.access.queries import actor_of
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS, Actor
from app.controls.tenant import Organisation
from app.kernel.errors import Forbidden, Refusal
from app.keys.commands import MARK, SERVICE, NoteKeyUse
from app.keys.limits import count_request
from app.keys.models import ApiKey
from app.keys.scopes import passed_on, permissions_of_scopes
from app.web.context import read_session, request_context

INTERFACE = "/api/"
OWES = "The owner of this key has to sign in and choose a new password first."
OWES_FACTOR = "The owner of this key has to sign in and set up a second factor first."
_NOTE_EVERY = timedelta(minutes=1)
_LONGEST_TOKEN = 200


class Unauthenticated(Refusal):
    """No key, or one that opens nothing; the sentence is the same whichever it is (401)."""

    status = 401
    title = "A key is needed"

    def __init__(self) -> None:
        """Say what is needed and nothing of what was sent."""
        super().__init__("Send a valid API key as Authorization: Bearer …")


class KeyHolder(UserMixin):
    """The owner of the request's key, who may do what both the owner and the key may."""

    def __init__(self, key: ApiKey, user: User) -> None:
        """Hold what was read; the actor is built at first use."""
        self.key = key
        self.user = user

    @cached_property
    def actor(self) -> Actor:
        """Who makes the request: the scope is the owner's, the permissions are narrowed.

        What was lent to a person to approve with is lent to the person, not to their keys.
        """
        context = replace(request_context(), service="api", session_id=self.key.prefix)
        owner = actor_of(
            read_session(), self.user, organisation_id=self.user.organisation_id, context=context
        )
        held = passed_on(owner.permissions, is_person=self.user.kind != SERVICE)
        kept = held & permissions_of_scopes(self.key.scopes)
        return replace(owner, permissions=kept, stands_in_for=())

    def detour(self) -> None:
        """Lead nowhere: a program follows no pages."""


def load(token: str) -> KeyHolder:
    """Find the holder of a key; refuses (401) what opens nothing, and notes its use."""
    if not token:
        raise Unauthenticated
    now, place = door.clock(), request.remote_addr or ""
    query = (
        select(ApiKey, User)
        .join(User, User.id == ApiKey.user_id)
        .join(Organisation, Organisation.id == ApiKey.organisation_id)
        .where(ApiKey.token_hash == token_hash(token), User.is_active, Organisation.is_active)
    )
    row = read_session().execute(query).one_or_none()
    if row is None or row.ApiKey.standing(now)[0] != "Active" or not _is_let(row.ApiKey, place):
        raise Unauthenticated
    used = row.ApiKey.last_used_at
    if used is None or now - used > _NOTE_EVERY:
        perform(NoteKeyUse(row.ApiKey.id, place), ANONYMOUS)
    return KeyHolder(row.ApiKey, row.User)


def bearer() -> str:
    """Return the token that the request carries, or nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_one = scheme.lower() == "bearer" and token.startswith(f"{MARK}_")
    return token.strip() if is_one and len(token) <= _LONGEST_TOKEN else ""


def install_keys(app: Flask) -> None:
    """Let requests to the interface come from the holders of keys, and from nobody else."""

    @app.login_manager.request_loader  # type: ignore[attr-defined]
    def holder(_request: object) -> KeyHolder | None:
        if not request.path.startswith(INTERFACE):
            return None
        try:
            found = load(bearer())
        except Unauthenticated:
            count_request(None)
            raise
        count_request(found.key.prefix)
        if found.user.password_temporary_until is not None:
            raise Forbidden(OWES)
        if _owes_factor(found.user):
            raise Forbidden(OWES_FACTOR)
        return found


def _owes_factor(user: User) -> bool:
    """Tell whether a role of a person asks for a second factor that they have not set up."""
    session = read_session()
    is_asked = user.kind != SERVICE and is_asked_for_factor(session, user.id)
    return is_asked and not factors_of(session, user.id)


def _is_let(key: ApiKey, place: str) -> bool:
    """Tell whether the key may be used from an address."""
    if not key.networks:
        return True
    try:
        address = ipaddress.ip_address(place)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one) for one in key.networks)
