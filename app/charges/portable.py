"""What a configuration file carries of charges: those that come again, of all of a product."""

from typing import Any

from app.charges.commands import (
    CHARGE,
    ChargeTerms,
    CreateCharge,
    EditCharge,
    create_charge,
    edit_charge,
)
from app.charges.models import KINDS, Charge
from app.controls.work import Work
from app.records.portable import carry_reviewed

ONE_OFF = "ONE_OFF"


def draft(work: Work, columns: dict[str, Any]) -> int:
    """Draft the charge and hand it in; returns its id."""
    code = columns.pop("code")
    return create_charge(work, CreateCharge(code, ChargeTerms(**columns), submit=True))


def edit(work: Work, record: Charge, columns: dict[str, Any]) -> None:
    """Save a draft; its code stays."""
    del columns["code"]
    edit_charge(work, EditCharge(record.id, record.version, ChargeTerms(**columns)))


carry_reviewed(
    CHARGE,
    key="charges",
    title="Charges",
    identity=("code",),
    fields=(
        "name", "kind", "frequency", "currency", "amount_minor", "tax_percent", "income_product",
        "product", "effective_from", "effective_to",
    ),
    references={"income_product": "products", "product": "products"},
    choices={"kind": lambda: KINDS},
    words={"amount": "amount_minor"},
    # What one account is charged, or all are once, or was ended is business that is done with.
    exported=lambda charge: (
        charge.account_id is None and charge.kind != ONE_OFF and charge.ended_after is None
    ),
    create=draft,
    edit=edit,
)  # fmt: skip
