"""The overdrafts that another bank let happen: permitted in the transaction that needs them.

Only accounts that imports alone have kept are given one: a customer of the house is not.
"""

from collections.abc import Sequence

from app.controls.work import Work
from app.imports.queries import Place, left_to_imports
from app.imports.rows import TRANSACTIONS, TransactionRow, WrongRow
from app.ledger.locking import LockedAsset, lock_assets
from app.ledger.overdrafts import move_overdraft, read_locked

_NOT_PERMITTED = "the account {account} would be overdrawn, and it is not kept by imports alone"


def permit_overdrafts(
    work: Work,
    rows: Sequence[tuple[TransactionRow, Place]],
    assets: dict[int, LockedAsset],
) -> dict[int, LockedAsset]:
    """Return the locked assets with the overdrafts that their rows need, raised and never lowered.

    Refuses (422) the first row that overdraws an account which people have booked on, or opened.
    """
    free = {key: asset.balance_minor - asset.held_minor for key, asset in assets.items()}
    lowest: dict[int, int] = {}
    first: dict[int, TransactionRow] = {}
    for row, place in rows:
        asset = assets[place.asset_id]
        free[asset.id] += row.signed_minor
        if asset.is_limited and -free[asset.id] > asset.overdraft_minor:
            lowest[asset.id] = min(lowest.get(asset.id, 0), free[asset.id])
            first.setdefault(asset.id, row)
    if not lowest:
        return assets
    kept = left_to_imports(work.session, work.actor.tenant_id, lowest)
    for asset_id, row in first.items():
        if asset_id not in kept:
            raise WrongRow(TRANSACTIONS, row.line, _NOT_PERMITTED.format(account=row.account))
    for asset_id, asset in read_locked(work, lowest).items():
        move_overdraft(asset, -lowest[asset_id] - asset.overdraft_minor)
    return lock_assets(work, assets)
