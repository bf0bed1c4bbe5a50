"""Pages of users: the list, inviting, a user's own page and what an administrator does there."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.domains import demand_receiver
from app.access.forms import UserForm
from app.access.invitations import InviteUser, SendTemporaryPassword
from app.access.models import User, UserDesk, UserProject, UserRole
from app.access.open_sessions import EndSessionOfUser, EndSessionsOfUser, UnlockUser
from app.access.people import EditUser, SetUserActive, normal_email
from app.access.person_page import person_detail
from app.access.resource import PEOPLE, PEOPLE_PATH, role_choices
from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.organisation.models import CostCentre, Department, Desk, Project
from app.organisation.queries import branch_choices, desk_choices, project_choices
from app.records.pages import usage_facts
from app.records.queries import code_choices
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, submit

blueprint = Blueprint("people", __name__)
_OF_EMPLOYEES = (
    "role_ids",
    "project_ids",
    "desk_ids",
    "staff_number",
    "department_id",
    "cost_centre_id",
)
register(PEOPLE)


@blueprint.get(PEOPLE_PATH)
@permit("users.view")
def people() -> Response:
    """List the users of the organisation."""
    invite = {"label": "Invite User", "href": f"{PEOPLE_PATH}/new"}
    return show_list(PEOPLE, create=invite if holds(actor(), "users.create") else None)


@blueprint.get(f"{PEOPLE_PATH}.csv")
@permit("users.view")
def people_csv() -> Response:
    """Send the list as a file."""
    return send_csv(PEOPLE)


@blueprint.route(f"{PEOPLE_PATH}/new", methods=["GET", "POST"])
@permit("users.create")
def invite() -> Response:
    """Invite an employee by mail (E12.01)."""
    form = UserForm()
    _prepare(form, read_session(), actor(), None)
    return form_view(
        form,
        command=lambda: InviteUser(**_person(form)),
        title="Invite User",
        submit_label="Send invitation",
        to=PEOPLE_PATH,
        done_title="User invited",
        done_text="A mail with a temporary password is on its way.",
        form_fields="access/_person_fields.html",
        intro="They get a mail with a temporary password and choose their own at first sign-in.",
    )


@blueprint.get(f"{PEOPLE_PATH}/<int:user_id>")
@permit("users.view")
def person(user_id: int) -> Response:
    """Show a user with roles, projects, desks, permissions, browsers and history."""
    session, who = read_session(), actor()
    return show_detail(person_detail(session, who, find(session, who, User, user_id)))


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/edit", methods=["GET", "POST"])
@permit("users.edit")
def edit(user_id: int) -> Response:
    """Change an employee; a new address must be able to receive mail as an invited one's must."""
    user = find(read_session(), actor(), User, user_id)
    form = UserForm(obj=user)
    _prepare(form, read_session(), actor(), user)

    def command() -> EditUser:
        if normal_email(form.email.data) != user.email:
            demand_receiver(form.email.data, organisation)
        return EditUser(user.id, posted_version(), **_person(form))

    return form_view(
        form,
        command=command,
        title="Edit user",
        submit_label="Save changes",
        to=PEOPLE_PATH,
        done_title="User saved",
        record=user,
        form_fields="access/_person_fields.html",
    )


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/deactivate", methods=["GET", "POST"])
@permit("users.edit")
def deactivate(user_id: int) -> Response:
    """Sign a person out and keep them out, after a confirmation."""
    return _ask(
        user_id,
        lambda: SetUserActive(user_id, is_active=False),
        verb="Deactivate",
        body="They are signed out at once and cannot sign in again until they are activated. "
        "Their API keys are revoked for good: who is activated again makes new ones. "
        "Desks, projects and customers stay theirs until they are given to another.",
        done_title="User deactivated",
        danger=True,
        told=_held,
    )


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/activate", methods=["GET", "POST"])
@permit("users.edit")
def activate(user_id: int) -> Response:
    """Let a person sign in again."""
    return _ask(
        user_id,
        lambda: SetUserActive(user_id, is_active=True),
        verb="Activate",
        body="They can sign in again with their password. API keys they had stay revoked.",
        done_title="User activated",
    )


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/unlock", methods=["GET", "POST"])
@permit("users.edit")
def unlock(user_id: int) -> Response:
    """Let a person try to sign in again who was held back after wrong passwords."""
    return _ask(
        user_id,
        lambda: UnlockUser(user_id),
        verb="Unlock",
        body="Wrong passwords that were typed for this address are forgotten. "
        "Make sure that it was they who typed them.",
        done_title="User unlocked",
    )


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/temporary-password", methods=["GET", "POST"])
@permit("users.edit")
def temporary_password(user_id: int) -> Response:
    """Mail a person a new temporary password."""
    return _ask(
        user_id,
        lambda: SendTemporaryPassword(user_id),
        verb="Send temporary password",
        body="Their password stops working and they are signed out everywhere. "
        "A mail with a temporary one is sent, which they replace at their next sign-in.",
        done_title="Temporary password sent",
    )


@blueprint.post(f"{PEOPLE_PATH}/<int:user_id>/sessions/<int:session_id>/end")
@permit("users.edit")
def end_session(user_id: int, session_id: int) -> Response:
    """Sign one browser of a person out."""
    submit(EndSessionOfUser(user_id, session_id))
    return done("Signed out there", to=f"{PEOPLE_PATH}/{user_id}")


@blueprint.post(f"{PEOPLE_PATH}/<int:user_id>/sessions/end")
@permit("users.edit")
def end_sessions(user_id: int) -> Response:
    """Sign a person out everywhere."""
    submit(EndSessionsOfUser(user_id))
    return done("Signed out everywhere", to=f"{PEOPLE_PATH}/{user_id}")


def _ask(
    user_id: int,
    command: Callable[[], Any],
    *,
    verb: str,
    body: str,
    done_title: str,
    danger: bool = False,
    told: Callable[[Session, Actor, User], list[dict[str, Any]]] = lambda _s, _a, _user: [],
) -> Response:
    session, who = read_session(), actor()
    user = find(session, who, User, user_id)
    return confirm_view(
        command=command,
        title=verb,
        body=body,
        rows=[
            fact("Name", cells.text(user.name)),
            fact("Email", cells.text(user.email)),
            *told(session, who, user),
        ],
        verb=verb,
        to=f"{PEOPLE_PATH}/{user.id}",
        done_title=done_title,
        danger=danger,
    )


def _held(session: Session, who: Actor, user: User) -> list[dict[str, Any]]:
    """Return the desks and projects a person is on, and how many customers they manage (M02.04)."""
    desks = select(Desk.name).join(UserDesk, UserDesk.desk_id == Desk.id)
    projects = select(Project.name).join(UserProject, UserProject.project_id == Project.id)
    rows = []
    for label, query in (
        ("Desks", desks.where(UserDesk.user_id == user.id).order_by(Desk.name)),
        ("Projects", projects.where(UserProject.user_id == user.id).order_by(Project.name)),
    ):
        names = ", ".join(session.scalars(query))
        rows += [fact(label, cells.text(names))] if names else []
    return [*rows, *usage_facts(session, who, user, led="")]


def _prepare(form: UserForm, session: Session, who: Actor, user: User | None) -> None:
    set_choices(form.role_ids, role_choices(session, who))
    set_choices(form.project_ids, project_choices(session, who))
    set_choices(form.desk_ids, desk_choices(session, who))
    set_choices(form.branch_id, branch_choices(session, who), empty="None")
    for name, model in (("department_id", Department), ("cost_centre_id", CostCentre)):
        kept = getattr(user, name, None)
        set_choices(form[name], code_choices(session, who, model, kept=kept), empty="None")
    if user is None:
        return
    if user.kind != "employee":
        for name in _OF_EMPLOYEES:
            del form[name]
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
        "staff_number": (form.staff_number.data or "") if "staff_number" in form else "",
        "department_id": as_id(form.department_id.data) if "department_id" in form else None,
        "cost_centre_id": as_id(form.cost_centre_id.data) if "cost_centre_id" in form else None,
    }
