"""Charges are drafted, edited while drafts, and approved; the close of business takes them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.charges.models import KINDS, Charge
from app.conditions.checks import checked_name, condition_currency
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.permissions import find, scoped
from app.controls.retiring import demand_live
from app.controls.review import DENIED, ReviewKind, in_use, review
from app.controls.work import Work
from app.db.types import plain_rate
from app.kernel.errors import Conflict, Missing, Refusal, all_of
from app.kernel.frequencies import FREQUENCIES
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.records.commands import checked_code
from app.records.drafts import retires_while_open

PASSED = "Effective From of a one-off charge cannot be before the business date"
CLOSED = (
    "This charge was to be taken on {day}, which is closed: send it back, so that its maker "
    "chooses a later day"
)
ONE_TARGET = "Choose a product, or type the number of one account"


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """What is charged, to whom and when; the amount is in minor units."""

    name: str
    kind: str
    currency: str
    amount_minor: int
    income_product_id: int | None
    effective_from: date | None
    frequency: str = "MONTHLY"
    effective_to: date | None = None
    tax_percent: Decimal | None = None
    product_id: int | None = None
    account_number: str = ""


@dataclass(frozen=True, slots=True)
class CreateCharge:
    """Draft a charge."""

    code: str
    terms: ChargeTerms
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditCharge:
    """Change a draft or rejected charge; its code stays."""

    charge_id: int
    version: int
    terms: ChargeTerms
    submit: bool = False


def _demand_in_time(work: Work, charge: Charge) -> None:
    """Refuse to hand in a one-off charge whose day is over: no close would take it."""
    demand_live(charge)
    if _is_past(work, charge):
        raise Refusal(PASSED, field="effective_from")


def _demand_still_in_time(work: Work, charge: Charge) -> None:
    """Refuse to approve a one-off charge whose day was closed while it waited."""
    demand_live(charge)
    if _is_past(work, charge):
        raise Refusal(CLOSED.format(day=charge.effective_from.isoformat()))


def _is_past(work: Work, charge: Charge) -> bool:
    return charge.kind == "ONE_OFF" and charge.effective_from < work.business_date


CHARGE = review(
    ReviewKind(
        key="charge",
        model=Charge,
        name="Charge",
        module="charges",
        path="/admin/charges",
        check=_demand_in_time,
        authorised=_demand_still_in_time,
    )
)
retires_while_open(Charge, "Charge", permission="charges.delete")


@handles(CreateCharge, permission="charges.create")
def create_charge(work: Work, command: CreateCharge) -> int:
    """Create the draft; refused (409) where the code is in use already. Returns the id."""
    code, values = all_of(
        lambda: _free_code(work, command.code), lambda: _checked(work, command.terms)
    )
    record = work.add(
        Charge(
            organisation_id=work.actor.tenant_id,
            code=code,
            maker_id=work.actor.user_id,
            **values,
        )
    )
    return drafted(work, CHARGE, record, "created", hand_in=command.submit)


@handles(EditCharge, permission="charges.edit")
def edit_charge(work: Work, command: EditCharge) -> int:
    """Save the draft; what waits or is approved is refused with 409."""
    record: Charge = draft(work, CHARGE, command.charge_id, command.version)
    for key, value in _checked(work, command.terms).items():
        setattr(record, key, value)
    return drafted(work, CHARGE, record, "edited", hand_in=command.submit)


def _free_code(work: Work, typed: str) -> str:
    code = checked_code(typed, "Charge")
    others = select(func.count()).where(
        Charge.organisation_id == work.actor.tenant_id,
        Charge.code == code,
        *in_use(Charge),
    )
    if work.session.scalar(others):
        raise Conflict(f"Charge code {code} already exists", field="code")
    return code


def _checked(work: Work, terms: ChargeTerms) -> dict[str, Any]:
    """Return the columns of the terms; refused with all that is wrong."""
    currency, name, target, *_ = all_of(
        lambda: condition_currency(work, terms.currency),
        lambda: checked_name(terms.name),
        lambda: _target(work, terms),
        lambda: _demand_income(work, terms),
        lambda: _demand_listed(terms.kind, KINDS, field="kind"),
        lambda: _demand_listed(terms.frequency, FREQUENCIES, field="frequency"),
        lambda: _demand_amount(terms),
        lambda: _demand_days(terms),
    )
    return {
        "name": name,
        "kind": terms.kind,
        "frequency": terms.frequency,
        "currency": currency.code,
        "exponent": currency.exponent,
        "amount_minor": terms.amount_minor,
        "tax_percent": None if terms.tax_percent is None else plain_rate(terms.tax_percent),
        "income_product_id": terms.income_product_id,
        "effective_from": terms.effective_from,
        "effective_to": terms.effective_to,
        **target,
    }


def _demand_listed(value: str, listed: Collection[str], *, field: str) -> None:
    if value not in listed:
        raise Refusal("Choose a value from the list", field=field)


def _demand_amount(terms: ChargeTerms) -> None:
    if terms.amount_minor <= 0:
        raise Refusal("Amount must be greater than 0", field="amount")


def _demand_days(terms: ChargeTerms) -> None:
    if terms.effective_from is None:
        raise Refusal("Effective From is required", field="effective_from")
    if terms.effective_to is not None and terms.effective_to < terms.effective_from:
        raise Refusal("Effective To cannot be before Effective From", field="effective_to")


def _demand_income(work: Work, terms: ChargeTerms) -> None:
    field = "income_product_id"
    try:
        product = find(work.session, work.actor, Product, terms.income_product_id or 0)
    except Missing:
        raise Refusal("Choose an income account from the list", field=field) from None
    if product.kind != "income" or not product.is_authorised or product.retired_at is not None:
        raise Refusal("Income account must be an authorized product of type INCOME", field=field)
    if terms.currency and product.currency not in {None, terms.currency}:
        raise Refusal(f"This income account is kept in {product.currency}", field=field)


def _target(work: Work, terms: ChargeTerms) -> dict[str, int | None]:
    """Return whose accounts are charged: a contract product's, or the one with a number."""
    number = terms.account_number.strip().upper()
    if (terms.product_id is None) == (not number):
        raise Refusal(ONE_TARGET, field="product_id")
    if number:
        query = scoped(work.actor, Account).where(Account.number == number)
        account = work.session.scalars(query).one_or_none()
        if account is None or account.holder == "internal":
            raise Refusal("There is no customer account with this number", field="account_number")
        _demand_chargeable(work, account, terms.currency)
        return {"product_id": None, "account_id": account.id}
    try:
        product = find(work.session, work.actor, Product, terms.product_id or 0)
    except Missing:
        raise Refusal("Choose from the list", field="product_id") from None
    if not (product.is_contract and product.is_authorised and product.retired_at is None):
        raise Refusal("Choose an authorized contract product", field="product_id")
    if terms.currency and product.currency not in {None, terms.currency}:
        raise Refusal(f"This product is kept in {product.currency}", field="product_id")
    return {"product_id": product.id, "account_id": None}


def _demand_chargeable(work: Work, account: Account, currency: str) -> None:
    """Refuse an account that no charge in the currency can ever be taken from."""
    field = "account_number"
    if account.closed_on is not None:
        raise Refusal(f"Account {account.number} is closed", field=field)
    if account.record_status == DENIED:
        raise Refusal(f"Account {account.number} was denied and is never opened", field=field)
    asset = select(Asset.id).where(
        Asset.organisation_id == account.organisation_id,
        Asset.account_id == account.id,
        Asset.currency == currency,
    )
    if currency and work.session.scalar(asset) is None:
        raise Refusal(f"Account {account.number} has no asset in {currency}", field=field)
