"""Reminders: once a day a mail to those for whom records have waited too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.everyone import employees
from app.access.models import User
from app.approvals.queries import oldest_waiting
from app.controls.commands import SYSTEM_ONLY, door, handles, perform
from app.controls.due import Job, does, enqueue_once
from app.controls.due_work import DueWork
from app.controls.identity import Actor, system_actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.counts import counted
from app.mail.letters import write_letter

KIND = "approval-reminder"
_MORNING_HOUR = 7


@dataclass(frozen=True, slots=True)
class PlanReminder:
    """Put the day's reminder on the list of what is due."""

    day: str


@dataclass(frozen=True, slots=True)
class RemindApprovers:
    """Write to everyone for whom something has waited longer than the organisation's days."""

    day: str


def plan_reminders() -> int:
    """Plan today's reminder of each organisation that wants one; returns how many were new.

    Called every hour, by each worker: a day begins at seven in the morning where the organisation
    is, and is planned once.
    """
    return sum(
        perform(PlanReminder(day), system_actor(organisation_id, frozenset(), "Worker"))
        for organisation_id, day in wanted(door.clock())
    )


def wanted(now: datetime) -> list[tuple[int, str]]:
    """Return the organisations whose day has begun and is not planned, each with the day."""
    with database.reading() as session:
        query = select(Organisation).where(Organisation.is_active, Organisation.reminder_days > 0)
        days = [
            (one.id, local.date().isoformat())
            for one in session.scalars(query)
            if (local := _local(now, one)).hour >= _MORNING_HOUR
        ]
        planned = select(DueWork.organisation_id, DueWork.occurrence_key).where(
            DueWork.kind == KIND, DueWork.occurrence_key.in_({day for _, day in days})
        )
        known = {(row.organisation_id, row.occurrence_key) for row in session.execute(planned)}
    return [one for one in days if one not in known]


@does(KIND)
def remind(job: Job) -> None:
    """Do one organisation's day; the key makes a second time the same as once."""
    worker = system_actor(job.organisation_id, frozenset(), "Worker")
    perform(RemindApprovers(job.occurrence_key), worker, key=f"{KIND}-{job.occurrence_key}")


@handles(PlanReminder, permission=SYSTEM_ONLY)
def plan_reminder(work: Work, command: PlanReminder) -> bool:
    """Write the due work under the day's key; answers False where another worker was first."""
    return enqueue_once(work, KIND, command.day, {})


@handles(RemindApprovers, permission=SYSTEM_ONLY)
def remind_approvers(work: Work, command: RemindApprovers) -> int:
    """Write the letters; returns how many. Those who stand in are told as well."""
    del command
    days = work.organisation.reminder_days
    if days == 0:
        return 0
    before, written = work.now - timedelta(days=days), 0
    for person in employees(work.session, work.actor.tenant_id):
        if holds(person, "approvals.view"):
            written += _remind(work, person, before, days)
    return written


def _remind(work: Work, person: Actor, before: datetime, days: int) -> int:
    count, oldest = oldest_waiting(work.session, person, before)
    address = _address(work.session, person)
    if not count or oldest is None or not address:
        return 0
    waited = (work.now - oldest).days
    write_letter(
        work,
        "approvals-waiting",
        to=address,
        subject=_subject(count),
        values={"name": person.name, "count": str(count), "days": str(days), "oldest": str(waited)},
    )
    return 1


def _subject(count: int) -> str:
    return f"{counted(count, 'record waits', 'records wait')} for your approval"


def _address(session: Session, person: Actor) -> str:
    user = session.get(User, person.user_id)
    return user.email if user is not None else ""


def _local(now: datetime, one: Organisation) -> datetime:
    return now.astimezone(ZoneInfo(one.time_zone))
