"""How a deposit, a withdrawal and a transfer become a header and balanced lines."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.kernel.money import convert_minor
from app.ledger.headers import named, owned
from app.ledger.journal import ONE, Line
from app.ledger.locking import LockedAsset

_PARTICULARS = (
    "source",
    "source_email",
    "beneficiary",
    "description",
    "provider",
    "external_id",
)
_INSTANTS = ("posted_at", "settled_at", "created_at", "updated_at", "submitted_at", "authorised_at")
_COMPLETED: dict[str, Any] = {
    "processing": "Completed",
    "fee_minor": 0,
    "tax_minor": 0,
    "order_id": "",
    "network_hash": "",
    "is_reserved": False,
    "version": 1,
    "record_status": AUTHORIZED,
    "levels_required": 0,
    "review_cycle": 1,
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the teller adds to a movement of money: texts, dates and outside references.

    `sub_type` is the label of a sub-type that the project added; "" is the system's own.
    """

    description: str = ""
    source: str = ""
    beneficiary: str = ""
    source_email: str = ""
    external_id: str | None = None
    provider: str = ""
    value_date: date | None = None
    posting_date: date | None = None
    sub_type: str = ""


def movement_lines(
    *,
    debit: LockedAsset,
    credit: LockedAsset,
    amount_minor: int,
    rate: Decimal,
    bonus_of: int | None = None,
    code: str = "",
    narrative: str = "",
    batch: int = 1,
) -> tuple[Line, ...]:
    """Return the two lines that move one currency's amount from `debit` to `credit`.

    `bonus_of` is the asset whose bonus is meant, not its real money (W08.47).
    """
    base_minor = (
        amount_minor
        if rate == ONE and credit.currency == credit.base_currency
        else convert_minor(
            amount_minor, rate, exponent=credit.exponent, base_exponent=credit.base_exponent
        )
    )
    return tuple(
        Line(
            asset.id,
            side,
            amount_minor,
            base_minor,
            rate,
            bucket="bonus" if asset.id == bonus_of else "real",
            code=code,
            narrative=narrative,
            batch=batch,
        )
        for asset, side in ((debit, "D"), (credit, "C"))
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
    transaction_id: int,
    sub_type_id: int | None = None,
    status_id: int | None = None,
) -> dict[str, Any]:
    """Return the columns of a new transaction of `asset`, posted now at the business date."""
    posting_date = particulars.posting_date or work.closing_day or asset.business_date
    return {
        **completed(work),
        **named(work, transaction_id),
        **owned(asset),
        "kind": kind,
        "direction": direction,
        "status_id": status_id,
        "sub_type_id": sub_type_id,
        "counter_asset_id": counter.id,
        "amount_minor": lines[0].amount_minor,
        "base_minor": lines[0].base_minor,
        "posting_date": posting_date,
        "value_date": particulars.value_date or posting_date,
        **{name: getattr(particulars, name) for name in _PARTICULARS},
        "ip_address": work.actor.context.address or None,
    }


def completed(work: Work) -> dict[str, Any]:
    """Return the columns of a movement that is authorized and completed as it is written."""
    return _COMPLETED | dict.fromkeys(_INSTANTS, work.now)
