"""Pages of roles."""

from flask import Blueprint
from sqlalchemy.orm import Session

from app.access.forms import RoleForm
from app.access.matrix import permission_matrix
from app.access.models import Role
from app.access.reach import covers
from app.access.resource import ROLES
from app.access.roles import CreateRole, DeleteRole, EditRole
from app.controls.identity import Actor
from app.web.resource import Resource, mount

blueprint = Blueprint("roles", __name__)


def _prepare_role(form: RoleForm, _session: Session, who: Actor, role: Role | None) -> None:
    """Fill the matrix; what the editor may not give is shown and stays as it is."""
    if role is not None:
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
