"""The bands of a commission type: ranges of the amount, each with its flat or percent charge."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from app.kernel.errors import Refusal
from app.kernel.money import format_minor

MOST_BANDS = 30
NOT_CONTINUOUS = "Bands must be continuous with no gaps or overlaps"


@dataclass(frozen=True, slots=True)
class Band:
    """A range of amounts in minor units, its upper end included; no upper end means no limit.

    It charges `charge_minor`, or `percent` between `min_charge_minor` and `max_charge_minor`.
    """

    min_minor: int
    max_minor: int | None
    currency: str
    charge_minor: int | None = None
    percent: Decimal | None = None
    min_charge_minor: int | None = None
    max_charge_minor: int | None = None

    def as_text(self) -> dict[str, Any]:
        """Write the band as its commission type keeps it."""
        written: dict[str, Any] = {name: getattr(self, name) for name in Band.__slots__}
        return written | {
            "percent": None if self.percent is None else format(self.percent, "f"),
        }

    def told(self, exponent: int) -> str:
        """Say the charge: "25.00" or "1.5 %, at least 10.00, at most 500.00"."""
        if self.charge_minor is not None:
            return format_minor(self.charge_minor, exponent)
        parts = [f"{format(self.percent or 0, 'f')} %"]
        if self.min_charge_minor is not None:
            parts.append(f"at least {format_minor(self.min_charge_minor, exponent)}")
        if self.max_charge_minor is not None:
            parts.append(f"at most {format_minor(self.max_charge_minor, exponent)}")
        return ", ".join(parts)


def bands_of(written: list[dict[str, Any]]) -> tuple[Band, ...]:
    """Read the bands that a commission type keeps."""
    return tuple(
        Band(**{**one, "percent": None if one["percent"] is None else Decimal(one["percent"])})
        for one in written
    )


def checked(bands: tuple[Band, ...], *, currency: str, basis: str) -> tuple[Band, ...]:
    """Return the bands by their amounts; refuses (422) what E18.06-11 names.

    A refusal's field is that of the band at fault, by its place in `bands`.
    """
    if len(bands) > MOST_BANDS:
        raise Refusal(f"A commission type can have at most {MOST_BANDS} bands", field="lines")
    for number, band in enumerate(bands):
        _demand_whole(band, number, currency=currency, basis=basis)
    places = sorted(range(len(bands)), key=lambda place: bands[place].min_minor)
    for before, after in pairwise(places):
        if bands[before].max_minor != bands[after].min_minor:
            raise Refusal(NOT_CONTINUOUS, field=f"lines-{after}-minimum")
    return tuple(bands[place] for place in places)


def _demand_whole(band: Band, number: int, *, currency: str, basis: str) -> None:
    line = f"lines-{number}"
    if band.max_minor is not None and band.max_minor <= band.min_minor:
        raise Refusal("maxAmount must be greater than minAmount", field=f"{line}-maximum")
    if band.charge_minor is not None and band.percent is not None:
        raise Refusal(
            "Cannot specify both chargeAmount and chargePercentage", field=f"{line}-percent"
        )
    if band.currency != currency:
        raise Refusal("Band currency must match commission type currency", field=f"{line}-currency")
    if basis == "FLAT" and band.charge_minor is None:
        raise Refusal("A flat band needs its charge amount", field=f"{line}-charge")
    if basis == "PERCENTAGE" and band.percent is None:
        raise Refusal("A band of percentage needs its charge percentage", field=f"{line}-percent")
    _demand_limits(band, line)


def _demand_limits(band: Band, line: str) -> None:
    least, most = band.min_charge_minor, band.max_charge_minor
    if band.percent is None and (least is not None or most is not None):
        raise Refusal(
            "Min Charge and Max Charge are of the calculation basis PERCENTAGE",
            field=f"{line}-min_charge",
        )
    if least is not None and most is not None and most < least:
        raise Refusal("Max Charge must not be below Min Charge", field=f"{line}-max_charge")
