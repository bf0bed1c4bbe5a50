"""A proof that it is really the person: a code, a recovery code, a passkey, or the password."""

from dataclasses import dataclass

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import select, update

from app.access.factor_models import Authenticator, RecoveryCode
from app.access.factors import factors_of
from app.access.models import User
from app.access.passkeys import check_passkey
from app.access.passwords import passwords
from app.access.throttle import FACTOR, PASSWORD, forget_attempts
from app.controls.audit import RecordChange
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.kernel.errors import Refusal

CODE, PASSKEY, OF_PASSWORD = "code", "passkey", "password"
WRONG_CODE = "The code is not correct"
WRONG_PASSWORD = "Current password is not correct"  # noqa: S105  a sentence
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Proof:
    """What was typed or answered; `challenge` is the question a passkey answers."""

    way: str
    answer: str
    challenge: str = ""

    @property
    def purpose(self) -> str:
        """Under which name wrong ones are counted."""
        return PASSWORD if self.way == OF_PASSWORD else FACTOR


def prove(work: Work, user: User, proof: Proof) -> None:
    """Refuse what proves nothing; each proof is good once, and stands in the log by its kind.

    The password proves something only of a person without a second factor.
    """
    if proof.way == PASSKEY:
        passkey = check_passkey(work, proof.answer, proof.challenge, user_id=user.id)
        told = passkey.title()
    elif proof.way == CODE:
        told = _use_code(work, user, proof.answer)
    else:
        has_factor = bool(factors_of(work.session, user.id))
        if has_factor or not passwords.verify(user.password_hash, proof.answer):
            raise Refusal(WRONG_PASSWORD, field=OF_PASSWORD)
        told = "Password"
    forget_attempts(work, proof.purpose, user.email, work.actor.context.address)
    note_proof(work, user, told)


def note_proof(work: Work, user: User, told: str) -> None:
    """Write into the log what the person proved themselves with."""
    field = {"field": "proved_by", "kind": "added", "old": None, "new": told}
    work.changes.append(
        RecordChange(
            "user", user.id, user.name, "confirmed", user.organisation_id, {"proved_by": field}
        )
    )


def step_of(secret: str, code: str, work: Work) -> int | None:
    """Return the step of 30 seconds (RFC 6238) a code stands for, one off at most, or None."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        return None
    try:
        step = pyotp.TOTP(secret).verify_and_get_timecode(typed, for_time=work.now, valid_window=1)
    except OTPVerificationError:
        return None
    return int(step)


def recovery_hash(user_id: int, code: str) -> str:
    """Return what the database keeps of a recovery code, however it is typed."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return cipher.fingerprint(f"recovery {user_id} {plain}")


def _use_code(work: Work, user: User, code: str) -> str:
    """Use a code up by one statement: of two that come at once, one is refused."""
    app = work.session.scalars(
        select(Authenticator).where(Authenticator.user_id == user.id)
    ).one_or_none()
    step = step_of(app.secret, code, work) if app is not None else None
    if app is not None and step is not None:
        newer = (Authenticator.id == app.id, Authenticator.last_step < step)
        used = update(Authenticator).where(*newer).values(last_step=step)
        if work.session.scalar(used.returning(Authenticator.id)) is None:
            raise Refusal(WRONG_CODE, field=CODE)
        return app.title()
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == recovery_hash(user.id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=work.now)
    )
    if work.session.scalar(used.returning(RecoveryCode.id)) is None:
        raise Refusal(WRONG_CODE, field=CODE)
    return "Recovery code"
