"""What follows the decisions on a transaction: holds are placed, money moves, holds are freed."""

from decimal import Decimal
from typing import Any

from sqlalchemy import update

from app.controls.review import REJECTED, ReviewKind, review
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.holds import end_holds, place_hold
from app.ledger.journal import Line, Posting, post
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset, Transaction
from app.transactions.settings import settings_of

WAITING = "Pending"


def lines_as_text(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Write lines into the form that a waiting transaction keeps."""
    return [
        {
            "asset_id": line.asset_id,
            "side": line.side,
            "amount_minor": line.amount_minor,
            "base_minor": line.base_minor,
            "rate": format(line.rate, "f"),
            "rate_source": line.rate_source,
            "bucket": line.bucket,
        }
        for line in lines
    ]


def reserve(work: Work, transaction: Transaction) -> None:
    """Hold what a waiting transaction will take, and show what it will bring."""
    assets = _assets_of(work, transaction)
    for line in _lines_of(transaction):
        asset = assets[line.asset_id]
        if not _is_expected(line, asset):
            continue
        if line.side == "D":
            place_hold(
                work,
                asset,
                amount_minor=line.amount_minor,
                transaction_id=transaction.id,
                reason=f"Waiting transaction {transaction.reference}",
            )
        _move_pending(work, asset, line, line.amount_minor)
    transaction.is_reserved = True


def release(work: Work, transaction: Transaction) -> None:
    """Free what a transaction that was sent back, denied or cancelled had reserved."""
    _unreserve(work, transaction, _assets_of(work, transaction), "released")
    if transaction.record_status != REJECTED:
        transaction.processing = "Canceled"


def demand_open(work: Work, transaction: Transaction) -> None:
    """Refuse (409) to hand in a draft whose status was set to a final one by hand."""
    del work
    if transaction.is_final:
        raise Conflict(f"This transaction is {transaction.processing.lower()}")


def authorise(work: Work, transaction: Transaction) -> None:
    """After the last approval: post, unless the project's default status lets it wait (9.2).

    An opening balance waits for its asset to be activated, which comes here again (W07.28).
    """
    assets = _assets_of(work, transaction)
    asset = assets[transaction.asset_id]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    status_id, processing = settings.default_status(transaction.project_id)
    if not asset.is_active and _is_opening(transaction, assets):
        status_id, processing = transaction.status_id, WAITING
    transaction.status_id = status_id
    if processing == "Completed":
        complete(work, transaction, assets)
    else:
        transaction.processing = processing
        if not transaction.is_reserved:
            reserve(work, transaction)


def complete(
    work: Work, transaction: Transaction, assets: dict[int, LockedAsset] | None = None
) -> None:
    """Capture the holds and post a transaction that was authorised."""
    assets = assets or _assets_of(work, transaction)
    _unreserve(work, transaction, assets, "captured")
    posting = Posting(
        transaction_id=transaction.id,
        kind=transaction.kind,
        posting_date=transaction.posting_date,
        value_date=transaction.value_date,
        lines=_lines_of(transaction),
    )
    post(work, [posting], assets)
    transaction.processing = "Completed"
    transaction.posted_at = work.now


def _is_opening(transaction: Transaction, assets: dict[int, LockedAsset]) -> bool:
    counter = assets.get(transaction.counter_asset_id or 0)
    return counter is not None and counter.account_purpose == "opening"


def _assets_of(work: Work, transaction: Transaction) -> dict[int, LockedAsset]:
    return lock_lines(work, [line.asset_id for line in _lines_of(transaction)])


def _lines_of(transaction: Transaction) -> tuple[Line, ...]:
    return tuple(
        Line(
            asset_id=line["asset_id"],
            side=line["side"],
            amount_minor=line["amount_minor"],
            base_minor=line["base_minor"],
            rate=Decimal(line["rate"]),
            rate_source=line["rate_source"],
            bucket=line["bucket"],
        )
        for line in transaction.lines or ()
    )


def _unreserve(
    work: Work, transaction: Transaction, assets: dict[int, LockedAsset], state: str
) -> None:
    if not transaction.is_reserved:
        return
    for line in _lines_of(transaction):
        asset = assets[line.asset_id]
        if not _is_expected(line, asset):
            continue
        if line.side == "D":
            end_holds(work, asset, transaction_id=transaction.id, state=state)
        _move_pending(work, asset, line, -line.amount_minor)
    transaction.is_reserved = False


def _is_expected(line: Line, asset: LockedAsset) -> bool:
    """Tell whether a line reserves: Available and Virtual are of real money, not of the bonus."""
    return asset.is_limited and line.bucket == "real"


def _move_pending(work: Work, asset: LockedAsset, line: Line, amount_minor: int) -> None:
    column = Asset.pending_in_minor if line.side == "C" else Asset.pending_out_minor
    work.session.execute(
        update(Asset)
        .where(Asset.id == asset.id)
        .values({column: column + amount_minor})
        .execution_options(synchronize_session=False)
    )


TRANSACTION = review(
    ReviewKind(
        key="transaction",
        model=Transaction,
        name="Transaction",
        module="transactions",
        default_levels=0,
        path="/admin/transactions",
        authorised=authorise,
        awaiting=reserve,
        returned=release,
        check=demand_open,
    )
)
