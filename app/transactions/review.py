"""What follows the decisions on a transaction: holds are placed, money moves, holds are freed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from app.controls.numbering import take_ids
from app.controls.review import REJECTED, ReviewKind, review
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.holds import end_holds, place_hold
from app.ledger.journal import Line, Posting, post
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset, Transaction
from app.transactions.kinds import Particulars, header_of
from app.transactions.settings import settings_of

WAITING = "Pending"
RECEIVING = 2


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
            "code": line.code,
            "narrative": line.narrative,
            "batch": line.batch,
        }
        for line in lines
    ]


def lines_of(transaction: Transaction) -> tuple[Line, ...]:
    """Read the lines that a waiting transaction keeps."""
    return tuple(
        Line(**{**line, "rate": Decimal(line["rate"])}) for line in transaction.lines or ()
    )


def reserve(work: Work, transaction: Transaction) -> None:
    """Hold what a waiting transaction will take, and show what it will bring."""
    assets = _assets_of(work, transaction)
    lines = lines_of(transaction)
    for line in lines:
        asset = assets[line.asset_id]
        if not _is_expected(line, asset):
            continue
        if line.side == "D" and not _pays_itself(lines, asset.id):
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
        transaction.voided_at = work.now


def demand_open(work: Work, transaction: Transaction) -> None:
    """Refuse (409) to hand in a draft whose status was set to a final one by hand."""
    del work
    if transaction.is_final:
        raise Conflict(f"This transaction is {transaction.processing.lower()}")


def authorise(work: Work, transaction: Transaction) -> None:
    """After the last approval: post, unless the project's default status lets it wait (9.2).

    An opening balance waits for its asset to be activated, which comes here again (W07.28); what
    a platform processes waits for the platform's word.
    """
    assets = _assets_of(work, transaction)
    asset = assets[transaction.asset_id]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    status_id, processing = settings.default_status(transaction.project_id)
    waits_for_asset = not asset.is_active and _is_opening(transaction, assets)
    if waits_for_asset or transaction.platform_id is not None:
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
    """Capture the holds and post a transaction that was authorised; of a transfer, both halves."""
    assets = assets or _assets_of(work, transaction)
    _unreserve(work, transaction, assets, "captured")
    lines = lines_of(transaction)
    postings = [_posting(transaction, _own(transaction, lines))]
    if transaction.kind == "transfer_out":
        postings.append(_receiving(work, transaction, lines, assets))
    post(work, postings, assets)
    transaction.processing = "Completed"
    transaction.posted_at = transaction.settled_at = work.now


def _own(transaction: Transaction, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Leave out what the receiving half of a transfer will post."""
    if transaction.kind != "transfer_out":
        return lines
    return tuple(line for line in lines if line.batch != RECEIVING)


def _posting(transaction: Transaction, lines: tuple[Line, ...]) -> Posting:
    return Posting(
        transaction_id=transaction.id,
        kind=transaction.kind,
        posting_date=transaction.posting_date,
        value_date=transaction.value_date,
        lines=lines,
    )


def _receiving(
    work: Work,
    transaction: Transaction,
    lines: tuple[Line, ...],
    assets: dict[int, LockedAsset],
) -> Posting:
    """Make the transfer_in of a transfer that waited (L02.04)."""
    received = tuple(line for line in lines if line.batch == RECEIVING)
    asset = assets[transaction.counter_asset_id or 0]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    (transaction_id,) = take_ids(work.session, "transaction", 1)
    header = header_of(
        work,
        kind="transfer_in",
        direction="in",
        asset=asset,
        counter=assets[transaction.asset_id],
        lines=received,
        particulars=Particulars(
            description=transaction.description,
            value_date=transaction.value_date,
            posting_date=transaction.posting_date,
        ),
        sub_type_id=settings.sub_type(asset.project_id, "transfer_in"),
        status_id=transaction.status_id,
        transaction_id=transaction_id,
    )
    header["pair_id"] = transaction.id
    posting = _posting(transaction, received)
    return replace(posting, transaction_id=transaction_id, kind="transfer_in", header=header)


def _is_opening(transaction: Transaction, assets: dict[int, LockedAsset]) -> bool:
    counter = assets.get(transaction.counter_asset_id or 0)
    return counter is not None and counter.account_purpose == "opening"


def _assets_of(work: Work, transaction: Transaction) -> dict[int, LockedAsset]:
    return lock_lines(work, [line.asset_id for line in lines_of(transaction)])


def _unreserve(
    work: Work, transaction: Transaction, assets: dict[int, LockedAsset], state: str
) -> None:
    if not transaction.is_reserved:
        return
    for line in lines_of(transaction):
        asset = assets[line.asset_id]
        if not _is_expected(line, asset):
            continue
        if line.side == "D":
            end_holds(work, asset, transaction_id=transaction.id, state=state)
        _move_pending(work, asset, line, -line.amount_minor)
    transaction.is_reserved = False


def _pays_itself(lines: tuple[Line, ...], asset_id: int) -> bool:
    """Tell whether what comes in pays what goes out: a deposit's fees are taken from itself."""
    real = [line for line in lines if line.asset_id == asset_id and line.bucket == "real"]
    return sum(one.amount_minor if one.side == "C" else -one.amount_minor for one in real) >= 0


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
