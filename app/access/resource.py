"""Users and roles as lists."""

import re
from typing import Any

from sqlalchemy import Select, String, and_, cast, false, func, literal, select
from sqlalchemy.orm import Session

from app.access.models import Role, User, UserRole
from app.access.reach import reaches
from app.access.roles import is_administrators
from app.controls.identity import Actor
from app.controls.permissions import TENANT_PERMISSIONS, holds, scoped, visible
from app.organisation.models import Branch, CostCentre, Department
from app.organisation.queries import branch_choices
from app.records.queries import code_choices
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.respond import row_action

PEOPLE_PATH = "/admin/users"
ROLES_PATH = "/admin/roles"
KINDS = {
    "employee": "Employee",
    "client": "Customer",
    "platform": "Platform",
    "service": "Service account",
}
_NAME = User.first_name + " " + User.last_name
_NAMES = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_TEMPORARY = User.password_temporary_until.is_not(None)
_STANDINGS: dict[str, Any] = {
    "active": and_(User.is_active, ~_TEMPORARY),
    "invited": and_(User.is_active, _TEMPORARY),
    "inactive": User.is_active.is_(False),
}


def _people(actor: Actor) -> Select[Any]:
    roles = (
        select(func.aggregate_strings(Role.name, ", "))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id)
        .scalar_subquery()
    )
    return (
        select(
            User.id,
            _NAME.label("name"),
            User.email,
            User.kind,
            User.is_active,
            User.staff_number,
            User.password_temporary_until,
            User.last_signed_in_at,
            Branch.name.label("branch"),
            roles.label("roles"),
            _held(actor).label("held"),
        )
        .outerjoin(Branch, Branch.id == User.branch_id)
        .where(*visible(actor, User))
    )


def _held(actor: Actor) -> Any:
    """Select what a person's roles allow as one text, where it may be beyond who looks."""
    if not holds(actor, "users.edit") or reaches(actor, TENANT_PERMISSIONS):
        return literal("")
    held = (
        select(func.aggregate_strings(cast(Role.permissions, String), " "))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id)
        .scalar_subquery()
    )
    return func.coalesce(held, "")


def standing_of(row: Any) -> tuple[str, str]:
    """Return whether a user may sign in, as a word and its tone."""
    if not row.is_active:
        return "Inactive", "danger"
    if row.password_temporary_until is not None:
        return "Invited", "info"
    return "Active", "success"


def address_of(user: Any) -> str:
    """Return where mail reaches a user; a service account's address is made up."""
    return "" if user.kind == "service" else str(user.email)


def _person_actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    if not holds(actor, "users.edit") or not reaches(actor, _NAMES.findall(row.held)):
        return []
    path, actions = f"{PEOPLE_PATH}/{row.id}", []
    if row.kind == "employee":
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True))
    if row.id == actor.user_id:
        return actions
    if row.is_active:
        actions.append(
            row_action("Deactivate", f"{path}/deactivate", "ban", dialog=True, danger=True)
        )
    else:
        actions.append(row_action("Activate", f"{path}/activate", "play", dialog=True))
    return actions


def role_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the organisation's roles by name."""
    return [(one.id, one.name) for one in session.scalars(scoped(actor, Role).order_by(Role.name))]


def _holds_role(ids: Any) -> Any:
    return User.id.in_(select(UserRole.user_id).where(by_id(UserRole.role_id)(ids)))


PEOPLE = Listing(
    name="people",
    title="Users",
    section="Organisation",
    path=PEOPLE_PATH,
    select=_people,
    key=User.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=_NAME, priority=1),
        Column("email", "Email", lambda row: cells.text(address_of(row)), sort=User.email),
        Column(
            "staff_number",
            "Staff number",
            lambda row: cells.text(row.staff_number),
            shown=False,
        ),
        Column("roles", "Roles", lambda row: cells.text(row.roles or KINDS[row.kind])),
        Column("branch", "Branch", lambda row: cells.text(row.branch)),
        Column(
            "status",
            "Status",
            lambda row: cells.badge(*standing_of(row)),
            sort=User.is_active,
            priority=1,
        ),
        Column("seen", "Last sign-in", lambda row: cells.instant(row.last_signed_in_at)),
    ),
    filters=(
        Filter("role", "Role", "choices", _holds_role, role_choices),
        Filter("branch", "Branch", "choices", by_id(User.branch_id), branch_choices),
        Filter(
            "department",
            "Department",
            "choices",
            by_id(User.department_id),
            lambda session, who: code_choices(session, who, Department),
        ),
        Filter(
            "cost-centre",
            "Cost centre",
            "choices",
            by_id(User.cost_centre_id),
            lambda session, who: code_choices(session, who, CostCentre),
        ),
        Filter(
            "status",
            "Status",
            "choice",
            lambda value: _STANDINGS.get(value, false()),
            lambda _session, _actor: [(key, key.capitalize()) for key in _STANDINGS],
        ),
    ),
    search=contains(_NAME, User.email, User.staff_number),
    search_hint="Name, email or staff number",
    sort="name",
    href=lambda row: f"{PEOPLE_PATH}/{row.id}",
    label=lambda row: row.name,
    actions=_person_actions,
    empty="Invite a user to let them work here.",
)


def _roles(actor: Actor) -> Select[Any]:
    people = (
        select(func.count())
        .select_from(UserRole)
        .where(UserRole.role_id == Role.id)
        .scalar_subquery()
    )
    return select(
        Role.id, Role.name, Role.description, Role.is_system, Role.permissions,
        Role.asks_second_factor, people.label("people"),
    ).where(*visible(actor, Role))  # fmt: skip


def _role_actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    actions, is_reached = [], reaches(actor, row.permissions)
    if holds(actor, "roles.edit") and not is_administrators(row):
        actions.append(row_action("Edit", f"{ROLES_PATH}/{row.id}/edit", "pencil"))
    if holds(actor, "roles.create"):
        actions.append(row_action("Clone", f"{ROLES_PATH}/{row.id}/clone", "copy"))
    if holds(actor, "roles.edit") and is_reached:
        verb = "Stop asking" if row.asks_second_factor else "Ask"
        href = f"{ROLES_PATH}/{row.id}/second-factor"
        actions.append(row_action(f"{verb} for a second factor", href, "shield", dialog=True))
    if holds(actor, "roles.delete") and not row.is_system and is_reached:
        href = f"{ROLES_PATH}/{row.id}/delete"
        actions.append(row_action("Delete", href, "trash-2", dialog=True, danger=True))
    return actions


ROLES = Listing(
    name="roles",
    title="Roles & Permissions",
    section="Organisation",
    path=ROLES_PATH,
    select=_roles,
    key=Role.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=Role.name, priority=1),
        Column(
            "description",
            "Description",
            lambda row: cells.text(row.description),
            sort=Role.description,
        ),
        Column(
            "system",
            "Kind",
            lambda row: cells.badge("System") if row.is_system else cells.badge("Custom", "info"),
        ),
        Column(
            "factor",
            "Second factor",
            lambda row: (
                cells.badge("Asked for", "info") if row.asks_second_factor else cells.text("")
            ),
        ),
        Column("people", "People", lambda row: cells.text(row.people), numeric=True),
        Column(
            "permissions", "Permissions", lambda row: cells.text(len(row.permissions)), numeric=True
        ),
    ),
    search=contains(Role.name, Role.description, cast(Role.permissions, String)),
    search_hint="Name, description or permission",
    sort="name",
    href=lambda row: f"{ROLES_PATH}/{row.id}",
    label=lambda row: row.name,
    actions=_role_actions,
    empty="Create a role to say what its holders may do.",
)
