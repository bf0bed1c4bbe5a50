"""The calendar in the header: a month of one's calls and reminders, and each of them."""

import re
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.agenda.commands import DeleteEvent, FinishEvent
from app.agenda.forms import EventForm
from app.agenda.models import CalendarEvent
from app.agenda.pages import PATH, event_detail, month_page
from app.agenda.queries import project_choices
from app.clients.picking import offer_clients
from app.controls.commands import door
from app.controls.identity import PLATFORM
from app.controls.permissions import find
from app.kernel.errors import Forbidden
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import set_choices
from app.web.guard import signed_in
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import render

blueprint = Blueprint("agenda", __name__)
_MONTH = re.compile(r"(2[01]\d{2})-(0[1-9]|1[0-2])")


@blueprint.get(PATH)
@signed_in
def month() -> Response:
    """Show a month: the present one, unless another is asked for."""
    zone, today = _zone(), _today()
    asked = _MONTH.fullmatch(request.args.get("month", ""))
    first = date(int(asked[1]), int(asked[2]), 1) if asked else today.replace(day=1)
    shown = month_page(read_session(), actor(), first, today=today, zone=zone)
    return render("agenda/month.html", month=shown)


@blueprint.get(f"{PATH}/<int:event_id>")
@signed_in
def show(event_id: int) -> Response:
    """Show one event."""
    _zone()
    return show_detail(event_detail(read_session(), actor(), _found(event_id)))


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@signed_in
def new() -> Response:
    """Put a call or a reminder into one's calendar."""
    zone, form = _zone(), EventForm()
    session, who = read_session(), actor()
    projects = project_choices(session, who)
    set_choices(form.project_id, projects, empty=None if len(projects) == 1 else "Choose a project")
    offer_clients(form.client_id, session, who, empty="No customer")
    if not form.is_posted:
        form.day.data = _day(request.args.get("day", ""))
    return form_view(
        form,
        command=lambda: form.create(zone),
        title="Create event",
        submit_label="Create",
        to=PATH,
        done_title="Event created",
    )


@blueprint.route(f"{PATH}/<int:event_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(event_id: int) -> Response:
    """Change one's own event."""
    zone, event = _zone(), _found(event_id)
    local = event.starts_at.astimezone(ZoneInfo(zone))
    form = EventForm(obj=event, day=local.date(), time=local.time())
    del form.project_id
    offer_clients(form.client_id, read_session(), actor(), empty="No customer")
    return form_view(
        form,
        command=lambda: form.edit(event_id, posted_version(), zone),
        title="Edit event",
        submit_label="Save changes",
        to=f"{PATH}/{event_id}",
        done_title="Event saved",
        record=event,
    )


@blueprint.route(f"{PATH}/<int:event_id>/done", methods=["GET", "POST"])
@signed_in
def finish(event_id: int) -> Response:
    """Mark an event as done, or as still to do."""
    event = _found(event_id)
    is_done = event.done_at is None
    return confirm_view(
        command=lambda: FinishEvent(event_id, is_done=is_done),
        title="Mark as done" if is_done else "Mark as to do",
        body="You are not reminded of what is done." if is_done else "The event is to do again.",
        rows=[fact("Event", cells.text(event.title()))],
        verb="Mark as done" if is_done else "Mark as to do",
        to=PATH,
        done_title="Event done" if is_done else "Event to do",
    )


@blueprint.route(f"{PATH}/<int:event_id>/delete", methods=["GET", "POST"])
@signed_in
def delete(event_id: int) -> Response:
    """Take an event out of one's calendar."""
    event = _found(event_id)
    return confirm_view(
        command=lambda: DeleteEvent(event_id),
        title="Delete event",
        body="The event leaves your calendar.",
        rows=[fact("Event", cells.text(event.title()))],
        verb="Delete",
        to=PATH,
        done_title="Event deleted",
        danger=True,
    )


def _found(event_id: int) -> CalendarEvent:
    return find(read_session(), actor(), CalendarEvent, event_id)


def _zone() -> str:
    """Return the organisation's zone; clients and people of the platform have no calendar here."""
    tenant, who = organisation(), actor()
    if tenant is None or who.scope.client_id is not None or who.may(PLATFORM):
        raise Forbidden("Only employees have a calendar.")
    return tenant.time_zone


def _today() -> date:
    return door.clock().astimezone(ZoneInfo(_zone())).date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _today()
