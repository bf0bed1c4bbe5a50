"""Keys and service accounts as lists, and what their pages show."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from app.access.models import Role, User, UserProject, UserRole
from app.access.reach import beyond_reach
from app.access.resource import standing_of
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.keys.commands import SERVICE
from app.keys.models import ApiKey
from app.keys.scopes import BY_KEY
from app.organisation.models import Project
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/api-keys"
SERVICES_PATH = "/admin/service-accounts"
_OWNER = User.first_name + " " + User.last_name
_STANDINGS = (("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked"))


def _keys(actor: Actor) -> Select[Any]:
    return (
        select(ApiKey, _OWNER.label("owner"), ApiKey.id)
        .join(User, User.id == ApiKey.user_id)
        .where(*visible(actor, ApiKey))
    )


def _services(actor: Actor) -> Select[Any]:
    return select(
        User.id, _OWNER.label("name"), User.is_active, User.password_temporary_until,
        User.created_at,
    ).where(*visible(actor, User), User.kind == SERVICE)  # fmt: skip


def _stands(value: str) -> ColumnElement[bool]:
    now = door.clock()
    is_over = and_(ApiKey.expires_at.is_not(None), ApiKey.expires_at <= now)
    if value == "revoked":
        return ApiKey.revoked_at.is_not(None)
    if value == "expired":
        return and_(ApiKey.revoked_at.is_(None), is_over)
    return ApiKey.is_active(now)


def _key_actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    if row.ApiKey.revoked_at is not None or not holds(actor, "api-keys.delete"):
        return []
    return [row_action("Revoke", f"{PATH}/{row.id}/revoke", "ban", dialog=True, danger=True)]


KEYS = Listing(
    name="api-keys",
    title="API Keys",
    section="Integrations",
    path=PATH,
    select=_keys,
    key=ApiKey.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.ApiKey.name), sort=ApiKey.name,
               priority=1),
        Column("prefix", "Key", lambda row: cells.ident(f"{row.ApiKey.prefix}…")),
        Column("owner", "Owner", lambda row: cells.text(row.owner), sort=_OWNER, priority=1),
        Column("scopes", "Scopes", lambda row: cells.text(", ".join(row.ApiKey.scopes)),
               shown=False),
        Column("status", "Status",
               lambda row: cells.badge(*row.ApiKey.standing(door.clock())), priority=1),
        Column("used", "Last used", lambda row: cells.instant(row.ApiKey.last_used_at)),
        Column("expires", "Ends", lambda row: cells.instant(row.ApiKey.expires_at), priority=3),
        Column("created", "Created", lambda row: cells.instant(row.ApiKey.created_at),
               sort=ApiKey.created_at, priority=3),
    ),
    filters=(
        Filter("status", "Status", "choice", _stands, lambda _session, _actor: _STANDINGS),
    ),
    search=contains(ApiKey.name, ApiKey.prefix, _OWNER),
    search_hint="Name, key or owner",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.ApiKey.name,
    actions=_key_actions,
    empty="Make a service account for a program and give it a key; people make their own keys "
    "in their account.",
)  # fmt: skip

SERVICES = Listing(
    name="service-accounts",
    title="Service Accounts",
    section="Integrations",
    path=SERVICES_PATH,
    select=_services,
    key=User.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=_OWNER, priority=1),
        Column("status", "Status", lambda row: cells.badge(*standing_of(row)),
               sort=User.is_active, priority=1),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=User.created_at),
    ),
    search=contains(_OWNER),
    search_hint="Name",
    sort="name",
    href=lambda row: f"{SERVICES_PATH}/{row.id}",
    label=lambda row: row.name,
    empty="Create an account for each program that works with the interface.",
)  # fmt: skip


def keys_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Return a user's keys as lines, newest first."""
    query = select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.id.desc())
    now = door.clock()
    return [
        {
            "id": key.id,
            "name": key.name,
            "prefix": key.prefix,
            "standing": dict(zip(("text", "tone"), key.standing(now), strict=True)),
            "ends": cells.instant(key.expires_at),
            "used": cells.instant(key.last_used_at),
            "is_active": key.standing(now)[0] == "Active",
        }
        for key in session.scalars(query)
    ]


def key_detail(session: Session, actor: Actor, key: ApiKey) -> dict[str, Any]:
    """Return the page of one key: everything but its secret."""
    owner = session.get_one(User, key.user_id)
    text, tone = key.standing(door.clock())
    rows = [
        fact("Owner", cells.text(owner.name, href=_owner_href(actor, owner))),
        fact("Scopes", cells.text(", ".join(_scope_names(key.scopes)))),
        fact("Networks", cells.text(", ".join(key.networks) or "From anywhere")),
        fact("Ends", cells.instant(key.expires_at)),
        fact("Last used", cells.instant(key.last_used_at)),
        fact("Last used from", cells.text(key.last_used_from)),
        fact("Created", cells.instant(key.created_at)),
        fact("Revoked", cells.instant(key.revoked_at)),
    ]
    revoke = row_action("Revoke", f"{PATH}/{key.id}/revoke", "ban", dialog=True, danger=True)
    may = text == "Active" and holds(actor, "api-keys.delete")
    return {
        "title": key.name,
        "subtitle": "API key",
        "ident": f"{key.prefix}…",
        "badge": {"text": text, "tone": tone},
        "back": {"label": "API Keys", "href": PATH},
        "actions": [revoke] if may else [],
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": key.version,
    }


def service_detail(session: Session, actor: Actor, account: User) -> dict[str, Any]:
    """Return the page of a service account: its rights and its keys."""
    path, is_within = f"{SERVICES_PATH}/{account.id}", not beyond_reach(session, actor, account)
    may = is_within and holds(actor, "api-keys.create")
    text, tone = standing_of(account)
    rows = [
        fact("Roles", cells.text(", ".join(_names(session, Role, UserRole, account)))),
        fact("Projects", cells.text(", ".join(_names(session, Project, UserProject, account)))),
        fact("Created", cells.instant(account.created_at)),
    ]
    key = row_action("New key", f"{path}/keys/new", "key-round", drawer=True, primary=True)
    edit = row_action("Edit", f"{path}/edit", "pencil", drawer=True)
    end = row_action("Deactivate", f"/admin/users/{account.id}/deactivate", "ban", dialog=True,
                     danger=True)  # fmt: skip
    ends = [end] if account.is_active and is_within and holds(actor, "users.edit") else []
    return {
        "title": account.name,
        "subtitle": "Service account",
        "ident": "",
        "badge": {"text": text, "tone": tone},
        "back": {"label": "Service Accounts", "href": SERVICES_PATH},
        "actions": [*([key, edit] if may else []), *ends],
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": account.version,
        "extra": "keys/_keys.html",
        "owned_keys": keys_of(session, account.id),
        "keys_href": PATH,
        "may_revoke": holds(actor, "api-keys.delete"),
    }


def _owner_href(actor: Actor, owner: User) -> str | None:
    if owner.kind == SERVICE:
        return f"{SERVICES_PATH}/{owner.id}"
    return f"/admin/users/{owner.id}" if holds(actor, "users.view") else None


def _scope_names(keys: Sequence[str]) -> list[str]:
    return [BY_KEY[key].name if key in BY_KEY else key for key in keys]


def _names(session: Session, model: type[Any], link: type[Any], account: User) -> list[str]:
    column = getattr(link, f"{model.__tablename__}_id")
    query = select(model.name).join(link, column == model.id).where(link.user_id == account.id)
    return list(session.scalars(query.order_by(model.name)))
