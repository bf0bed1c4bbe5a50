"""What follows the decisions on a transaction: holds are placed, money moves, holds are freed."""

from collections import defaultdict
from dataclasses import fields
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, update
from sqlalchemy.orm import Session

from app.controls.review import REJECTED, ReviewHook, ReviewKind, review
from app.controls.work import Work
from app.funding.usage import demand_payable
from app.kernel.errors import Conflict
from app.ledger.holds import end_holds, place_hold
from app.ledger.journal import Line, post
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset, Transaction
from app.ledger.places import Places, places_of_lines
from app.mandates.queries import levels_for_joint_hands
from app.transactions.days import book_late, demand_open_day
from app.transactions.halves import postings_of
from app.transactions.orders import send_order
from app.transactions.originals import give_back
from app.transactions.settings import settings_of

WAITING = "Pending"
# What the slices above ask when a transaction is handed in, and once more before it is authorised.
DEMANDS: list[ReviewHook] = []
_LINE = tuple(one.name for one in fields(Line))


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
    return tuple(line_of(line) for line in transaction.lines or ())


def line_of(kept: dict[str, Any]) -> Line:
    """Read one kept line; what was typed to make it stands beside and is left out."""
    named = {name: kept[name] for name in _LINE if name in kept}
    return Line(**{**named, "rate": Decimal(kept["rate"])})


def reserve(work: Work, transaction: Transaction) -> None:
    """Hold what a waiting transaction will take, and show what it will bring."""
    assets = _assets_of(work, transaction)
    expected = _expected(transaction, assets)
    for (asset_id, side), amount_minor in expected.items():
        # What comes in with it pays what goes out: a deposit's fees are taken from itself.
        missing_minor = amount_minor - expected.get((asset_id, "C"), 0)
        if side == "D" and missing_minor > 0:
            place_hold(
                work,
                assets[asset_id],
                amount_minor=missing_minor,
                transaction_id=transaction.id,
                reason=f"Waiting transaction {transaction.reference}",
            )
    _move_pending(work, expected, 1)
    transaction.is_reserved = True


def release(work: Work, transaction: Transaction) -> None:
    """Free what was sent back of what it had reserved; end what was denied or cancelled."""
    if transaction.record_status == REJECTED:
        _free(work, transaction)
    else:
        end_unposted(work, transaction, "Canceled")


def end_unposted(work: Work, transaction: Transaction, processing: str) -> None:
    """End one that will never be posted; what it was to reverse is Processed again.

    One that has ended stays as it ended: its original may have another reversal by now.
    """
    _free(work, transaction)
    if transaction.is_final:
        return
    transaction.processing = processing
    if processing == "Canceled":
        transaction.voided_at = work.now
    if transaction.kind == "reversal":
        give_back(work, transaction)


def _free(work: Work, transaction: Transaction) -> None:
    if transaction.is_reserved:
        _unreserve(work, transaction, _assets_of(work, transaction), "released")


def demand_open(transaction: Transaction) -> None:
    """Refuse (409) to change or hand in a draft that was ended by hand, or cancelled as deleted."""
    if transaction.is_final:
        raise Conflict(f"This transaction is {transaction.processing.lower()}")


def authorise(work: Work, transaction: Transaction) -> None:
    """After the last approval: post, unless the project's default status lets it wait (9.2).

    An opening balance waits for its asset to be activated, which comes here again (W07.28); what
    a platform processes waits for the platform's word.
    """
    demand_payee(work, transaction)
    _demand_wanted(work, transaction)
    assets = _assets_of(work, transaction)
    asset = assets[transaction.asset_id]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    status_id, processing = settings.default_status(transaction.project_id)
    if transaction.kind == "reversal":
        # Its money moves as soon as it is authorised, whatever new ones wait for (design 9.4).
        processing = "Completed"
        status_id = settings.status_of(transaction.project_id, processing)
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
        send_order(work, transaction)


def _check(work: Work, transaction: Transaction) -> None:
    demand_open(transaction)
    _demand_wanted(work, transaction)


def _demand_wanted(work: Work, transaction: Transaction) -> None:
    """Refuse what the record that it came from does not want any more, such as an invoice."""
    for demand in DEMANDS:
        demand(work, transaction)


def demand_payee(work: Work, transaction: Transaction) -> None:
    """Refuse (409) to pay out to a bank account that is not verified any more (V06.03)."""
    if transaction.direction == "out":
        demand_payable(work, transaction.funding_source_id)


def complete(
    work: Work, transaction: Transaction, assets: dict[int, LockedAsset] | None = None
) -> None:
    """Capture the holds and post a transaction that was authorised; of a transfer, both halves."""
    assets = assets or _assets_of(work, transaction)
    book_late(work, transaction)
    demand_open_day(work.organisation, transaction.posting_date)
    if transaction.is_reserved:
        _unreserve(work, transaction, assets, "captured")
    post(work, postings_of(work, transaction, lines_of(transaction), assets), assets)
    transaction.processing = "Completed"
    transaction.posted_at = transaction.settled_at = work.now


def _is_opening(transaction: Transaction, assets: dict[int, LockedAsset]) -> bool:
    counter = assets.get(transaction.counter_asset_id or 0)
    return counter is not None and counter.account_purpose == "opening"


def _assets_of(work: Work, transaction: Transaction) -> dict[int, LockedAsset]:
    return lock_lines(work, [line.asset_id for line in lines_of(transaction)])


def _unreserve(
    work: Work, transaction: Transaction, assets: dict[int, LockedAsset], state: str
) -> None:
    expected = _expected(transaction, assets)
    for asset_id, side in expected:
        if side == "D":
            end_holds(work, assets[asset_id], transaction_id=transaction.id, state=state)
    _move_pending(work, expected, -1)
    transaction.is_reserved = False


def _expected(
    transaction: Transaction, assets: dict[int, LockedAsset]
) -> dict[tuple[int, str], int]:
    """Return what is reserved of each asset and side; many lines of one asset are one sum.

    Available and Virtual are of real money, not of the bonus, and of assets with a limit.
    """
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for line in lines_of(transaction):
        if assets[line.asset_id].is_limited and line.bucket == "real":
            sums[line.asset_id, line.side] += line.amount_minor
    return sums


def _move_pending(work: Work, expected: dict[tuple[int, str], int], sign: int) -> None:
    table = Asset.__table__
    for side, column in (("C", table.c.pending_in_minor), ("D", table.c.pending_out_minor)):
        moved = [
            {"asset": asset_id, "minor": sign * amount_minor}
            for (asset_id, of_side), amount_minor in expected.items()
            if of_side == side
        ]
        if moved:
            change = {column: column + bindparam("minor", type_=BigInteger)}
            one = update(table).where(table.c.id == bindparam("asset", type_=BigInteger))
            work.session.connection().execute(one.values(change), moved)


def _least(session: Session, transaction: Transaction) -> int:
    """Return the levels that a journal needs by the signing rules of the accounts it takes from.

    Other movements take nothing but what was signed for at the counter.
    """
    return levels_for_joint_hands(session, transaction) if transaction.kind == "journal" else 0


def _reaches(session: Session, transaction: Transaction) -> Places:
    """Return where its lines move money, of one whose lines were chosen freely and its reversal."""
    return places_of_lines(session, transaction) if transaction.direction == "both" else ()


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
        check=_check,
        reaches=_reaches,
        least=_least,
    )
)
