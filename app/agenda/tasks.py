"""At the time of a call or a reminder its employee is told: done twice, it is told once."""

from datetime import datetime

from app.agenda.commands import KIND, RemindOfEvent
from app.controls.commands import perform
from app.controls.due import Job, does
from app.controls.identity import system_actor


@does(KIND)
def remind(job: Job) -> None:
    """Tell the employee; the occurrence is the key under which it is done once."""
    worker = system_actor(job.organisation_id, frozenset(), "Worker")
    starts_at = datetime.fromisoformat(job.payload["starts_at"])
    command = RemindOfEvent(int(job.payload["event_id"]), starts_at)
    perform(command, worker, key=job.occurrence_key)
