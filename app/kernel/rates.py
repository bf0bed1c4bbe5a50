"""Exchange rates as people type them: exact decimals above zero."""

import re
from decimal import Decimal

from app.kernel.errors import Refusal

_RATE = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}|[0-9]{1,12})(?:\.[0-9]{1,12})?")
_PERCENT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_LONGEST_TEXT = 40
_WHOLE = 100


def parse_rate(text: str, *, name: str = "Rate") -> Decimal:
    """Read a typed rate such as "129.35": up to 12 digits before and after the point.

    Refuses signs, exponents, other digits than 0-9, zero, and more digits than are kept.
    """
    typed = text.strip()
    if len(typed) > _LONGEST_TEXT or not _RATE.fullmatch(typed):
        raise Refusal(f"{name} must be a number such as 129.35")
    rate = Decimal(typed.replace(",", ""))
    if rate == 0:
        raise Refusal(f"{name} must be greater than 0")
    return rate


def parse_percent(text: str, *, name: str = "Percent", most: int = _WHOLE) -> Decimal:
    """Read a typed percentage such as "1.5": from 0 to `most`, with up to 6 decimals."""
    typed = text.strip()
    if len(typed) > _LONGEST_TEXT or not _PERCENT.fullmatch(typed):
        raise Refusal(f"{name} must be a percentage such as 1.5")
    percent = Decimal(typed)
    if percent > most:
        raise Refusal(f"{name} can be at most {most}")
    return percent
