"""What is alike in the rows of all new transactions, whichever floor writes them."""

from typing import Any

from app.controls.work import Work
from app.kernel.codes import identity
from app.ledger.locking import LockedAsset

_OF_THE_ASSET = (
    "organisation_id", "project_id", "desk_id", "branch_id", "client_id", "manager_id",
    "account_id", "account_type_id", "currency", "exponent",
)  # fmt: skip


def named(work: Work, transaction_id: int) -> dict[str, Any]:
    """Return the columns that name a transaction and who makes it."""
    return identity("cbtr", transaction_id) | {
        "reference": f"TXN-{transaction_id:08d}",
        "operator_name": work.actor.name,
        "maker_id": work.actor.user_id,
    }


def owned(asset: LockedAsset) -> dict[str, Any]:
    """Return the columns of whose it is; the manager is the client's at this moment (W09.30)."""
    return {"asset_id": asset.id} | {name: getattr(asset, name) for name in _OF_THE_ASSET}
