"""Card numbers for tests."""

from itertools import count

_numbers = count(1)


def a_card_number() -> str:
    """Return a card number that no other call gets, with its right check digit (ISO 7812)."""
    body = f"400000{next(_numbers):09d}"
    doubled = [int(one) * 2 if place % 2 == 0 else int(one) for place, one in enumerate(body[::-1])]
    total = sum(one - 9 if one > 9 else one for one in doubled)
    return f"{body}{-total % 10}"
