"""Holds: money reserved on an asset, ended once by capture or by release."""

from sqlalchemy import select, update

from app.controls.work import Work
from app.kernel.errors import INSUFFICIENT, Conflict
from app.ledger.locking import LockedAsset
from app.ledger.models import Asset, Hold
from app.ledger.overdrafts import note_use


def place_hold(
    work: Work, asset: LockedAsset, *, amount_minor: int, transaction_id: int | None, reason: str
) -> Hold:
    """Reserve an amount on a locked asset; refused (409) beyond what is available."""
    asset.demand_usable("D")
    if amount_minor > asset.available_minor:
        raise Conflict(INSUFFICIENT, field="amount")
    hold = Hold(
        organisation_id=asset.organisation_id,
        asset_id=asset.id,
        transaction_id=transaction_id,
        amount_minor=amount_minor,
        reason=reason,
    )
    work.session.add(hold)
    _move_held(work, asset, amount_minor)
    return hold


def end_holds(work: Work, asset: LockedAsset, *, transaction_id: int, state: str) -> int:
    """End the transaction's active holds as "captured" or "released"; returns the amount freed."""
    query = select(Hold).where(
        Hold.organisation_id == asset.organisation_id,
        Hold.transaction_id == transaction_id,
        Hold.asset_id == asset.id,
        Hold.state == "active",
    )
    freed = 0
    for hold in work.session.scalars(query):
        hold.state = state
        hold.ended_at = work.now
        freed += hold.amount_minor
    if freed:
        _move_held(work, asset, -freed)
    return freed


def release_hold(work: Work, asset: LockedAsset, hold_id: int, *, reason: str) -> bool:
    """Release one hold on a locked asset, read afresh; answers False where it has ended."""
    query = select(Hold).where(
        Hold.organisation_id == asset.organisation_id,
        Hold.asset_id == asset.id,
        Hold.id == hold_id,
    )
    hold = work.session.scalars(query, execution_options={"populate_existing": True}).one()
    if hold.state != "active":
        return False
    hold.state = "released"
    hold.ended_at = work.now
    hold.ended_reason = reason
    _move_held(work, asset, -hold.amount_minor)
    return True


def _move_held(work: Work, asset: LockedAsset, amount_minor: int) -> None:
    note_use(work, [asset])
    asset.held_minor += amount_minor
    work.session.execute(
        update(Asset)
        .where(Asset.id == asset.id)
        .values(held_minor=Asset.held_minor + amount_minor)
        .execution_options(synchronize_session=False)
    )
