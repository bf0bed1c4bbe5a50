"""Reservations: what forward-dated transactions hold on the assets they will debit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.work import Work
from app.kernel.errors import INSUFFICIENT, Refusal
from app.ledger.holds import place_hold, release_hold
from app.ledger.locking import LockedAsset, lock_lines
from app.schedules.models import ForwardDated, ForwardReservation


@dataclass(slots=True)
class Reserved:
    """What is debited of one asset: minor units of its own currency and of the base."""

    amount_minor: int = 0
    base_minor: int = 0


def lock_assets_of(work: Work, lines: Sequence[Mapping[str, Any]]) -> dict[int, LockedAsset]:
    """Lock every asset that lines touch."""
    return lock_lines(work, {line["asset_id"] for line in lines})


def obstacle_to_hold(
    lines: Sequence[Mapping[str, Any]], assets: dict[int, LockedAsset]
) -> str | None:
    """Say why what the lines debit cannot be held, or None where it can."""
    try:
        for asset_id, reserved in _debited(lines, assets).items():
            assets[asset_id].demand_usable("D")
            if reserved.amount_minor > assets[asset_id].available_minor:
                return INSUFFICIENT
    except Refusal as refusal:
        return refusal.sentence
    return None


def hold(work: Work, one: ForwardDated, assets: dict[int, LockedAsset]) -> None:
    """Hold every debit of a client's asset until the day (E43.35).

    Refused (409) beyond what is available, or where an account lets no money out.
    """
    for asset_id, reserved in _debited(one.lines, assets).items():
        placed = place_hold(
            work,
            assets[asset_id],
            amount_minor=reserved.amount_minor,
            transaction_id=None,
            reason=f"Forward-dated {one.reference}",
        )
        work.session.flush()  # the reservation names its hold
        work.session.add(
            ForwardReservation(
                organisation_id=one.organisation_id,
                forward_dated_id=one.id,
                asset_id=asset_id,
                hold_id=placed.id,
                amount_minor=reserved.amount_minor,
                base_minor=reserved.base_minor,
            )
        )


def release(work: Work, one: ForwardDated, assets: dict[int, LockedAsset], *, reason: str) -> None:
    """Free what it holds; what has ended already stays as it ended."""
    for reservation in reservations_of(work.session, one):
        asset = assets[reservation.asset_id]
        release_hold(work, asset, reservation.hold_id, reason=reason)


def reservations_of(session: Session, one: ForwardDated) -> Sequence[ForwardReservation]:
    """Return what it reserved, by asset."""
    query = select(ForwardReservation).where(
        ForwardReservation.organisation_id == one.organisation_id,
        ForwardReservation.forward_dated_id == one.id,
    )
    return session.scalars(query.order_by(ForwardReservation.asset_id)).all()


def _debited(
    lines: Sequence[Mapping[str, Any]], assets: dict[int, LockedAsset]
) -> dict[int, Reserved]:
    sums: dict[int, Reserved] = defaultdict(Reserved)
    for line in lines:
        if line["side"] == "D" and assets[line["asset_id"]].is_limited:
            sums[line["asset_id"]].amount_minor += line["amount_minor"]
            sums[line["asset_id"]].base_minor += line["base_minor"]
    return dict(sorted(sums.items()))
