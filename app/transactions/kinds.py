"""How a deposit, a withdrawal and a transfer become a header and balanced lines."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.controls.numbering import take_ids
from app.controls.work import Work
from app.kernel.codes import uid
from app.kernel.money import convert_minor
from app.ledger.journal import ONE, Line
from app.ledger.locking import LockedAsset
from app.ledger.opening import new_public_id


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the teller adds to a movement of money: texts, dates and outside references."""

    description: str = ""
    source: str = ""
    beneficiary: str = ""
    source_email: str = ""
    external_id: str | None = None
    provider: str = ""
    value_date: date | None = None
    posting_date: date | None = None


def movement_lines(
    *, debit: LockedAsset, credit: LockedAsset, amount_minor: int, rate: Decimal
) -> tuple[Line, ...]:
    """Return the two lines that move one currency's amount from `debit` to `credit`."""
    base_minor = (
        amount_minor
        if rate == ONE and credit.currency == credit.base_currency
        else convert_minor(
            amount_minor, rate, exponent=credit.exponent, base_exponent=credit.base_exponent
        )
    )
    return (
        Line(debit.id, "D", amount_minor, base_minor, rate),
        Line(credit.id, "C", amount_minor, base_minor, rate),
    )


def header_of(
    work: Work,
    *,
    kind: str,
    direction: str,
    asset: LockedAsset,
    counter: LockedAsset,
    lines: tuple[Line, ...],
    particulars: Particulars,
    sub_type_id: int | None,
    status_id: int | None,
    transaction_id: int | None = None,
) -> dict[str, Any]:
    """Return the columns of a new transaction of `asset`, posted now at the business date.

    The client's manager is written as they are at this moment (W09.30). `transaction_id` is given
    by those who took the ids of a whole batch at once.
    """
    if transaction_id is None:
        (transaction_id,) = take_ids(work.session, "transaction", 1)
    posting_date = particulars.posting_date or asset.business_date
    return {
        "id": transaction_id,
        "organisation_id": asset.organisation_id,
        "public_id": new_public_id(),
        "uid": uid("cbtr", transaction_id),
        "reference": f"TXN-{transaction_id:08d}",
        "kind": kind,
        "direction": direction,
        "processing": "Completed",
        "status_id": status_id,
        "sub_type_id": sub_type_id,
        "project_id": asset.project_id,
        "desk_id": asset.desk_id,
        "branch_id": asset.branch_id,
        "client_id": asset.client_id,
        "manager_id": asset.manager_id,
        "account_id": asset.account_id,
        "account_type_id": asset.account_type_id,
        "asset_id": asset.id,
        "counter_asset_id": counter.id,
        "amount_minor": lines[0].amount_minor,
        "currency": asset.currency,
        "exponent": asset.exponent,
        "base_minor": lines[0].base_minor,
        "fee_minor": 0,
        "posting_date": posting_date,
        "value_date": particulars.value_date or posting_date,
        "source": particulars.source,
        "source_email": particulars.source_email,
        "beneficiary": particulars.beneficiary,
        "description": particulars.description,
        "provider": particulars.provider,
        "external_id": particulars.external_id,
        "order_id": "",
        "network_hash": "",
        "operator_name": work.actor.name,
        "lines": None,
        "is_reserved": False,
        "posted_at": work.now,
        "created_at": work.now,
        "updated_at": work.now,
        "version": 1,
        "record_status": "AUTHORIZED",
        "levels_required": 0,
        "review_cycle": 1,
        "content_hash": None,
        "rejection_reason": None,
        "denial_reason": None,
        "submitted_at": work.now,
        "authorised_at": work.now,
        "maker_id": work.actor.user_id,
    }
