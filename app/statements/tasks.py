"""Prints a statement that is due and stores it: done twice, or after a crash, it is there once."""

from app.controls.commands import door, perform
from app.controls.due import Job, does
from app.controls.identity import Actor, system_actor
from app.controls.permissions import find
from app.db.session import database
from app.kernel.errors import Refusal, Unavailable
from app.prints.printing import print_page
from app.statements.commands import (
    KIND,
    FailStatement,
    StartStatement,
    StoreStatement,
    demand_statable,
)
from app.statements.document import statement_values
from app.statements.figures import sections_of
from app.statements.models import Statement


@does(KIND)
def make_statement(job: Job) -> None:
    """Print and store the statement, or leave the sentence that says why it cannot be made."""
    worker = system_actor(job.organisation_id, frozenset({"statements.create"}), "Worker")
    statement_id = int(job.payload["statement_id"])
    if not perform(StartStatement(statement_id), worker):
        return
    try:
        content = _print(job, worker, statement_id)
    except Unavailable:
        # A database that rests a while is no reason to refuse: the job is tried again.
        raise
    except Refusal as refusal:
        perform(FailStatement(statement_id, refusal.sentence), worker)
        raise
    perform(StoreStatement(statement_id, content), worker)


def _print(job: Job, worker: Actor, statement_id: int) -> bytes:
    printed_at = door.clock()
    with database.reading() as session:
        statement = find(session, worker, Statement, statement_id)
        asset_ids, period = statement.asset_ids, (statement.first_day, statement.last_day)
        # What was posted since the request counts as well.
        demand_statable(session, job.organisation_id, asset_ids, period=period)
        sections = sections_of(session, job.organisation_id, asset_ids, period=period)
        values = statement_values(session, statement, sections, printed_at=printed_at)
        reference = statement.reference
    job.report(5)
    return print_page(
        "statement.html",
        values,
        printed_at=printed_at,
        identifier=reference,
        report=job.report,
    )
