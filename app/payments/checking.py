"""What a checker sees of a file of payments: its first rows, and the accounts that pay for it."""

from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.clients.models import Client
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.payments.models import GOOD, PaymentFile, PaymentRow
from app.payments.resource import ROWS_PATH

FIRST_ROWS = 20


def rows_to_check(session: Session, record: PaymentFile) -> dict[str, Any]:
    """Return the first rows with who is paid, and the address of all."""
    payee, owner = aliased(Asset), aliased(Client)
    query = (
        select(PaymentRow, func.coalesce(owner.name, Account.name))
        .outerjoin(payee, payee.id == PaymentRow.credit_asset_id)
        .outerjoin(Account, Account.id == payee.account_id)
        .outerjoin(owner, owner.id == Account.client_id)
        .where(PaymentRow.payment_file_id == record.id)
    )
    return {
        "rows": [
            {
                "line": row.line,
                "debit": row.debit_account,
                "credit": row.credit_account,
                "payee": name or "—",
                "amount": str(Money(row.amount_minor, row.currency, row.exponent))
                if row.amount_minor
                else row.amount,
                "fees": _fees(row),
                "narrative": row.narrative,
                "reference": row.reference,
                "reason": row.reason,
            }
            for row, name in session.execute(query.order_by(PaymentRow.line).limit(FIRST_ROWS))
        ],
        "all": f"All {record.row_count:,} rows",
        "all_href": f"{ROWS_PATH}?file={record.id}",
    }


def balances_of(session: Session, record: PaymentFile) -> list[tuple[Asset, str, int]]:
    """Return the assets that its good rows debit, their accounts, and what the rows move in all.

    Those that pay most come first, twenty at most. The fees of the payments are in it, except of
    files that were judged before they were kept. Nothing is returned of a file that is approved
    already.
    """
    if record.is_authorised:
        return []
    debited = PaymentRow.debit_asset_id == Asset.id
    taken = func.coalesce(PaymentRow.debited_minor, PaymentRow.amount_minor)
    brought = func.coalesce(PaymentRow.credited_minor, PaymentRow.amount_minor)
    moved = func.sum(case((debited, -taken), else_=brought))
    query = (
        select(Asset, Account.number, moved)
        .join(Account, Account.id == Asset.account_id)
        .join(PaymentRow, or_(debited, PaymentRow.credit_asset_id == Asset.id))
        .where(
            Asset.organisation_id == record.organisation_id,
            Asset.is_limited,
            PaymentRow.payment_file_id == record.id,
            PaymentRow.state == GOOD,
            Asset.id.in_(
                select(PaymentRow.debit_asset_id).where(PaymentRow.payment_file_id == record.id)
            ),
        )
        .group_by(Asset.id, Account.number)
        .order_by(moved, Asset.id)
        .limit(FIRST_ROWS)
    )
    return [(asset, number, int(sum_minor)) for asset, number, sum_minor in session.execute(query)]


def _fees(row: PaymentRow) -> str:
    """Say what a payment costs and who bears it; "" where it costs nothing or nobody knows."""
    if row.debited_minor is None or row.credited_minor is None:
        return ""
    borne = {
        "on top": row.debited_minor - row.amount_minor,
        "deducted": row.amount_minor - row.credited_minor,
    }
    return ", ".join(
        f"{Money(minor, row.currency, row.exponent)} {how}" for how, minor in borne.items() if minor
    )
