"""How large the values of a file may be: what forms ask of what is typed, by the field's name."""

import json
from decimal import Decimal
from typing import Any

from app.configuration.values import written
from app.controls.portable import Portable
from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_MINOR
from app.kernel.objects import LONGEST_OBJECT

LONGEST_LINE = 200
MOST_ITEMS = 500
_LONGEST = {"body": 5_000, "description": 2_000, "comments": 2_000}
_WHOLE = 100
_PERCENT_DECIMALS, _RATE_DIGITS = 6, 12


def demand_within(table: Portable, name: str, value: Any) -> None:
    """Refuse a text, an amount, a percentage, a list or an object that is too large.

    The end of a name says what it is in: `limit_minor` is minor units, `tax_percent` percent.
    """
    if isinstance(value, str):
        _demand_length(name, value)
    elif isinstance(value, dict):
        if len(json.dumps(written(value), ensure_ascii=False)) > LONGEST_OBJECT:
            raise Refusal(f"can have at most {LONGEST_OBJECT:,} characters")
    elif isinstance(value, list):
        _demand_items(table, name, value)
    elif isinstance(value, Decimal):
        _demand_digits(name, value, most=table.most.get(name, _WHOLE))
    elif isinstance(value, int) and name.endswith("_minor"):
        _demand_amount(value)


def _demand_length(name: str, text: str) -> None:
    longest = _LONGEST.get(name, LONGEST_LINE)
    if len(text) > longest:
        raise Refusal(f"can have at most {longest:,} characters")


def _demand_items(table: Portable, name: str, items: list[Any]) -> None:
    if len(items) > MOST_ITEMS:
        raise Refusal(f"must be a list of at most {MOST_ITEMS}")
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            demand_within(table, name, item)
            continue
        for part, value in item.items():
            try:
                demand_within(table, part, value)
            except Refusal as refusal:
                sentence = f"has a row {number + 1} whose {part} {refusal.sentence}"
                raise Refusal(sentence) from refusal


def _demand_digits(name: str, value: Decimal, *, most: int) -> None:
    is_percent = name.endswith("percent")
    decimals = _PERCENT_DECIMALS if is_percent else _RATE_DIGITS
    if value < 0:
        raise Refusal("must not be negative")
    if is_percent and value > most:
        raise Refusal(f"can be at most {most}")
    if value >= 10**_RATE_DIGITS:
        raise Refusal("is too large")
    if value != round(value, decimals):
        raise Refusal(f"can have at most {decimals} decimals")


def _demand_amount(minor: int) -> None:
    if minor < 0:
        raise Refusal("must not be negative")
    if minor > MAXIMUM_MINOR:
        raise Refusal("is larger than can be processed")
