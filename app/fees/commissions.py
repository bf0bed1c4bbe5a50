"""Commission types: drafted, given their bands, approved; what they charge follows the bands."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.permissions import find, scoped
from app.controls.retiring import demand_live, retires
from app.controls.review import AUTHORIZED, ReviewKind, review, step
from app.controls.work import Work
from app.db.types import plain_rate
from app.fees.bands import Band, checked
from app.fees.codes import checked_code, demand_draft, unless_draft
from app.fees.models import BASES, KINDS, CommissionType, TransactionCode
from app.kernel.errors import Missing, Refusal
from app.ledger.accounts import Product
from app.organisation.models import OrganisationCurrency

NOT_INCOME = "Income account must be of type INCOME"
NO_BANDS = "Add at least one band before it is submitted"
CODE_EXISTS = "A commission type with this code already exists"
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Commission:
    """What a commission type is, besides its bands."""

    code: str
    name: str
    currency: str
    income_product_id: int
    transaction_code_id: int
    basis: str = "FLAT"
    is_sliced: bool = False
    kinds: tuple[str, ...] = ()
    tax_percent: Decimal | None = None
    is_on_top: bool = False


@dataclass(frozen=True, slots=True)
class CreateCommissionType:
    """Add a commission type as a draft (E18.01, E18.02)."""

    commission: Commission


@dataclass(frozen=True, slots=True)
class EditCommissionType:
    """Change a draft or rejected commission type."""

    type_id: int
    version: int
    commission: Commission


@dataclass(frozen=True, slots=True)
class SetBands:
    """Write the bands of a draft or rejected commission type, all of them (E18.03)."""

    type_id: int
    version: int
    bands: tuple[Band, ...]


def _demand_bands(work: Work, row: CommissionType) -> None:
    del work
    demand_live(row)
    if not row.bands:
        raise Refusal(NO_BANDS)


COMMISSION_TYPE = review(
    ReviewKind(
        key="commission-type",
        model=CommissionType,
        name="Commission type",
        module="commission-types",
        path="/admin/commission-types",
        check=_demand_bands,
    )
)
retires(
    CommissionType,
    COMMISSION_TYPE.name,
    permission="commission-types.delete",
    obstacle=unless_draft(COMMISSION_TYPE.name),
)


@handles(CreateCommissionType, permission="commission-types.create")
def create_commission_type(work: Work, command: CreateCommissionType) -> int:
    """Create the draft; returns its id."""
    values = _checked(work, command.commission, None)
    row = work.add(
        CommissionType(organisation_id=work.actor.tenant_id, maker_id=work.actor.user_id, **values)
    )
    step(work, COMMISSION_TYPE, row, "created")
    return row.id


@handles(EditCommissionType, permission="commission-types.edit")
def edit_commission_type(work: Work, command: EditCommissionType) -> int:
    """Save the draft; its bands must fit a changed currency or basis."""
    row = find(work.session, work.actor, CommissionType, command.type_id)
    demand_draft(row, COMMISSION_TYPE.name, command.version)
    values = _checked(work, command.commission, row.id)
    if row.bands and (values["currency"], values["basis"]) != (row.currency, row.basis):
        raise Refusal("Remove the bands before you change currency or basis", field="basis")
    for key, value in values.items():
        setattr(row, key, value)
    step(work, COMMISSION_TYPE, row, "edited")
    return row.id


@handles(SetBands, permission="commission-types.edit")
def set_bands(work: Work, command: SetBands) -> int:
    """Write the bands in the order of their amounts (E18.04-11)."""
    row = find(work.session, work.actor, CommissionType, command.type_id)
    demand_draft(row, COMMISSION_TYPE.name, command.version)
    bands = checked(command.bands, currency=row.currency, basis=row.basis)
    row.bands = [band.as_text() for band in bands]
    step(work, COMMISSION_TYPE, row, "edited")
    return row.id


def _checked(work: Work, asked: Commission, own_id: int | None) -> dict[str, Any]:
    name = asked.name.strip()
    if not name or len(name) > LONGEST_NAME:
        sentence = f"Name can have at most {LONGEST_NAME} characters" if name else None
        raise Refusal(sentence or "Name is required", field="name")
    if asked.basis not in BASES:
        raise Refusal("Choose a calculation basis from the list", field="basis")
    if not set(asked.kinds) <= set(KINDS):
        raise Refusal("Choose types of transaction from the list", field="kinds")
    currency = work.session.scalars(
        scoped(work.actor, OrganisationCurrency).where(OrganisationCurrency.code == asked.currency)
    ).one_or_none()
    if currency is None:
        raise Refusal("Choose a currency of this organisation", field="currency")
    _demand_income(work, asked)
    _demand_code(work, asked.transaction_code_id)
    return {
        "code": checked_code(
            work, CommissionType, typed=asked.code, own_id=own_id, taken=CODE_EXISTS
        ),
        "name": name,
        "currency": currency.code,
        "exponent": currency.exponent,
        "income_product_id": asked.income_product_id,
        "transaction_code_id": asked.transaction_code_id,
        "basis": asked.basis,
        "is_sliced": asked.is_sliced,
        "is_on_top": asked.is_on_top,
        "kinds": [kind for kind in KINDS if kind in asked.kinds],
        "tax_percent": None if asked.tax_percent is None else plain_rate(asked.tax_percent),
    }


def _demand_income(work: Work, asked: Commission) -> None:
    """Refuse a product that is no income, is not approved, or is kept in another currency."""
    field = "income_product_id"
    try:
        product = find(work.session, work.actor, Product, asked.income_product_id)
    except Missing:
        raise Refusal("Choose an income account from the list", field=field) from None
    if product.kind != "income":
        raise Refusal(NOT_INCOME, field=field)
    if product.record_status != AUTHORIZED:
        raise Refusal("Income account must be authorized", field=field)
    if product.currency not in {None, asked.currency}:
        raise Refusal(f"This income account is kept in {product.currency}", field=field)


def _demand_code(work: Work, code_id: int) -> None:
    """Refuse a code that is not approved, or is for credits alone (E17.05)."""
    query = select(TransactionCode).where(
        TransactionCode.organisation_id == work.actor.tenant_id, TransactionCode.id == code_id
    )
    code = work.session.scalars(query).one_or_none()
    if code is None or code.retired_at is not None:
        raise Refusal("Choose a transaction code from the list", field="transaction_code_id")
    if code.record_status != AUTHORIZED:
        raise Refusal("Transaction code must be approved before use", field="transaction_code_id")
    if code.side == "credit":
        raise Refusal("This transaction code is for credits", field="transaction_code_id")
