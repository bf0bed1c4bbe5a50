"""Keys are made and revoked, service accounts added and changed; a key's use is noted."""

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.access.passwords import token_hash
from app.access.people import CreateUser, EditUser, create_user, save_user, taken_away
from app.access.reach import permissions_of, reachable
from app.controls.audit import Activity
from app.controls.commands import action_of, handles
from app.controls.permissions import demand, find
from app.controls.review import works_through
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.keys.models import ApiKey
from app.keys.scopes import BY_KEY, passed_on, permissions_of_scopes

MARK = "chk"
SERVICE = "service"
LONGEST_NAME = 60
MOST_NETWORKS = 20
MOST_KEYS = 50
_PREFIX_BYTES, _SECRET_BYTES = 6, 32


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Make a key for oneself, or for a service account; `user_id` None is oneself."""

    name: str
    scopes: tuple[str, ...]
    user_id: int | None = None
    last_day: date | None = None
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """End a key for good: the next request with it is refused."""

    key_id: int


@dataclass(frozen=True, slots=True)
class NoteKeyUse:
    """Note when and from where a key was used, at most once a minute."""

    key_id: int
    address: str


@dataclass(frozen=True, slots=True)
class CreateServiceAccount:
    """Add a user that no person signs in as, with roles and projects like an employee."""

    name: str
    role_ids: tuple[int, ...]
    project_ids: tuple[int, ...] = ()
    branch_id: int | None = None


@dataclass(frozen=True, slots=True)
class EditServiceAccount:
    """Change a service account's name, roles and projects."""

    user_id: int
    version: int
    name: str
    role_ids: tuple[int, ...]
    project_ids: tuple[int, ...] = ()
    branch_id: int | None = None


@handles(CreateApiKey, permission=None)
def create_api_key(work: Work, command: CreateApiKey) -> dict[str, Any]:
    """Make the key; returns its id and the secret, which nobody can be told again.

    It takes no idempotency key, whose answer would keep the secret. Refused: a key for another
    person (403), scopes that its owner does not hold, a last day that is past (422), one more than
    `MOST_KEYS` that are active (409).
    """
    owner = _owner(work, command.user_id)
    _refuse_more(work, owner)
    name = _named(command.name)
    _demand_scopes(work, owner, command.scopes)
    networks = [_network(text) for text in command.networks if text.strip()]
    if len(networks) > MOST_NETWORKS:
        raise Refusal(f"A key can have at most {MOST_NETWORKS} networks", field="networks")
    prefix = f"{MARK}_{secrets.token_hex(_PREFIX_BYTES)}"
    token = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    key = work.add(
        ApiKey(
            organisation_id=work.actor.tenant_id,
            user_id=owner.id,
            name=name,
            prefix=prefix,
            token_hash=token_hash(token),
            scopes=list(command.scopes),
            networks=networks,
            expires_at=_end_of(work, command.last_day),
        )
    )
    return {"id": key.id, "token": token}


@handles(RevokeApiKey, permission=None)
def revoke_api_key(work: Work, command: RevokeApiKey) -> int:
    """Revoke one's own key, or any as an administrator; returns whose it was."""
    key = find(work.session, work.actor, ApiKey, command.key_id)
    if key.user_id != work.actor.user_id:
        demand(work.actor, "api-keys.delete")
    if key.revoked_at is not None:
        raise Conflict("This key was revoked already")
    key.revoked_at = work.now
    return key.user_id


@taken_away
def revoke_keys(work: Work, owner: User) -> None:
    """Revoke every key of a person who is deactivated, so that none wakes with them again."""
    query = select(ApiKey).where(ApiKey.user_id == owner.id, ApiKey.revoked_at.is_(None))
    for key in work.session.scalars(query):
        key.revoked_at = work.now


@works_through
def people_behind(session: Session, user_ids: Iterable[int]) -> set[int]:
    """Return who made the service accounts among the users, a key of theirs, or their roles.

    What a program hands in is their own work: with its key they could do all of it.
    """
    users = (session.get(User, user_id) for user_id in user_ids)
    return {
        person
        for user in users
        if user is not None and user.kind == SERVICE
        for person in _makers(session, user)
    }


@handles(NoteKeyUse, permission=None)
def note_key_use(work: Work, command: NoteKeyUse) -> None:
    """Write it beside the key, which is no change of the key for the log."""
    values = {"last_used_at": work.now, "last_used_from": command.address}
    work.session.execute(
        update(ApiKey)
        .where(ApiKey.id == command.key_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


@handles(CreateServiceAccount, permission="api-keys.create")
def create_service_account(work: Work, command: CreateServiceAccount) -> int:
    """Add the user; its roles must be within the giver's own permissions (403)."""
    account = CreateUser(
        kind=SERVICE,
        # The address of nobody: nothing is mailed there, and nobody signs in by it.
        email=f"{uuid4().hex}@service.invalid",
        first_name=command.name,
        last_name="(service)",
        password=secrets.token_urlsafe(_SECRET_BYTES),
        role_ids=command.role_ids,
        project_ids=command.project_ids,
        branch_id=command.branch_id,
    )
    if not command.role_ids:
        raise Refusal("Choose at least one role", field="role_ids")
    return create_user(work, account)


@handles(EditServiceAccount, permission="api-keys.create")
def edit_service_account(work: Work, command: EditServiceAccount) -> int:
    """Save it as people are saved; its keys reach no further than its roles from then on."""
    account = _service_account(work, command.user_id)
    return save_user(
        work,
        EditUser(
            account.id,
            command.version,
            account.email,
            command.name,
            account.last_name,
            command.role_ids,
            command.project_ids,
            branch_id=command.branch_id,
        ),
    )


def _makers(session: Session, account: User) -> set[int]:
    """Read in the log who gave an account its roles, as who made it did, and who made its keys."""
    keys = select(ApiKey.id).where(ApiKey.user_id == account.id)
    query = select(Activity).where(
        Activity.organisation_id == account.organisation_id,
        Activity.actor_id.is_not(None),
        or_(
            and_(Activity.entity == User.__tablename__, Activity.entity_id == account.id),
            and_(
                Activity.entity == ApiKey.__tablename__,
                Activity.entity_id.in_(keys),
                Activity.action == action_of(CreateApiKey),
            ),
        ),
    )
    return {
        row.actor_id
        for row in session.scalars(query)
        if row.actor_id is not None
        and (
            row.entity == ApiKey.__tablename__
            or any(change["field"] == Role.__tablename__ for change in row.changes or ())
        )
    }


def _owner(work: Work, user_id: int | None) -> User:
    if user_id is None:
        demand(work.actor, "api-keys.own")
        owner = find(work.session, work.actor, User, work.actor.user_id or 0)
        if owner.kind != "employee":
            raise Forbidden("A key is made for an employee or a service account")
        return owner
    demand(work.actor, "api-keys.create")
    return _service_account(work, user_id)


def _service_account(work: Work, user_id: int) -> User:
    account = reachable(work, user_id)
    if account.kind != SERVICE:
        raise Forbidden("A person's keys are made by that person alone")
    return account


def _refuse_more(work: Work, owner: User) -> None:
    query = select(func.count()).where(
        ApiKey.organisation_id == owner.organisation_id,
        ApiKey.user_id == owner.id,
        ApiKey.is_active(work.now),
    )
    if work.session.scalars(query).one() >= MOST_KEYS:
        most = f"{owner.name} has {MOST_KEYS} active keys, the most there can be"
        raise Conflict(f"{most}. Revoke one first.")


def _named(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refusal(f"Name must have 1 to {LONGEST_NAME} characters", field="name")
    return name


def keys_reach(session: Session, owner: User) -> frozenset[str]:
    """Return all that keys of an owner may be made for."""
    held = frozenset(permissions_of(session, owner.id))
    return passed_on(held, is_person=owner.kind != SERVICE)


def _demand_scopes(work: Work, owner: User, scopes: tuple[str, ...]) -> None:
    held = keys_reach(work.session, owner)
    known = all(key in BY_KEY and not BY_KEY[key].permissions.isdisjoint(held) for key in scopes)
    if not scopes or not known or not permissions_of_scopes(list(scopes)):
        raise Refusal("Choose scopes that the owner holds", field="scopes")


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise Refusal(
            "A network is an address such as 203.0.113.7 or a range such as 203.0.113.0/24",
            field="networks",
        ) from None


def _end_of(work: Work, last_day: date | None) -> datetime | None:
    """Return the first moment after a day of the organisation's own calendar."""
    if last_day is None:
        return None
    zone = ZoneInfo(work.organisation.time_zone)
    end = datetime.combine(last_day, time(), tzinfo=zone) + timedelta(days=1)
    if end <= work.now:
        raise Refusal("The last day cannot be past", field="last_day")
    return end
