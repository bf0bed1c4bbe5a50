"""The days money may be booked on: from the first open one to the business date."""

from datetime import date, timedelta

from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.controls.work import Work, closing_day
from app.kernel.errors import Refusal
from app.ledger.days import obstacle_to_day
from app.ledger.models import Transaction

FUTURE = "Posting date cannot be after the business date, {day}."
NOT_OPEN = "The books are open from {day}: nothing can be posted before."
FURTHEST = timedelta(days=366)
TOO_FAR = "Value date must be within a year of the posting date, {day}."
NO_EARLIER_VALUE = "You do not have permission to give a value date before the posting date."


def demand_open_day(organisation: Organisation, posting_date: date) -> None:
    """Refuse (422) a posting date after the business date, before the books are open, or closed."""
    if posting_date > organisation.business_date:
        day = organisation.business_date.isoformat()
        raise Refusal(FUTURE.format(day=day), field="posting_date")
    first = organisation.books_open_from
    if first is not None and posting_date < first:
        raise Refusal(NOT_OPEN.format(day=first.isoformat()), field="posting_date")
    sentence = obstacle_to_day(
        posting_date,
        business_date=organisation.business_date,
        closed_through=organisation.closed_through,
        closing_day=closing_day.get(),
    )
    if sentence is not None:
        raise Refusal(sentence, field="posting_date")


def demand_value_date(work: Work, value_date: date, *, on: date) -> None:
    """Refuse (422) a value date far from the posting date `on`, or before it without permission.

    Interest counts by it, so that an earlier one is back-dating.
    """
    if abs(value_date - on) > FURTHEST:
        raise Refusal(TOO_FAR.format(day=on.isoformat()), field="value_date")
    if value_date < on and not holds(work.actor, "transactions.back-date"):
        raise Refusal(NO_EARLIER_VALUE, field="value_date")


def is_late(organisation: Organisation, transaction: Transaction) -> bool:
    """Tell whether what is not posted yet waited past the close of its day."""
    is_closing = organisation.closed_through is not None
    is_past = transaction.posting_date < organisation.business_date
    return is_closing and is_past and transaction.posted_at is None


def book_late(work: Work, transaction: Transaction) -> None:
    """Move what waited past the close of its day to the business date; its value date stays.

    What was reviewed names the day it was handed in for, which is kept beside (ADR 19).
    """
    if is_late(work.organisation, transaction):
        transaction.handed_in_for = transaction.handed_in_for or transaction.posting_date
        transaction.posting_date = work.business_date
