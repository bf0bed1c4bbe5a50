"""The worker's part: it takes a step that is due, and starts the closes whose time has come."""

from datetime import date, datetime

from sqlalchemy import select

from app.closing.commands import StartClose
from app.closing.models import COMPLETED, ClosingConfiguration, ClosingRun, ClosingRunStep
from app.closing.queries import closes_at, left_out_of, left_since
from app.closing.running import KIND, AskAgain, BeginStep, BlockStep, EndStep
from app.closing.steps import closer
from app.controls.closing_steps import Closing, NotYet, closing_step
from app.controls.commands import door, perform
from app.controls.due import Job, does
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal, Unavailable

UNKNOWN = "This release knows no such step"
UNFORESEEN = "Something went wrong that nobody foresaw. The service's own log says what"


@does(KIND)
def take_step(job: Job) -> None:
    """Take one step of a close; done again after a crash it has the effect of once."""
    worker, step_id = closer(job.organisation_id), int(job.payload["step_id"])
    if not perform(BeginStep(step_id, int(job.payload["tries"])), worker):
        return
    crash_point("closing step begun")
    try:
        sentence = _taken(job, step_id)
    except (NotYet, Unavailable) as later:
        perform(AskAgain(step_id, later.sentence), worker)
        return
    except Refusal as refusal:
        perform(BlockStep(step_id, refusal.sentence), worker)
        return
    except Exception:
        perform(BlockStep(step_id, UNFORESEEN), worker)
        raise
    crash_point("closing step taken")
    perform(EndStep(step_id, sentence), worker)
    crash_point("closing step ended")


def plan_closes() -> int:
    """Start the closes whose time has come; returns how many.

    A date is started once, by the key of its run: a second worker, a clock that jumps or an hour
    that comes twice find it started. Days that were missed are closed one after the other.
    """
    started = 0
    for organisation_id, on in _due(door.clock()):
        try:
            perform(StartClose(on, is_automatic=True), closer(organisation_id))
        except Unavailable:
            raise
        except Refusal:
            # Another worker, or a person, was faster; what cannot be closed is told in the log.
            continue
        started += 1
    return started


def _due(now: datetime) -> list[tuple[int, date]]:
    under_way = select(ClosingRun.organisation_id).where(ClosingRun.state != COMPLETED)
    query = (
        select(Organisation, ClosingConfiguration)
        .join(ClosingConfiguration, ClosingConfiguration.organisation_id == Organisation.id)
        .where(
            Organisation.is_active,
            ClosingConfiguration.is_in_force,
            ClosingConfiguration.is_automatic,
            Organisation.id.not_in(under_way),
        )
        .order_by(Organisation.id)
    )
    with database.reading() as session:
        return [
            (one.id, one.business_date)
            for one, rules in session.execute(query)
            if closes_at(rules, one, one.business_date) <= now
        ]


def _taken(job: Job, step_id: int) -> str:
    with database.reading() as session:
        row = session.get_one(ClosingRunStep, step_id)
        query = select(ClosingRun).where(
            ClosingRun.organisation_id == row.organisation_id,
            ClosingRun.business_date == row.business_date,
        )
        run = session.scalars(query).one()
        closing = Closing(
            run.organisation_id, run.id, run.business_date, run.next_date, job.report,
            left_since(session, row), left_out_of(session, run),
        )  # fmt: skip
    step = closing_step(row.key)
    if step is None:
        raise Refusal(UNKNOWN)
    return step.take(closing)
