"""Amounts with the sign that the asset, account or transaction one looks at gives them."""

from app.ledger.moved import Moved
from app.web import cells


def signed_amount(minor: int, *, exponent: int, currency: str, direction: str) -> cells.Cell:
    """Show an amount: in is green with a plus, out is red with a minus (W09.04)."""
    sign = direction if direction in {"in", "out"} else ""
    return cells.money(-minor if sign == "out" else minor, exponent, currency, sign=sign)


def moved_amount(told: Moved) -> cells.Cell:
    """Show what a transaction moved on what one looks at."""
    return signed_amount(
        told.minor, exponent=told.exponent, currency=told.currency, direction=told.direction
    )
