"""Pages of people and roles."""

from typing import Any

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.commands import (
    CreateRole,
    CreateUser,
    DeleteRole,
    EditRole,
    EditUser,
    SetUserActive,
)
from app.access.forms import RoleForm, UserForm
from app.access.matrix import permission_matrix
from app.access.models import Role, User, UserDesk, UserProject, UserRole
from app.access.reach import covers
from app.access.resource import PEOPLE, ROLES, role_choices
from app.controls.identity import Actor
from app.controls.permissions import find
from app.organisation.queries import branch_choices, desk_choices, project_choices
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact
from app.web.resource import Resource, mount

blueprint = Blueprint("people", __name__)


@blueprint.route(f"{PEOPLE.path}/<int:user_id>/deactivate", methods=["GET", "POST"])
@permit("users.edit")
def deactivate(user_id: int) -> Response:
    """Sign a person out and keep them out, after a confirmation."""
    return _set_active(
        user_id,
        is_active=False,
        body="They are signed out at once and cannot sign in again until they are activated.",
    )


@blueprint.route(f"{PEOPLE.path}/<int:user_id>/activate", methods=["GET", "POST"])
@permit("users.edit")
def activate(user_id: int) -> Response:
    """Let a person sign in again."""
    return _set_active(user_id, is_active=True, body="They can sign in again with their password.")


def _set_active(user_id: int, *, is_active: bool, body: str) -> Response:
    user = find(read_session(), actor(), User, user_id)
    verb = "Activate" if is_active else "Deactivate"
    return confirm_view(
        command=lambda: SetUserActive(user_id, is_active=is_active),
        title=f"{verb} person",
        body=body,
        rows=[fact("Name", cells.text(user.name)), fact("Email", cells.text(user.email))],
        verb=verb,
        to=PEOPLE.path,
        done_title=f"Person {verb.lower()}d",
        danger=not is_active,
    )


def _prepare_person(form: UserForm, session: Session, who: Actor, user: User | None) -> None:
    set_choices(form.role_ids, role_choices(session, who))
    set_choices(form.project_ids, project_choices(session, who))
    set_choices(form.desk_ids, desk_choices(session, who))
    set_choices(form.branch_id, branch_choices(session, who), empty="None")
    if user is None:
        return
    del form.password
    if user.kind != "employee":
        del form.role_ids
        del form.project_ids
        del form.desk_ids
    elif not form.is_posted:
        for name, link, column in (
            ("role_ids", UserRole, UserRole.role_id),
            ("project_ids", UserProject, UserProject.project_id),
            ("desk_ids", UserDesk, UserDesk.desk_id),
        ):
            chosen = session.scalars(select(column).where(link.user_id == user.id))
            form[name].data = [str(one) for one in chosen]


def _person(form: UserForm) -> dict[str, Any]:
    """Return what was typed, as the commands name it."""
    values: dict[str, Any] = {
        name: tuple(as_id(one) or 0 for one in form[name].data) if name in form else ()
        for name in ("role_ids", "project_ids", "desk_ids")
    }
    return values | {
        "email": form.email.data,
        "first_name": form.first_name.data,
        "last_name": form.last_name.data,
        "branch_id": as_id(form.branch_id.data),
    }


def _prepare_role(form: RoleForm, _session: Session, who: Actor, role: Role | None) -> None:
    """Fill the matrix; what the editor may not give is shown and stays as it is."""
    if role is not None:
        form.beyond = frozenset(one for one in role.permissions if not covers(who, one))
        if role.is_system:
            del form.name
    form.matrix = permission_matrix(who, form.beyond | set(form.permissions.data or ()))


mount(
    Resource(
        listing=PEOPLE,
        model=User,
        singular="Person",
        module="users",
        form=UserForm,
        prepare=_prepare_person,
        create=lambda form: CreateUser(
            kind="employee", password=form.password.data, **_person(form)
        ),
        edit=lambda user, form, version: EditUser(user.id, version, **_person(form)),
        form_fields="access/_person_fields.html",
    ),
    blueprint,
)
mount(
    Resource(
        listing=ROLES,
        model=Role,
        singular="Role",
        module="roles",
        form=RoleForm,
        prepare=_prepare_role,
        create=lambda form: CreateRole(
            form.name.data, tuple(form.permissions.data), form.description.data or ""
        ),
        edit=lambda role, form, version: EditRole(
            role.id,
            version,
            form.name.data if form.name else role.name,
            tuple(form.beyond | set(form.permissions.data)),
            form.description.data or "",
        ),
        delete=lambda role: DeleteRole(role.id),
        form_fields="access/_role_fields.html",
    ),
    blueprint,
)
