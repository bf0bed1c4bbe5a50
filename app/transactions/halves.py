"""The postings of a transaction that waited: of a transfer and of its reversal, both halves."""

from dataclasses import replace
from typing import Any

from app.controls.numbering import take_ids
from app.controls.work import Work
from app.ledger.headers import named
from app.ledger.journal import Line, Posting
from app.ledger.kinds import RECEIVING
from app.ledger.locking import LockedAsset
from app.ledger.models import Transaction
from app.transactions.kinds import Particulars, completed, header_of
from app.transactions.originals import both_halves, original_of
from app.transactions.settings import current_settings, settings_of

_AS_THE_FIRST = (
    "organisation_id", "kind", "posting_date", "value_date", "description", "operator_name",
    "maker_id",
)  # fmt: skip
_OF_THE_MAKER = ("maker_id", "operator_name", "ip_address")
_PARTICULARS = (
    "description", "source", "beneficiary", "source_email", "provider", "value_date",
    "posting_date",
)  # fmt: skip
_OF_THE_ORIGINAL = (
    "sub_type_id", "project_id", "desk_id", "branch_id", "client_id", "manager_id", "account_id",
    "account_type_id", "asset_id", "amount_minor", "currency", "exponent", "base_minor",
)  # fmt: skip
_LEFT_EMPTY = ("source", "source_email", "beneficiary", "provider")


def postings_of(
    work: Work,
    transaction: Transaction,
    lines: tuple[Line, ...],
    assets: dict[int, LockedAsset],
) -> list[Posting]:
    """Return what is posted when the transaction completes, its own posting first.

    The receiving half of a transfer becomes a transaction of its own (L02.04); its reversal's
    second half reverses that one.
    """
    if transaction.kind == "reversal":
        originals = both_halves(work.session, original_of(work.session, transaction))
        undoes = originals[0].kind
    else:
        originals, undoes = [], ""
    is_pair = transaction.kind == "transfer_out" or len(originals) > 1
    own = tuple(line for line in lines if not is_pair or line.batch != RECEIVING)
    first = Posting(
        transaction_id=transaction.id,
        kind=transaction.kind,
        posting_date=transaction.posting_date,
        value_date=transaction.value_date,
        lines=own,
        undoes=undoes,
    )
    if not is_pair:
        return [first]
    received = tuple(line for line in lines if line.batch == RECEIVING)
    if originals:
        header = _reversing(work, transaction, originals[1], received)
    else:
        header = _receiving(work, transaction, received, assets)
    header["pair_id"] = transaction.id
    second = replace(first, transaction_id=header["id"], kind=header["kind"], lines=received)
    return [first, replace(second, header=header)]


def _receiving(
    work: Work,
    transaction: Transaction,
    lines: tuple[Line, ...],
    assets: dict[int, LockedAsset],
) -> dict[str, Any]:
    """Make the transfer_in of a transfer that waited."""
    (transaction_id,) = take_ids(work, "transaction", 1)
    asset = assets[transaction.counter_asset_id or 0]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    said: dict[str, Any] = {name: getattr(transaction, name) for name in _PARTICULARS}
    said["source_email"] = assets[transaction.asset_id].client_email or ""
    header = header_of(
        work,
        kind="transfer_in",
        direction="in",
        asset=asset,
        counter=assets[transaction.asset_id],
        lines=lines,
        particulars=Particulars(**said),
        sub_type_id=settings.added_sub_type(
            asset.project_id, settings.label_of(transaction.sub_type_id), "in"
        )
        or settings.sub_type(asset.project_id, "transfer_in"),
        status_id=settings.completed_status(asset.project_id),
        transaction_id=transaction_id,
    )
    # Who approved it, or clicked it done, is not who took it in.
    return header | {name: getattr(transaction, name) for name in _OF_THE_MAKER}


def _reversing(
    work: Work, transaction: Transaction, original: Transaction, lines: tuple[Line, ...]
) -> dict[str, Any]:
    """Make the second half of a transfer's reversal."""
    settings = current_settings(work)
    (transaction_id,) = take_ids(work, "transaction", 1)
    others = [line.asset_id for line in lines if line.asset_id != original.asset_id]
    return {
        **completed(work),
        **named(work, transaction_id),
        **{name: getattr(transaction, name) for name in _AS_THE_FIRST},
        **{name: getattr(original, name) for name in _OF_THE_ORIGINAL},
        **dict.fromkeys(_LEFT_EMPTY, ""),
        "direction": "in" if original.direction == "out" else "out",
        "counter_asset_id": others[0],
        "status_id": settings.status_of(original.project_id, "Completed"),
        "reverses_id": original.id,
    }
