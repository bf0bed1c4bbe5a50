"""The figures of positions, revaluation and income as their pages show them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.controls.tenant import Organisation
from app.treasury.income import Income, Pair
from app.treasury.positions import Holding, Position
from app.web import cells
from app.web.pages import fact


def positions_page(tenant: Organisation, on: date, positions: Sequence[Position]) -> dict[str, Any]:
    """Return the page of positions: a group for each branch and currency, and the total."""
    return {
        "title": "Currency Positions",
        "section": "Ledger",
        "on": on.isoformat(),
        "base": tenant.base_currency,
        "groups": [_group(tenant, one) for one in positions],
        "total": _gain(tenant, sum(one.difference_minor for one in positions)),
    }


def revaluation_rows(tenant: Organisation, positions: Sequence[Position]) -> list[dict[str, Any]]:
    """Return what a revaluation posts, position by position."""
    return [
        fact(
            f"{one.branch} · {one.quote.code} at {one.quote.mid:,f}",
            _gain(tenant, one.difference_minor),
        )
        for one in positions
        if one.difference_minor
    ]


def income_page(tenant: Organisation, found: Income, first: date, last: date) -> dict[str, Any]:
    """Return the page of what exchanging earned."""
    return {
        "title": "Exchange Income",
        "section": "Ledger",
        "first": first.isoformat(),
        "last": last.isoformat(),
        "rows": [_pair(tenant, one) for one in found.pairs],
        "earned": _base(tenant, found.earned_minor),
        "account": _base(tenant, found.account_minor),
        "difference": _base(tenant, found.difference_minor),
        "agrees": found.difference_minor == 0,
    }


def _group(tenant: Organisation, one: Position) -> dict[str, Any]:
    quote = one.quote
    return {
        "branch": one.branch,
        "currency": quote.code,
        "rate": f"{quote.mid:,f}",
        "rated": f"{quote.on.isoformat()} · {quote.source}",
        "rows": [_holding(tenant, one, holding) for holding in one.holdings],
        "units": cells.money(one.units_minor, quote.exponent, quote.code),
        "book": _base(tenant, one.book_minor),
        "value": _base(tenant, one.value_minor),
        "adjusted": _base(tenant, one.adjusted_minor),
        "difference": _gain(tenant, one.difference_minor),
    }


def _holding(tenant: Organisation, position: Position, one: Holding) -> dict[str, Any]:
    quote = position.quote
    return {
        "product": one.product,
        "units": cells.money(one.units_minor, quote.exponent, quote.code),
        "book": _base(tenant, one.book_minor),
        "value": _base(tenant, one.value_minor),
    }


def _pair(tenant: Organisation, one: Pair) -> dict[str, Any]:
    return {
        "pair": f"{one.given} → {one.received}" if one.given else "Other entries",
        "count": one.count,
        "reversed": one.reversed,
        "given": _base(tenant, one.given_base_minor),
        "received": _base(tenant, one.received_base_minor),
        "earned": _base(tenant, one.earned_minor),
        "booked": _base(tenant, one.booked_minor),
    }


def _base(tenant: Organisation, minor: int) -> cells.Cell:
    return cells.money(minor, tenant.base_exponent, tenant.base_currency)


def _gain(tenant: Organisation, minor: int) -> cells.Cell:
    sign = "in" if minor > 0 else "out" if minor < 0 else ""
    return cells.money(minor, tenant.base_exponent, tenant.base_currency, sign=sign)
