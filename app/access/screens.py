"""Pages of roles: the matrix, a role's page, cloning it, and seeing the portal as it does."""

from flask import Blueprint, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.forms import PreviewForm, RoleForm
from app.access.matrix import permission_matrix
from app.access.models import Role
from app.access.preview import SeeAsRole, StopSeeingAsRole
from app.access.reach import covers, demand_reach
from app.access.resource import ROLES, ROLES_PATH
from app.access.role_page import role_detail
from app.access.roles import CreateRole, DeleteRole, EditRole, demand_changeable
from app.controls.commands import perform
from app.controls.identity import Actor
from app.controls.permissions import find
from app.organisation.queries import desk_choices, project_choices
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit, signed_in
from app.web.pages import form_view
from app.web.resource import Resource, mount
from app.web.respond import done

blueprint = Blueprint("roles", __name__)


def _prepare_role(form: RoleForm, _session: Session, who: Actor, role: Role | None) -> None:
    """Fill the matrix; what the editor may not give is shown and stays as it is."""
    if role is not None:
        demand_changeable(role)
        form.beyond = frozenset(one for one in role.permissions if not covers(who, one))
        if role.is_system:
            del form.name
    form.matrix = permission_matrix(who, form.beyond | set(form.permissions.data or ()))


mount(
    Resource(
        listing=ROLES,
        model=Role,
        singular="Role",
        module="roles",
        detail=role_detail,
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


@blueprint.route(f"{ROLES_PATH}/<int:role_id>/clone", methods=["GET", "POST"])
@permit("roles.create")
def clone(role_id: int) -> Response:
    """Make a role out of another; what the maker may not give is left out."""
    role = find(read_session(), actor(), Role, role_id)
    form = RoleForm(data={"name": f"Copy of {role.name}", "description": role.description})
    if not form.is_posted:
        form.permissions.data = [one for one in role.permissions if covers(actor(), one)]
    form.matrix = permission_matrix(actor(), form.permissions.data or ())
    left_out = any(not covers(actor(), one) for one in role.permissions)
    return form_view(
        form,
        command=lambda: CreateRole(
            form.name.data, tuple(form.permissions.data), form.description.data or ""
        ),
        title=f"Clone {role.name}",
        submit_label="Create",
        to=ROLES_PATH,
        done_title="Role created",
        form_fields="access/_role_fields.html",
        intro="Permissions that you do not hold yourself are left out." if left_out else "",
    )


@blueprint.route(f"{ROLES_PATH}/<int:role_id>/preview", methods=["GET", "POST"])
@permit("roles.edit")
def see_as(role_id: int) -> Response:
    """Ask where the role works, then let this browser see the portal as the role."""
    session, who = read_session(), actor()
    role = find(session, who, Role, role_id)
    demand_reach(who, role.permissions)
    form = PreviewForm()
    for field, module, rows in (
        ("project_ids", "projects", project_choices(session, who)),
        ("desk_ids", "desks", desk_choices(session, who)),
    ):
        if f"{module}.view-all" in role.permissions or not rows:
            delattr(form, field)
            continue
        set_choices(form[field], rows)
        if request.method == "GET":
            form[field].data = [str(key) for key, _name in rows]

    def ids(field: str) -> tuple[int, ...]:
        return tuple(as_id(one) or 0 for one in form[field].data) if field in form else ()

    own = "" if "clients.view-all" in role.permissions else " Own clients are those you manage."
    return form_view(
        form,
        command=lambda: SeeAsRole(
            current_user.login_session.id, role.id, ids("project_ids"), ids("desk_ids")
        ),
        title=f"See as {role.name}",
        submit_label="See as this role",
        to="/",
        done_title=f"You see the portal as {role.name}",
        intro=f"You see what this role sees and can change nothing until you leave it.{own}",
    )


@blueprint.post("/leave-preview")
@signed_in
def leave_preview() -> Response:
    """Be oneself again, at the page of the role."""
    seen = current_user.login_session.preview
    perform(StopSeeingAsRole(current_user.login_session.id), current_user.own_actor)
    to = f"{ROLES_PATH}/{seen['role_id']}" if seen else "/"
    return done("You see the portal as yourself again", to=to)
