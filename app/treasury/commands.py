"""Foreign balances are brought to the rates of a date, by differences in base currency.

A balance's foreign amount does not change when its rate does, and an entry needs an amount above
zero in its asset's own currency: so the balances themselves are left alone. What they gained or
lost is posted in base currency, against one contra account for each branch and foreign currency;
the balances at their book values and the contra account together are what they are worth. The
contra account also remembers what earlier revaluations wrote, so that a later one posts no more
than the difference since, and a reversal of one is made good by the next.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.locking import LockedAsset
from app.ledger.models import Transaction
from app.transactions.houses import house_assets
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, record
from app.treasury.positions import CONTRA, Position, fingerprint, positions_on

NOTHING = "There is nothing to revalue: the books stand at the rates of this date"
CHANGED = "The figures have changed since they were shown. Look at them again."
WAITS = "A revaluation waits for approval. Decide on it first."


@dataclass(frozen=True, slots=True)
class RevalueBalances:
    """Post what the foreign balances of a date gained or lost; `seen` is the preview's mark."""

    on: date
    seen: str


@handles(RevalueBalances, permission="currencies.revalue")
def revalue_balances(work: Work, command: RevalueBalances) -> int:
    """Post one transaction, or let it wait for approval; returns its id.

    It is posted at the business date with the date of the rates for its value date. Refused: a
    date after the business date (422); while one waits, before the last one, where the figures
    are others than were seen, or where nothing is to be posted (409).
    """
    if command.on > work.business_date:
        raise Refusal("Date cannot be after the business date", field="on")
    # One revaluation at a time: each builds on what the one before it wrote.
    work.take_turns()
    organisation = work.organisation
    demand_turn(work.session, organisation.id, command.on)
    positions = positions_on(work.session, organisation.id, command.on)
    if fingerprint(positions) != command.seen:
        raise Conflict(CHANGED)
    moved = [one for one in positions if one.difference_minor]
    if not moved:
        raise Conflict(NOTHING)
    sides = [_sides(work, organisation, one) for one in moved]
    legs = tuple(_leg(one, *pair) for one, pair in zip(moved, sides, strict=True))
    contra, result = sides[0]
    particulars = Particulars(
        description=f"Revaluation at the rates of {command.on.isoformat()}", value_date=command.on
    )
    return record(work, Movement("revaluation", "both", contra, result, legs, particulars))


def demand_turn(session: Any, organisation_id: int, on: date) -> None:
    """Refuse (409) while a revaluation waits, and before the date of the last one."""
    mine = (Transaction.organisation_id == organisation_id, Transaction.kind == "revaluation")
    waiting = select(Transaction.id).where(
        *mine,
        Transaction.posted_at.is_(None),
        Transaction.processing.in_(("Pending", "Processing")),
    )
    if session.execute(waiting.limit(1)).first() is not None:
        raise Conflict(WAITS)
    last = select(Transaction.value_date).where(*mine, Transaction.processing == "Completed")
    newest = session.scalar(last.order_by(Transaction.value_date.desc()).limit(1))
    if newest is not None and newest > on:
        raise Conflict(
            f"The balances stand at the rates of {newest.isoformat()}: choose that date or a later"
        )


def _sides(
    work: Work, organisation: Organisation, position: Position
) -> tuple[LockedAsset, LockedAsset]:
    base = (organisation.base_currency, organisation.base_exponent)
    result = "revaluation-gain" if position.difference_minor > 0 else "revaluation-loss"
    wanted = ((f"{CONTRA}{position.quote.code}", *base), (result, *base))
    contra, gained = house_assets(work, position.branch_id, wanted)
    return contra, gained


def _leg(position: Position, contra: LockedAsset, result: LockedAsset) -> Leg:
    narrative = f"{position.quote.code} at {position.quote.mid:,f}"
    if position.difference_minor > 0:
        return Leg(contra, result, position.difference_minor, narrative=narrative)
    return Leg(result, contra, -position.difference_minor, narrative=narrative)
