"""What a configuration file carries of codes, commission types, fee groups and company fees."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.controls.approvals import submit
from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work
from app.fees.bands import Band
from app.fees.codes import TRANSACTION_CODE, CreateTransactionCode, create_transaction_code
from app.fees.commissions import (
    COMMISSION_TYPE,
    Commission,
    CreateCommissionType,
    EditCommissionType,
    SetBands,
    create_commission_type,
    edit_commission_type,
    set_bands,
)
from app.fees.company import AddFees, EditFee, Fee, Threshold, add_fees, edit_fee
from app.fees.models import (
    ANY_CURRENCY_DECIMALS,
    BASES,
    FEE_BASES,
    SIDES,
    CommissionType,
    CompanyFee,
)
from app.records.portable import carry_reviewed
from app.reference.fee_groups import FeeGroup

_THRESHOLD = ("amount", "minimum", "maximum")


def draft_commission(work: Work, columns: dict[str, Any]) -> int:
    """Draft the commission type, give it its bands and hand it in; returns its id."""
    bands = columns.pop("bands")
    type_id = create_commission_type(work, CreateCommissionType(_commission(columns)))
    record = work.session.get_one(CommissionType, type_id)
    _set_bands(work, record, bands)
    submit(work, COMMISSION_TYPE, record)
    return type_id


def edit_commission(work: Work, record: CommissionType, columns: dict[str, Any]) -> None:
    """Save a draft with its bands; those it had fit another currency or basis no more."""
    bands = columns.pop("bands")
    record.bands = []
    work.session.flush()  # the draft's version is that of its emptied bands
    command = EditCommissionType(record.id, record.version, _commission(columns))
    edit_commission_type(work, command)
    _set_bands(work, record, bands)


def add_fee(work: Work, columns: dict[str, Any]) -> CompanyFee:
    """Add one fee to its group; returns it."""
    group_id = columns.pop("group_id")
    threshold = Threshold(*(columns.pop(name) for name in _THRESHOLD))
    add_fees(work, AddFees(group_id, Fee(**columns), (threshold,)))
    newest = select(CompanyFee).where(CompanyFee.group_id == group_id).order_by(CompanyFee.id)
    return work.session.scalars(newest).all()[-1]


def save_fee(work: Work, record: CompanyFee, columns: dict[str, Any]) -> None:
    """Save one fee; its group stays, since it names it."""
    columns.pop("group_id")
    threshold = Threshold(*(columns.pop(name) for name in _THRESHOLD))
    edit_fee(work, EditFee(record.id, record.version, Fee(**columns), threshold))


def check_fee(_context: Context, row: FileRow) -> Iterator[Problem]:
    """Amounts are in units of any currency, as the form takes them; a fixed one names its own."""
    if row.values["basis"] == "static" and row.values["amount"] and not row.values["currency"]:
        yield "currency", "must be given: a static fee is an amount of one currency"
    for name in _THRESHOLD:
        value = row.values[name]
        if value is not None and value != round(value, ANY_CURRENCY_DECIMALS):
            yield name, f"can have at most {ANY_CURRENCY_DECIMALS} decimals"


def _commission(columns: dict[str, Any]) -> Commission:
    return Commission(**columns | {"kinds": tuple(columns["kinds"])})


def _set_bands(work: Work, record: CommissionType, bands: list[dict[str, Any]]) -> None:
    made = tuple(Band(**one) for one in bands)
    set_bands(work, SetBands(record.id, record.version, made))


carry_reviewed(
    TRANSACTION_CODE,
    key="transaction_codes",
    title="Transaction codes",
    identity=("code",),
    fields=("description", "side"),
    choices={"side": lambda: SIDES},
    create=lambda work, columns: create_transaction_code(
        work, CreateTransactionCode(**columns, submit=True)
    ),
)
carry_reviewed(
    COMMISSION_TYPE,
    key="commission_types",
    title="Commission types",
    identity=("code",),
    fields=(
        "name", "currency", "income_product", "transaction_code", "basis", "is_sliced", "kinds",
        "tax_percent", "is_on_top", "bands",
    ),
    references={"income_product": "products", "transaction_code": "transaction_codes"},
    choices={"basis": lambda: BASES},
    types={"bands": list[Band]},
    words={"lines": "bands"},
    create=draft_commission,
    edit=edit_commission,
)  # fmt: skip
portable(
    Portable(
        "fee_groups",
        "Fee groups",
        FeeGroup,
        "fees",
        identity=("project", "name"),
        fields=("is_default",),
        references={"project": "projects"},
        marks=("is_default", ("project",)),
        renewable=True,
    )
)
portable(
    Portable(
        "company_fees",
        "Company fees",
        CompanyFee,
        "fees",
        # Only the amount and its tax may change: what else a fee says tells it from the others.
        identity=("group", "sub_type", "currency", "counter_currency", "basis", *_THRESHOLD[1:]),
        fields=("amount", "tax_percent", "is_on_top"),
        references={"group": "fee_groups", "sub_type": "sub_types"},
        choices={"basis": lambda: FEE_BASES},
        check=check_fee,
        create=add_fee,
        edit=save_fee,
        renewable=True,
    )
)
