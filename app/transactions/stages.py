"""Cards of a transaction's panel: failure, amounts, the times of its states, its gateway."""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.ledger.kinds import COMPOSED
from app.ledger.models import Transaction
from app.platforms.models import Platform
from app.transactions.breakdown import breakdown_card
from app.transactions.gateways import obstacle_to_sync
from app.transactions.originals import original_of
from app.transactions.requoting import requoted
from app.web import cells
from app.web.pages import fact

PATH = "/admin/transactions"


def failure(one: Transaction) -> list[dict[str, Any]]:
    """Return why it failed, of one that did (L05.08)."""
    if one.processing != "Failed":
        return []
    rows = [
        fact("Failure reason", cells.text(one.failure_reason)),
        fact("Failure code", cells.text(one.failure_code)),
    ]
    return [_card("Failure", rows)]


def amounts(session: Session, one: Transaction) -> list[dict[str, Any]]:
    """Return the breakdown and the settlement; of a reversal, those of what it gives back.

    Neither of what was made line by line: its header has the amount of one line.
    """
    told = original_of(session, one) if one.kind == "reversal" else one
    if told.kind in COMPOSED:
        return []
    cards = [breakdown_card(told), _settlement(session, told)]
    if told is one:
        return cards
    return [card | {"title": f"{card['title']} of what is reversed"} for card in cards]


def stages(one: Transaction) -> dict[str, Any]:
    """Return the times of its states, as far as it came there (L01.18)."""
    rows = [
        fact("Posted at", cells.instant(one.posted_at)),
        fact("Voided at", cells.instant(one.voided_at)),
        fact("Reversed at", cells.instant(one.reversed_at)),
        fact("Expires at", cells.instant(one.expires_at)),
    ]
    return _card("States", rows)


def gateway_part(session: Session, actor: Actor, one: Transaction) -> dict[str, Any]:
    """Return who processed it, its reference there, and whether they can be asked (L05.05-07)."""
    platform = session.get(Platform, one.platform_id) if one.platform_id else None
    rows = [
        fact("Gateway", cells.text(platform.name if platform else one.provider)),
        fact("Gateway reference", cells.ident(one.external_id)
             if one.external_id else cells.text("")),
        fact("IP address", cells.text(one.ip_address)),
    ]  # fmt: skip
    may = holds(actor, "transactions.change-status")
    return {
        "rows": rows,
        "sync_href": f"{PATH}/{one.id}/sync" if may else None,
        "obstacle": obstacle_to_sync(one),
    }


def _settlement(session: Session, one: Transaction) -> dict[str, Any]:
    """Return when, with how much and at which rate it was settled (L05.03).

    What is settled in its own currency is settled in full, one to one; what waits is told at the
    rates of today as well.
    """
    minor, currency, exponent = one.settled_minor, one.settled_currency, one.settled_exponent
    rate = one.exchange_rate
    if one.settled_at is not None and minor is None:
        minor, currency, exponent = one.amount_minor, one.currency, one.exponent
    amount = cells.text("")
    if minor is not None:
        amount = cells.money(minor, exponent or 0, currency or "")
    shown_rate = format(rate, "f") if rate is not None else "1" if minor is not None else ""
    rows = [
        fact("Settled at", cells.instant(one.settled_at)),
        fact("Settled amount", amount),
        fact("Settled currency", cells.text(currency)),
        fact("Exchange rate", cells.text(shown_rate)),
        *requoted(session, one),
    ]
    return _card("Settlement", rows)


def _card(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "rows": rows, "open": True}
