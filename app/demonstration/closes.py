"""The days that were closed before the present one, by the usual steps, and how they are closed."""

from time import sleep

from app.closing.commands import StartClose
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.closing.models import BLOCKED, RUNNING, ClosingRun
from app.controls.due import sweep
from app.db.session import database
from app.demonstration.bank import Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.history import write_history
from app.demonstration.script import Script
from app.imports.rows import TransactionRow

EVENING = ClosingTerms("Every evening, by hand")
_PAUSE_SECONDS = 1


def close_days(script: Script, bank: Bank, past: list[TransactionRow]) -> None:
    """Post what happened on the days before the present one, and close each by hand."""
    administrator = script.by(ADMINISTRATOR.login)
    script.do(CreateClosingConfiguration(EVENING, submit=True), administrator)
    for on in bank.closed_dates:
        write_history([row for row in past if row.value_date == on], administrator, on)
        _work_off(script.do(StartClose(on), script.by("manager")))


def _work_off(run_id: int) -> None:
    """Do the close's steps; one that a killed start-up left behind is free again in two minutes."""
    run = _run(run_id)
    while run.state == RUNNING:
        if not sweep():
            sleep(_PAUSE_SECONDS)
        run = _run(run_id)
    if run.state == BLOCKED:
        raise RuntimeError(f"{run.title()} is blocked. {run.refusal}")


def _run(run_id: int) -> ClosingRun:
    with database.reading() as session:
        return session.get_one(ClosingRun, run_id)
