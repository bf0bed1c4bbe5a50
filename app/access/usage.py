"""People say which desks, projects, branches and roles they are bound to."""

from sqlalchemy import Select, select

from app.access.models import Role, User, UserDesk, UserProject, UserRole
from app.controls.usage import used_by
from app.organisation.models import Branch, CostCentre, Department, Desk, Project


@used_by(Role, "people", list_at="/admin/users?role={record.id}", permission="users.view")
def holders_of_role(row: Role) -> Select[int]:
    """Select the people who hold a role."""
    return select(UserRole.id).where(UserRole.role_id == row.id)


@used_by(Desk, "people")
def people_of_desk(row: Desk) -> Select[int]:
    """Select the people of a desk."""
    return select(UserDesk.id).where(UserDesk.desk_id == row.id)


@used_by(Project, "people")
def people_of_project(row: Project) -> Select[int]:
    """Select the people who work in a project."""
    return select(UserProject.id).where(UserProject.project_id == row.id)


@used_by(Branch, "people", list_at="/admin/users?branch={record.id}", permission="users.view")
def people_of_branch(row: Branch) -> Select[int]:
    """Select the people who sit at a branch."""
    return select(User.id).where(
        User.organisation_id == row.organisation_id, User.branch_id == row.id, User.is_active
    )


@used_by(
    Department, "people", list_at="/admin/users?department={record.id}", permission="users.view"
)
def people_of_department(row: Department) -> Select[int]:
    """Select the people of a department."""
    return select(User.id).where(
        User.organisation_id == row.organisation_id, User.department_id == row.id
    )


@used_by(
    CostCentre, "people", list_at="/admin/users?cost-centre={record.id}", permission="users.view"
)
def people_of_cost_centre(row: CostCentre) -> Select[int]:
    """Select the people whose cost is counted under a cost centre."""
    return select(User.id).where(
        User.organisation_id == row.organisation_id, User.cost_centre_id == row.id
    )
