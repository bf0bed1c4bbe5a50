"""Card numbers: read strictly, checked, and shown masked."""

import re

from app.kernel.errors import Refusal

_NUMBER = re.compile(r"[0-9]{12,19}")
_SHOWN_FIRST, _SHOWN_LAST = 6, 4


def checked_number(typed: str) -> str:
    """Return a card number without spaces; refused (422) by length or check digit (ISO 7812)."""
    number = re.sub(r"[\s-]", "", typed)
    if not (number.isascii() and _NUMBER.fullmatch(number)):
        raise Refusal("A card number has 12 to 19 digits", field="number")
    if _luhn(number) % 10:
        raise Refusal("This is not a valid card number: check its digits", field="number")
    return number


def masked_number(number: str) -> str:
    """Return the number as people may see it: 4111 11•• •••• 1111 without the spaces."""
    hidden = len(number) - _SHOWN_FIRST - _SHOWN_LAST
    return number[:_SHOWN_FIRST] + "•" * hidden + number[-_SHOWN_LAST:]


def _luhn(number: str) -> int:
    """Return the sum of Luhn's formula; a whole ten for a number that can be (ISO 7812-1 B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  both digits of the product
    return total
