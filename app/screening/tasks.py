"""Asks a service; a worker that dies after the answer asks once more, under the same reference."""

from cryptography.exceptions import InvalidTag

from app.controls.commands import perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.controls.outgoing import NoAnswer
from app.db.session import database
from app.integrations.models import ThirdPartySystem
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal
from app.screening.client import Question, Verdict, ask_verdict, question_of
from app.screening.commands import GONE, KIND, RecordVerdict
from app.screening.models import SETTLED, STOPPED, IdentityCheck

UNREADABLE = "The credentials cannot be read: type them again"


@does(KIND)
def ask(job: Job) -> None:
    """Ask one service about one customer, unless the check was settled meanwhile."""
    check_id = int(job.payload["check_id"])
    worker = system_actor(job.organisation_id, frozenset(), "Identity check")
    with database.reading() as session:
        check = session.get_one(IdentityCheck, check_id)
        if check.state in SETTLED:
            return
        system = session.get_one(ThirdPartySystem, check.system_id)
        question = question_of(session, check) if system.checks_identity else None
    verdict = _asked(question) if question else Verdict(STOPPED, GONE)
    crash_point("identity asked")
    perform(RecordVerdict(check_id, verdict.status, verdict.reason), worker)


def _asked(question: Question) -> Verdict:
    """Return what the service says; without a status where it says nothing that can be read."""
    try:
        return ask_verdict(question)
    except NoAnswer as error:
        return Verdict("", error.sentence)
    except Refusal as refusal:
        return Verdict("", f"The address cannot be asked: {refusal.sentence}")
    except (InvalidTag, ValueError):
        return Verdict("", UNREADABLE)
