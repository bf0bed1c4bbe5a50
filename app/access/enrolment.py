"""Second factors are added and removed by their owner, and reset by an administrator."""

import secrets
from dataclasses import dataclass

import pyotp
from sqlalchemy import delete, select, update

from app.access.factor_models import Authenticator, Passkey, RecoveryCode
from app.access.factors import factors_of, is_asked_for_factor
from app.access.models import LoginSession, Role, User, UserRole
from app.access.passkeys import new_passkey
from app.access.proofs import CODE, WRONG_CODE, Proof, prove, recovery_hash, step_of
from app.access.reach import (
    demand_reach,
    end_sessions,
    end_sessions_elsewhere,
    oneself,
    reachable,
)
from app.access.throttle import FACTOR, forget_attempts, release
from app.controls.audit import RecordChange
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal

RECOVERY_CODES = 10
ENFORCED = "Your role asks for a second factor. Add another one before you remove this one."
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF_CODE = 5
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SetUpAuthenticator:
    """Share a secret with an app, shown by a code of it."""

    secret: str
    code: str


@dataclass(frozen=True, slots=True)
class RemoveAuthenticator:
    """Turn the app off, shown by a code of it or a recovery code."""

    code: str


@dataclass(frozen=True, slots=True)
class AddPasskey:
    """Add a passkey by what the device answered."""

    name: str
    answer: str
    challenge: str


@dataclass(frozen=True, slots=True)
class RemovePasskey:
    """Take one of one's own passkeys away."""

    passkey_id: int


@dataclass(frozen=True, slots=True)
class RenewRecoveryCodes:
    """Replace the recovery codes; those from before are worthless."""


@dataclass(frozen=True, slots=True)
class ResetSecondFactor:
    """Take somebody's second factors away who lost them."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AskSecondFactor:
    """Let a role ask its holders for a second factor, or no longer."""

    role_id: int
    version: int
    asks: bool


@handles(SetUpAuthenticator, permission=None, is_about_oneself=True)
def set_up_authenticator(work: Work, command: SetUpAuthenticator) -> list[str]:
    """Keep the secret; returns recovery codes when this is the first factor, else nothing."""
    user = oneself(work)
    if factors_of(work.session, user.id).authenticator is not None:
        raise Conflict("An authenticator app is set up already")
    step = step_of(command.secret, command.code, work)
    if step is None:
        raise Refusal(WRONG_CODE, field=CODE)
    forget_attempts(work, FACTOR, user.email, work.actor.context.address)
    return _added(
        work,
        user,
        Authenticator(user_id=user.id, secret=command.secret, last_step=step, created_at=work.now),
    )


@handles(RemoveAuthenticator, permission=None, is_about_oneself=True)
def remove_authenticator(work: Work, command: RemoveAuthenticator) -> None:
    """Delete the secret; refused while a role asks for a factor and there is no other."""
    user = oneself(work)
    app = factors_of(work.session, user.id).authenticator
    if app is None:
        raise Missing
    _demand_another(work, user)
    prove(work, user, Proof(CODE, command.code))
    _remove(work, user, app)


@handles(AddPasskey, permission=None, is_about_oneself=True)
def add_passkey(work: Work, command: AddPasskey) -> list[str]:
    """Keep the public key; returns recovery codes when this is the first factor."""
    user = oneself(work)
    name = command.name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise Refusal(f"Give it a name of at most {_LONGEST_NAME} characters", field="name")
    passkey = new_passkey(work, user, command.answer, command.challenge)
    passkey.name = name
    return _added(work, user, passkey)


@handles(RemovePasskey, permission=None, is_about_oneself=True)
def remove_passkey(work: Work, command: RemovePasskey) -> None:
    """Delete one's own passkey; another person's is the 404 of a missing id."""
    user = oneself(work)
    passkey = work.session.get(Passkey, command.passkey_id)
    if passkey is None or passkey.user_id != user.id:
        raise Missing
    _demand_another(work, user)
    _remove(work, user, passkey)


@handles(RenewRecoveryCodes, permission=None, is_about_oneself=True)
def renew_recovery_codes(work: Work, command: RenewRecoveryCodes) -> list[str]:
    """Return ten new codes, which are told this once."""
    del command
    user = oneself(work)
    if not factors_of(work.session, user.id):
        raise Conflict("Recovery codes go with a second factor. Set one up first.")
    return _new_codes(work, user)


@handles(ResetSecondFactor, permission="users.edit")
def reset_second_factor(work: Work, command: ResetSecondFactor) -> None:
    """Delete all factors of someone within reach and end their sessions."""
    user = reachable(work, command.user_id)
    if user.id == work.actor.user_id:
        raise Conflict("Change your own second factor in your account")
    found = factors_of(work.session, user.id)
    if not found:
        raise Conflict(f"{user.name} has no second factor")
    for one in (found.authenticator, *found.passkeys):
        if one is not None:
            work.session.delete(one)
    _drop_codes(work, user)
    release(work, FACTOR, user.email)
    _note(work, user, "Second factors", "Reset")
    end_sessions(work, [user.id])


@handles(AskSecondFactor, permission="roles.edit")
def ask_second_factor(work: Work, command: AskSecondFactor) -> None:
    """Set the flag, which system roles have as well; holders without a factor enrol at once."""
    role = find(work.session, work.actor, Role, command.role_id)
    if role.version != command.version:
        raise Conflict(STALE)
    demand_reach(work.actor, role.permissions)
    role.asks_second_factor = command.asks
    work.session.flush()  # what a person owes is read from the roles
    holders = select(UserRole.user_id).where(UserRole.role_id == role.id)
    for user_id in work.session.scalars(holders).all():
        owes = is_asked_for_factor(work.session, user_id)
        _set_owed(work, user_id, owes=owes and not factors_of(work.session, user_id))


def new_secret() -> str:
    """Return a secret of 160 bits for an app (RFC 4226 4)."""
    return pyotp.random_base32()


def _added(work: Work, user: User, factor: Authenticator | Passkey) -> list[str]:
    is_first = not factors_of(work.session, user.id)
    work.add(factor)
    _set_owed(work, user.id, owes=False)
    if not is_first:
        return []
    # They were opened by the password alone.
    end_sessions_elsewhere(work, user.id)
    return _new_codes(work, user)


def _remove(work: Work, user: User, factor: Authenticator | Passkey) -> None:
    work.session.delete(factor)
    work.session.flush()  # whether it was the last one is read next
    if not factors_of(work.session, user.id):
        _drop_codes(work, user)


def _demand_another(work: Work, user: User) -> None:
    is_last = factors_of(work.session, user.id).count == 1
    if is_last and is_asked_for_factor(work.session, user.id):
        raise Conflict(ENFORCED)


def _new_codes(work: Work, user: User) -> list[str]:
    _drop_codes(work, user)
    codes = [f"{_half()}-{_half()}" for _ in range(RECOVERY_CODES)]
    for code in codes:
        work.session.add(RecoveryCode(user_id=user.id, code_hash=recovery_hash(user.id, code)))
    _note(work, user, "Recovery codes", f"{RECOVERY_CODES} new ones")
    return codes


def _half() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF_CODE))


def _drop_codes(work: Work, user: User) -> None:
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _set_owed(work: Work, user_id: int, *, owes: bool) -> None:
    mine = update(LoginSession).where(LoginSession.user_id == user_id)
    work.session.execute(mine.values(owes_factor=owes))


def _note(work: Work, user: User, what: str, told: str) -> None:
    name = what.lower().replace(" ", "_")
    field = {"field": name, "kind": "added", "old": None, "new": told}
    work.changes.append(
        RecordChange("user", user.id, user.name, "modified", user.organisation_id, {name: field})
    )
