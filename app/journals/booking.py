"""What an organisation sets about booking: its days, the first open one, what may be rounded."""

from dataclasses import dataclass
from datetime import date

from app.controls.commands import STALE, handles
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.kernel.zones import known_zones

LARGEST_TOLERANCE_MINOR = 100_000
IN_THE_FUTURE = "The books cannot be closed beyond the business date, {day}"
TOLERANCE_RANGE = "The tolerance is too large"


@dataclass(frozen=True, slots=True)
class SaveBookingSettings:
    """Open the books from a day on, and let so much of base currency be a rounding entry.

    The time zone says when a day begins, and how moments are written.
    """

    version: int
    books_open_from: date | None
    rounding_tolerance_minor: int
    time_zone: str


@handles(SaveBookingSettings, permission="configuration.edit")
def save_booking_settings(work: Work, command: SaveBookingSettings) -> None:
    """Save them; a day before the one that was set opens the books again, which the log keeps.

    Refused (422): a day in the future, too large a tolerance, an unknown time zone; (409) a stale
    version.
    """
    tenant = work.organisation
    if tenant.version != command.version:
        raise Conflict(STALE)
    opened = command.books_open_from
    if opened is not None and opened > tenant.business_date:
        day = tenant.business_date.isoformat()
        raise Refusal(IN_THE_FUTURE.format(day=day), field="books_open_from")
    if not 0 <= command.rounding_tolerance_minor <= LARGEST_TOLERANCE_MINOR:
        raise Refusal(TOLERANCE_RANGE, field="rounding_tolerance")
    if command.time_zone not in known_zones():
        raise Refusal("Choose a time zone from the list", field="time_zone")
    tenant.books_open_from = opened
    tenant.time_zone = command.time_zone
    tenant.rounding_tolerance_minor = command.rounding_tolerance_minor
