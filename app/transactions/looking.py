"""Transactions as the asset or account sees them to which the list is narrowed."""

from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import Select

from app.assets.amounts import moved_amount
from app.controls.identity import Actor
from app.ledger.kinds import kind_name
from app.ledger.moved import Moved, Places, moved, moved_columns, places_seen
from app.transactions.queries import of_direction, transaction_select, whose_side
from app.transactions.words import ARROWS
from app.web import cells
from app.web.context import actor, read_session


def seen_select(who: Actor) -> Select[Any]:
    """Select what the list shows, with what moved on the assets that are looked at."""
    query, seen = transaction_select(who), _looked_at()
    return query.add_columns(*moved_columns(seen)) if seen else query


def amount(row: Any) -> cells.Cell:
    """Show the amount with its sign and in the currency of what is looked at."""
    return moved_amount(_told(row))


def kind(row: Any) -> cells.Cell:
    """Show the kind, with an arrow as the amount has its sign."""
    name = kind_name(row.kind)
    shown = cells.text(f"{ARROWS[_told(row).direction]}\N{NO-BREAK SPACE}{name}")
    return {**shown, "plain": name}


def direction(value: str) -> Any:
    """Match what comes in, or goes out, as the list shows it."""
    return of_direction(value, _looked_at())


def _told(row: Any) -> Moved:
    return moved(row, row, _looked_at())


def _looked_at() -> Places:
    """Return the assets that are looked at, read once in a request; none: those of each row."""
    if not has_request_context():
        return {}
    asset, account = (request.args.get(name, "").strip() for name in ("asset", "account"))
    kept = g.setdefault("looked_at", {})
    if (asset, account) not in kept:
        who = actor()
        side = whose_side(asset=asset, account=account, organisation_id=who.tenant_id)
        kept[asset, account] = {} if side is None else places_seen(read_session(), side)
    found: Places = kept[asset, account]
    return found
