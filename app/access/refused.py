"""Sign-ins that were refused stand in the log of whoever has the address that was typed.

For known and unknown addresses alike only a note for the worker is left, so that neither the answer
nor the time it takes tells which addresses are known.
"""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from app.access.models import User
from app.access.people import normal_email
from app.access.queries import actor_of
from app.controls.audit import write_failure
from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import RequestContext, system_actor
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.session import database

KIND = "sign-in-refused"


@dataclass(frozen=True, slots=True)
class NoteRefusedSignIn:
    """Leave a note that a sign-in was refused, and in which words."""

    email: str
    sentence: str
    context: RequestContext


@dataclass(frozen=True, slots=True)
class LogRefusedSignIn:
    """Write a person's refused sign-in into the log, as of the moment it was tried."""

    user_id: int
    sentence: str
    context: RequestContext
    tried_at: datetime

    @property
    def action(self) -> str:
        """What the log calls it."""
        return "Sign in"


@handles(NoteRefusedSignIn, permission=None)
def note_refused_sign_in(work: Work, command: NoteRefusedSignIn) -> None:
    """Leave the note, whoever has the address or nobody."""
    note = {
        "email": normal_email(command.email),
        "sentence": command.sentence,
        "context": asdict(command.context),
        "tried_at": work.now.isoformat(),
    }
    enqueue(work, KIND, uuid.uuid4().hex, {"note": cipher.encrypt(orjson.dumps(note).decode())})


@does(KIND)
def log_by_address(job: Job) -> None:
    """Log it where somebody has the address; of any other address nothing is kept."""
    note: dict[str, Any] = orjson.loads(cipher.decrypt(job.payload["note"]))
    with database.reading() as session:
        query = select(User.id, User.organisation_id).where(User.email == note["email"])
        found = session.execute(query).one_or_none()
    if found is None:
        return
    context, tried_at = RequestContext(**note["context"]), datetime.fromisoformat(note["tried_at"])
    command = LogRefusedSignIn(found.id, note["sentence"], context, tried_at)
    worker = system_actor(found.organisation_id, frozenset(), "Worker")
    perform(command, worker, key=job.occurrence_key)


@handles(LogRefusedSignIn, permission=SYSTEM_ONLY)
def log_refused_sign_in(work: Work, command: LogRefusedSignIn) -> None:
    """Write the row in the person's name, with the place that it was tried from."""
    user = work.session.get_one(User, command.user_id)
    work.actor = actor_of(
        work.session, user, organisation_id=user.organisation_id, context=command.context
    )
    work.now = command.tried_at
    write_failure(work, sentence=command.sentence)
    work.has_log_rows = True
