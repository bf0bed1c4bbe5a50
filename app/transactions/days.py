"""The days money may be booked on: from the first open one to the business date."""

from datetime import date

from app.controls.tenant import Organisation
from app.kernel.errors import Refusal

FUTURE = "Posting date cannot be after the business date, {day}."
CLOSED = "The books are open from {day}: nothing can be posted before."


def demand_open_day(organisation: Organisation, posting_date: date) -> None:
    """Refuse (422) a posting date after the business date or before the books are open."""
    if posting_date > organisation.business_date:
        day = organisation.business_date.isoformat()
        raise Refusal(FUTURE.format(day=day), field="posting_date")
    first = organisation.books_open_from
    if first is not None and posting_date < first:
        raise Refusal(CLOSED.format(day=first.isoformat()), field="posting_date")
