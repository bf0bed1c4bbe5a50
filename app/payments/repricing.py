"""What the payments of a file cost is judged again before it is handed in, approved and posted.

The price list may change while a file waits. What its checkers see is what will be posted: a file
that costs something else by now is sent back, and priced anew as it is handed in again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import Money
from app.ledger.locking import LockedAsset, read_lines
from app.payments.models import GOOD, PaymentFile, PaymentRow
from app.payments.movements import movement_of, sides_of
from app.transactions.kinds import Particulars
from app.transactions.movement import worth

CHANGED = (
    "The fees changed since these payments were judged: they were {before}, and are {now} by now."
    " Reject the file, so that it is handed in again at its new price."
)
CHANGED_SINCE = "Its fees changed after the file was approved"


class Price(NamedTuple):
    """What a payment takes and brings with its fees, and the fees in base currency."""

    debited_minor: int
    credited_minor: int
    base_fees_minor: int


def price_anew(work: Work, record: PaymentFile) -> None:
    """Keep what the payments of a draft cost by now.

    A file that was judged before its fees were kept stays as it was.
    """
    rows, prices = _changed(work, record)
    if rows:
        for row in rows:
            row.debited_minor, row.credited_minor, _ = prices[row.id]
        record.fees_minor = _fees_minor(prices)


def demand_price(work: Work, record: PaymentFile) -> None:
    """Refuse (409) to post a file that costs something else than what was approved."""
    rows, prices = _changed(work, record)
    if rows:
        tenant = work.organisation
        before, now = (
            str(Money(minor, tenant.base_currency, tenant.base_exponent))
            for minor in (record.fees_minor or 0, _fees_minor(prices))
        )
        raise Conflict(CHANGED.format(before=before, now=now))


def demand_kept(row: PaymentRow, sides: tuple[int, int]) -> None:
    """Refuse (409) a payment that takes or brings something else than what was approved."""
    if row.debited_minor is not None and sides != (row.debited_minor, row.credited_minor):
        raise Conflict(CHANGED_SINCE)


def _changed(work: Work, record: PaymentFile) -> tuple[list[PaymentRow], dict[int, Price]]:
    """Return the payments that cost something else by now, and the prices of all."""
    if record.fees_minor is None:
        return [], {}
    rows = _good_rows(work, record)
    prices = _prices(work, rows)
    changed = [
        row
        for row in rows
        if row.id in prices and prices[row.id][:2] != (row.debited_minor, row.credited_minor)
    ]
    return changed, prices


def _fees_minor(prices: dict[int, Price]) -> int:
    return sum(price.base_fees_minor for price in prices.values())


def _good_rows(work: Work, record: PaymentFile) -> Sequence[PaymentRow]:
    query = select(PaymentRow).where(
        PaymentRow.organisation_id == record.organisation_id,
        PaymentRow.payment_file_id == record.id,
        PaymentRow.state == GOOD,
    )
    return work.session.scalars(query.order_by(PaymentRow.line)).all()


def _prices(work: Work, rows: Sequence[PaymentRow]) -> dict[int, Price]:
    """Return what each row comes to, by its id; posting says why one cannot be posted any more."""
    ids = {one for row in rows for one in (row.debit_asset_id, row.credit_asset_id) if one}
    assets = read_lines(work, ids)
    prices = {}
    for row in rows:
        try:
            prices[row.id] = _price(work, row, assets)
        except (Refusal, KeyError):
            continue
    return prices


def _price(work: Work, row: PaymentRow, assets: dict[int, LockedAsset]) -> Price:
    debit, credit = assets[row.debit_asset_id or 0], assets[row.credit_asset_id or 0]
    movement, _receiving = movement_of(
        work, debit, credit, row.amount_minor, particulars=Particulars(), file_id=None
    )
    base_minor, judged_minor = worth(work, movement)
    return Price(*sides_of(movement, debit), judged_minor - base_minor)
