"""The step of the close that makes the statements whose period ends with the day (E35.07)."""

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.queries import working_days
from app.controls.closing_steps import Closing, closes
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.controls.review import AUTHORIZED
from app.db.session import database
from app.deliveries.commands import GenerateStatement
from app.deliveries.models import StatementConfig
from app.deliveries.periods import FREQUENCIES, ended_periods
from app.kernel.counts import counted
from app.kernel.errors import Refusal, Unavailable
from app.ledger.accounts import Account
from app.statements.commands import NothingBooked, TooManyMovements

_REPORTED_EVERY = 50
_WHOLE = 100
_MADE = ("statement made", "statements made")
_WHY: dict[type[Refusal], tuple[str, str]] = {
    NothingBooked: ("account had nothing to state", "accounts had nothing to state"),
    TooManyMovements: (
        "has more movements than one statement holds: make it in parts",
        "have more movements than one statement holds: make them in parts",
    ),
}
_REFUSED = ("was refused: the log says why", "were refused: the log says why")


@closes("GENERATE_STATEMENTS", name="Generate statements", order=80)
def generate_statements(closing: Closing) -> str:
    """Ask for each statement once per account and period; the worker prints and delivers them.

    Periods that ended on days whose closes left the step out are caught up with. An account whose
    statement is refused stops no other's, and is counted by what refused it.
    """
    worker = system_actor(
        closing.organisation_id, frozenset({"statements.create"}), "Close of business"
    )
    due, counts = _due(closing), Counter[tuple[str, str]]()
    for number, (config_id, first, last) in enumerate(due, start=1):
        key = f"statement-{config_id}-{last.isoformat()}"
        try:
            perform(GenerateStatement(config_id, first, last), worker, key=key)
            counts[_MADE] += 1
        except Unavailable:
            raise
        except Refusal as refusal:
            # The log keeps the sentence beside the account.
            counts[_WHY.get(type(refusal), _REFUSED)] += 1
        if number % _REPORTED_EVERY == 0:
            closing.report(number * _WHOLE // len(due))
    every = (_MADE, *_WHY.values(), _REFUSED)
    shown = [words for words in every if counts[words] or words == _MADE]
    return ", ".join(counted(counts[words], *words) for words in shown)


def _due(closing: Closing) -> list[tuple[int, date, date]]:
    query = (
        select(StatementConfig.id, StatementConfig.frequency, Account.closed_on)
        .join(Account, Account.id == StatementConfig.account_id)
        .where(
            StatementConfig.organisation_id == closing.organisation_id,
            StatementConfig.is_active,
            Account.record_status == AUTHORIZED,
        )
        .order_by(StatementConfig.id)
    )
    with database.reading() as session:
        rows = session.execute(query).all()
        days = _business_dates(session, closing)
    ended = {one: ended_periods(one, days, closing.next_date) for one in FREQUENCIES}
    # Of an account that was closed, the period in which it was is the last one.
    return [
        (row.id, first, last)
        for row in rows
        for first, last in ended[row.frequency]
        if row.closed_on is None or row.closed_on >= first
    ]


def _business_dates(session: Session, closing: Closing) -> list[date]:
    """Return the date that is closed, after those before it whose closes left the step out."""
    is_worked = working_days(session, closing.organisation_id)
    before = (closing.business_date - closing.since).days
    days = (closing.since + timedelta(days=number) for number in range(before))
    return [*(day for day in days if is_worked(day)), closing.business_date]
