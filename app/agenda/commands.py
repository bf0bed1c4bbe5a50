"""Calls and reminders are put into one's own calendar; at its time a reminder becomes a notice."""

from dataclasses import dataclass
from datetime import datetime

from app.agenda.models import KINDS, CalendarEvent
from app.clients.models import Client
from app.controls.commands import STALE, SYSTEM_ONLY, handles
from app.controls.due import enqueue
from app.controls.identity import PLATFORM
from app.controls.permissions import find
from app.controls.retiring import usable
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.notices import models as notices
from app.notices.sending import notify
from app.organisation.models import Project

KIND = "calendar-event"
LONGEST_NAME, LONGEST_NOTE = 120, 1_000


@dataclass(frozen=True, slots=True)
class CreateEvent:
    """Put a call or a reminder into one's calendar; `starts_at` is an instant."""

    kind: str
    name: str
    starts_at: datetime
    project_id: int | None
    client_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EditEvent:
    """Change one's own event; its project stays."""

    event_id: int
    version: int
    kind: str
    name: str
    starts_at: datetime
    client_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FinishEvent:
    """Mark one's own event as done, or as still to do."""

    event_id: int
    is_done: bool


@dataclass(frozen=True, slots=True)
class DeleteEvent:
    """Take an event out of one's own calendar."""

    event_id: int


@dataclass(frozen=True, slots=True)
class RemindOfEvent:
    """Tell the employee that an event has come; one that moved since is left to its new time."""

    event_id: int
    starts_at: datetime


@handles(CreateEvent, permission=None)
def create_event(work: Work, command: CreateEvent) -> int:
    """Add the event in the active project and let the worker look at its time; returns its id."""
    is_outside = work.actor.organisation_id is None or work.actor.may(PLATFORM)
    if work.actor.user_id is None or is_outside:
        raise Forbidden("Only employees have a calendar.")
    if command.project_id is None:
        raise Refusal("Choose a project", field="project_id")
    project = usable(work, Project, command.project_id, field="project_id")
    event = work.add(
        CalendarEvent(
            organisation_id=work.actor.organisation_id,
            user_id=work.actor.user_id,
            project_id=project.id,
            **_checked(work, command),
        )
    )
    _wake(work, event)
    return event.id


@handles(EditEvent, permission=None)
def edit_event(work: Work, command: EditEvent) -> int:
    """Save it; a new time is looked at anew."""
    event = find(work.session, work.actor, CalendarEvent, command.event_id)
    if event.version != command.version:
        raise Conflict(STALE)
    before = event.starts_at
    for key, value in _checked(work, command).items():
        setattr(event, key, value)
    work.session.flush()  # the version is part of the occurrence
    if event.starts_at != before:
        _wake(work, event)
    return event.id


@handles(FinishEvent, permission=None)
def finish_event(work: Work, command: FinishEvent) -> None:
    """Mark it."""
    event = find(work.session, work.actor, CalendarEvent, command.event_id)
    event.done_at = (event.done_at or work.now) if command.is_done else None


@handles(DeleteEvent, permission=None)
def delete_event(work: Work, command: DeleteEvent) -> None:
    """Delete it; what it was stays in the log."""
    work.session.delete(find(work.session, work.actor, CalendarEvent, command.event_id))


@handles(RemindOfEvent, permission=SYSTEM_ONLY)
def remind_of_event(work: Work, command: RemindOfEvent) -> None:
    """Write the notice where the event is as it was when it was put down, and not done."""
    event = work.session.get(CalendarEvent, command.event_id)
    if event is None or event.done_at is not None or event.starts_at != command.starts_at:
        return
    client = work.session.get(Client, event.client_id) if event.client_id else None
    notify(
        work,
        [event.user_id],
        kind=notices.REMINDER,
        title=event.title(),
        text=client.name if client else event.note,
        href=f"/admin/calendar/{event.id}",
        project_id=event.project_id,
    )


def _checked(work: Work, command: CreateEvent | EditEvent) -> dict[str, object]:
    name, note = command.name.strip(), command.note.strip()
    if command.kind not in KINDS:
        raise Refusal("Choose a call or a reminder", field="kind")
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refusal(f"What must have 1 to {LONGEST_NAME} characters", field="name")
    if len(note) > LONGEST_NOTE:
        raise Refusal(f"A note can have at most {LONGEST_NOTE:,} characters", field="note")
    if command.client_id is not None:
        find(work.session, work.actor, Client, command.client_id)
    return {
        "kind": command.kind,
        "name": name,
        "note": note,
        "starts_at": command.starts_at,
        "client_id": command.client_id,
    }


def _wake(work: Work, event: CalendarEvent) -> None:
    """Enqueue the look at the event's time; what is over already rings no more."""
    if event.starts_at > work.now:
        payload = {"event_id": event.id, "starts_at": event.starts_at.isoformat()}
        key = f"event-{event.id}-{event.version}"
        enqueue(work, KIND, key, payload, due_at=event.starts_at)
