"""The permitted overdraft of an asset: who uses one is noted, who grants one changes it here.

An asset may be overdrawn for more than one reason, so a grant is moved by its difference and
never set: what others permit stays.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.controls.work import Work
from app.ledger.locking import LockedAsset
from app.ledger.models import Asset


def note_use(work: Work, assets: Iterable[LockedAsset]) -> None:
    """Note, before their balance or holds move, those that have a permitted overdraft."""
    for asset in assets:
        if asset.overdraft_minor and asset.is_limited:
            used_minor = asset.held_minor - asset.balance_minor
            work.overdrafts_before.setdefault(asset.id, used_minor)


def read_locked(work: Work, asset_ids: Iterable[int]) -> dict[int, Asset]:
    """Return as records, read afresh, assets that the command has locked."""
    query = select(Asset).where(
        Asset.organisation_id == work.actor.tenant_id, Asset.id.in_(sorted(set(asset_ids)))
    )
    rows = work.session.scalars(query, execution_options={"populate_existing": True})
    return {asset.id: asset for asset in rows}


def move_overdraft(asset: Asset, change_minor: int) -> None:
    """Permit more, or less, on a locked asset; its row refuses to fall below what is drawn."""
    if change_minor:
        asset.overdraft_minor += change_minor
