"""The one source of "now": injected, so that tests and replays may say what time it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
REACH = f"a day from {FIRST_DAY} to {LAST_DAY}"


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def is_within_reach(day: date) -> bool:
    """Tell whether a day is one that somebody may mean, with room for sums on both sides."""
    return FIRST_DAY <= day <= LAST_DAY
