"""The feed of rates: one JSON document over HTTP, as Frankfurter and its like answer it.

    {"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.0873, "KES": 140.62}}

`rates` are units for one unit of `base`. Where the organisation's base is another currency, it
must be among them: the others are expressed through it.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from app.config import Config
from app.controls.outgoing import get
from app.kernel.errors import Refusal, Unavailable
from app.kernel.exchange import rounded_rate

LARGEST_BYTES = 1024 * 1024
_MOST_RATES = 1_000


@dataclass(frozen=True, slots=True)
class DayRates:
    """The feed's rates of one day: base units of the organisation for one unit, by code."""

    on: date
    mids: dict[str, Decimal]


def fetch(config: Config, base: str) -> DayRates:
    """Fetch the rates of the day in units of `base`; raises Unavailable with what is wrong."""
    if not config.rates_url:
        raise Unavailable("No feed is configured: RATES_URL is empty")
    try:
        body = get(config.rates_url, largest_bytes=LARGEST_BYTES)
    except Unavailable:
        raise
    except Refusal as refusal:
        raise Unavailable(f"The feed cannot be asked: {refusal.sentence}") from refusal
    return parse(body, base)


def parse(body: bytes, base: str) -> DayRates:
    """Read the feed's document."""
    try:
        told = json.loads(body, parse_float=Decimal, parse_int=Decimal)
        on = date.fromisoformat(told["date"])
        rates = {str(told["base"]): Decimal(1)} | dict(told["rates"])
    except (ValueError, KeyError, TypeError, RecursionError, InvalidOperation) as error:
        raise Unavailable("The feed's answer is no document of rates") from error
    if len(rates) > _MOST_RATES:
        raise Unavailable("The feed's answer holds too many rates")
    through = _positive(rates.get(base))
    if through is None:
        raise Unavailable(f"The feed has no rate of {base}")
    mids = {}
    for code, units in rates.items():
        rate = _positive(units)
        if rate is not None and code != base:
            mids[str(code)] = rounded_rate(through / rate)
    return DayRates(on, {code: mid for code, mid in mids.items() if mid > 0})


def _positive(units: Any) -> Fraction | None:
    """Return a rate exactly; one that is no number of a sensible size is left out."""
    if not isinstance(units, Decimal) or not units.is_finite() or units <= 0:
        return None
    return Fraction(units) if -20 < units.adjusted() < 20 else None  # noqa: PLR2004
