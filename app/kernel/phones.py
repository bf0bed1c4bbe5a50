"""Phone numbers: kept in the international form, found by however a person types them."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

from app.kernel.errors import Refusal

NO_PHONE = "Please enter a valid phone number"
SHORTEST_SEARCHED = 4
_TYPED = re.compile(r"\+?[0-9 ()./-]{4,40}")


def international(typed: str, country: str, *, field: str = "phone") -> str:
    """Return a number in the form of E.164, with its extension if it has one; "" for none.

    One without its country's code is read as one of `country`, a code of two letters. What no
    telephone could have is refused.
    """
    if not typed.strip():
        return ""
    try:
        number = parse(typed, country.upper())
    except NumberParseException as refused:
        raise Refusal(NO_PHONE, field=field) from refused
    if not is_possible_number(number):
        raise Refusal(NO_PHONE, field=field)
    kept = format_number(number, PhoneNumberFormat.E164)
    return f"{kept} ext. {number.extension}" if number.extension else kept


def spaced(kept: str) -> str:
    """Return a kept number as people read it; what was kept as it came stays so."""
    try:
        return format_number(parse(kept), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return kept


def searched_digits(typed: str) -> str:
    """Return what a kept number holds of one that is typed, as at home or from abroad; "" if none.

    The zeros before a number at home, or before its country's code, are not part of it.
    """
    if not _TYPED.fullmatch(typed):
        return ""
    digits = re.sub("[^0-9]", "", typed).lstrip("0")
    return digits if len(digits) >= SHORTEST_SEARCHED else ""
