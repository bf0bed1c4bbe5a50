"""Which days money may be booked on once days are closed: asked by every posting, here alone."""

from datetime import date

# The number that the database's guard and the cut-off lock an organisation's postings under.
POSTING_LOCK = 19
CLOSED = "The books are closed through {day}: nothing can be posted on a day up to it."
CLOSING = "The books of {day} are being closed: what is posted now is booked on {next}."


def obstacle_to_day(
    posting_date: date,
    *,
    business_date: date,
    closed_through: date | None,
    closing_day: date | None,
) -> str | None:
    """Say why nothing can be booked on a day, or None where it can.

    `closing_day` is set where a step of the close posts: the days from the last closed one to
    the business date are its alone. Before the first close, past days are open (safety 17).
    """
    if closed_through is None or posting_date >= business_date:
        return None
    if posting_date <= closed_through:
        return CLOSED.format(day=closed_through.isoformat())
    if closing_day is not None:
        return None
    return CLOSING.format(day=posting_date.isoformat(), next=business_date.isoformat())
