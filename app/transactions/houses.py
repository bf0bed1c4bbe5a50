"""The house's side of a movement: its cash, clearing, promotion or income at a branch."""

from collections.abc import Iterable, Sequence

from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.house import house_asset
from app.ledger.locking import LockedAsset, lock_with_house, read_house_lines


def with_house(work: Work, asset_id: int, purpose: str) -> tuple[LockedAsset, LockedAsset]:
    """Lock an asset and return it with the house's asset for a purpose, in its currency.

    The house's branch is the teller's, else the asset's own. Refused (422): the house's own asset.
    """
    locked = lock_with_house(work, [asset_id], purpose=purpose, branch_id=work.actor.branch_id)
    asset, found = locked[asset_id]
    house = found or house_side(work, asset, purpose)
    if house.id == asset.id:
        raise Refusal(f"Choose another asset than the branch's {purpose}", field="asset_id")
    return asset, house


def with_clearing(work: Work, *asset_ids: int) -> tuple[tuple[LockedAsset, LockedAsset], ...]:
    """Lock assets and return each with the clearing asset of its own branch."""
    locked = lock_with_house(work, asset_ids, purpose="clearing", branch_id=None)
    pairs = (locked[asset_id] for asset_id in asset_ids)
    return tuple((asset, found or clearing_of(work, asset)[0]) for asset, found in pairs)


def house_side(work: Work, asset: LockedAsset, purpose: str) -> LockedAsset:
    """Return the house's asset for a purpose in the currency of `asset`, opened at first use."""
    house_id = _house_id(work, asset, purpose, work.actor.branch_id or asset.branch_id)
    return read_house_lines(work, [house_id])[house_id]


def house_sides(work: Work, asset: LockedAsset, purposes: Iterable[str]) -> dict[str, LockedAsset]:
    """Return the house's assets for several purposes, as `house_side`, by one reading."""
    branch_id = work.actor.branch_id or asset.branch_id
    ids = {one: _house_id(work, asset, one, branch_id) for one in sorted(purposes)}
    found = read_house_lines(work, ids.values())
    return {purpose: found[house_id] for purpose, house_id in ids.items()}


def clearing_of(work: Work, *assets: LockedAsset) -> tuple[LockedAsset, ...]:
    """Return the clearing asset of each asset's own branch."""
    ids = [_house_id(work, asset, "clearing", asset.branch_id) for asset in assets]
    found = read_house_lines(work, ids)
    return tuple(found[house_id] for house_id in ids)


def house_assets(
    work: Work, branch_id: int, wanted: Sequence[tuple[str, str, int]]
) -> tuple[LockedAsset, ...]:
    """Return a branch's house assets for (purpose, currency, exponent), opened at first use."""
    ids = [
        house_asset(
            work, purpose=purpose, branch_id=branch_id, currency=currency, exponent=exponent
        )
        for purpose, currency, exponent in wanted
    ]
    found = read_house_lines(work, ids)
    return tuple(found[house_id] for house_id in ids)


def _house_id(work: Work, asset: LockedAsset, purpose: str, branch_id: int) -> int:
    return house_asset(
        work,
        purpose=purpose,
        branch_id=branch_id,
        currency=asset.currency,
        exponent=asset.exponent,
    )
