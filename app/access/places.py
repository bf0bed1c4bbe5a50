"""A person's desks lie inside the projects they work in: elsewhere a desk shows them nothing."""

from collections.abc import Collection

from sqlalchemy import select

from app.access.models import User, UserProject
from app.access.reach import permissions_of
from app.controls.permissions import visible
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.organisation.models import Desk, Project

OUTSIDE = (
    "The desk {desk} belongs to the project {project}, which this person does not work in: "
    "choose the project as well, or leave the desk out"
)


def demand_inside(work: Work, user: User, desk_ids: Collection[int]) -> None:
    """Refuse (422) a desk outside of the person's projects; who sees all projects works in all.

    Desks that the actor does not see stay as they are, and are not named.
    """
    work.session.flush()  # roles and projects are judged as they have just become
    if not desk_ids or "projects.view-all" in permissions_of(work.session, user.id):
        return
    projects = select(UserProject.project_id).where(UserProject.user_id == user.id)
    query = (
        select(Desk.name, Project.name.label("project"))
        .join(Project, Project.id == Desk.project_id)
        .where(
            *visible(work.actor, Desk),
            Desk.id.in_(desk_ids),
            Desk.project_id.not_in(projects),
        )
        .order_by(Desk.id)
        .limit(1)
    )
    found = work.session.execute(query).one_or_none()
    if found is not None:
        sentence = OUTSIDE.format(desk=found.name, project=found.project)
        raise Refusal(sentence, field="desk_ids")
