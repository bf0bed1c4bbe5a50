"""What an account condition must be before it may be kept: the rules of E32.02-19."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.conditions.models import (
    BALANCE_TYPES,
    METHODS,
    SIDES,
    TAX_TYPES,
    AccountCondition,
    BaseRate,
    tier_as_text,
)
from app.conditions.queries import can_be_superseded
from app.controls.permissions import find
from app.controls.review import AUTHORIZED, STATUS_NAMES, in_use
from app.controls.work import Work
from app.db.types import plain_rate
from app.kernel.day_counts import DAY_COUNTS
from app.kernel.errors import Conflict, Missing, Refusal
from app.kernel.frequencies import FREQUENCIES, is_rarer
from app.kernel.interest import Tier, checked_tiers
from app.ledger.accounts import Product
from app.organisation.models import OrganisationCurrency

_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
LONGEST_CODE, LONGEST_NAME, LONGEST_COMMENTS = 30, 100, 500
WHOLE = 100
ACCRUAL_RARER = "Accrual cannot be less frequent than posting"
CAPITALISATION_OFTENER = "Capitalization cannot be more frequent than posting"
MINIMUM_ABOVE = "Minimum cannot exceed maximum"
NO_TAX_TYPE = "Tax type is required when tax rate is set"
TAX_TOO_HIGH = "Tax rate cannot exceed 100%"
EXISTS = "This combination already exists"
CODE_IN_USE = (
    "{told} has this code: supersede it, which carries its products, or choose another code"
)
CODE_ENDS = "{told} has this code until {day}: begin later, in {currency}, or choose another code"
BAD_CODE = "Code must have capital letters, digits and dashes alone, such as SAV-STD-01"
# The product that each part of the booking needs: column, name, kind of product.
PRODUCTS = {
    "expense_product_id": ("Expense account", "expense"),
    "liability_product_id": ("Liability account", "liability"),
    "income_product_id": ("Income account", "income"),
    "receivable_product_id": ("Receivable account", "asset"),
    "tax_product_id": ("Tax account", "liability"),
}


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier as it is typed: its side and range, and the form's line it stands on."""

    side: str
    tier: Tier
    place: str = "lines-0"


@dataclass(frozen=True, slots=True)
class Terms:
    """All of a condition that its maker chooses, besides code and currency."""

    name: str
    effective_from: date | None
    effective_to: date | None = None
    day_count: str = "ACT/365F"
    balance_type: str = "VALUE"
    credit_method: str = "WHOLE"
    debit_method: str = "WHOLE"
    accrual_frequency: str = "DAILY"
    posting_frequency: str = "MONTHLY"
    capitalisation_frequency: str = "MONTHLY"
    base_rate_id: int | None = None
    tiers: tuple[TierLine, ...] = ()
    credit_min_minor: int | None = None
    credit_max_minor: int | None = None
    debit_min_minor: int | None = None
    debit_max_minor: int | None = None
    penalty_percent: Decimal | None = None
    de_minimis_minor: int = 0
    tax_type: str = ""
    tax_percent: Decimal | None = None
    expense_product_id: int | None = None
    liability_product_id: int | None = None
    income_product_id: int | None = None
    receivable_product_id: int | None = None
    tax_product_id: int | None = None
    comments: str = ""


_AS_TYPED = (
    "effective_from", "effective_to", "day_count", "balance_type", "credit_method", "debit_method",
    "accrual_frequency", "posting_frequency", "capitalisation_frequency", "base_rate_id",
    "credit_min_minor", "credit_max_minor", "debit_min_minor", "debit_max_minor",
    "de_minimis_minor", "tax_type", *PRODUCTS,
)  # fmt: skip


def condition_code(typed: str) -> str:
    """Return the code in capitals; refused (422) signs other than letters, digits, dashes."""
    code = typed.strip().upper()
    if not _CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise Refusal(BAD_CODE, field="code")
    return code


def condition_currency(work: Work, code: str) -> OrganisationCurrency:
    """Return a currency the organisation keeps books in, or refuse (422)."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == code,
        OrganisationCurrency.retired_at.is_(None),
    )
    currency = work.session.scalars(query).one_or_none()
    if currency is None:
        raise Refusal("Choose a currency of this organisation", field="currency")
    return currency


def demand_new_version(
    work: Work, model: type[Any], *, code: str, on: date, own_id: int | None = None
) -> None:
    """Refuse (409) a code that begins on a date already (E32.19), and name what begins then."""
    query = select(model).where(
        model.organisation_id == work.actor.tenant_id,
        model.code == code,
        model.effective_from == on,
        *in_use(model),
        model.id != (own_id or 0),
    )
    known = work.session.scalars(query).one_or_none()
    if known is not None:
        sentence = f"{EXISTS}: {known.told()} ({STATUS_NAMES[known.record_status]})"
        raise Conflict(sentence, field="effective_from")


def demand_first_version(
    work: Work, *, code: str, currency: str, begins: date, own_id: int | None = None
) -> None:
    """Refuse (409) a condition beside others of its code: a later version supersedes (E32.22).

    What has its end cannot be superseded: another condition in its currency begins after it.
    """
    query = select(AccountCondition).where(
        AccountCondition.organisation_id == work.actor.tenant_id,
        AccountCondition.code == code,
        *in_use(AccountCondition),
        AccountCondition.id != (own_id or 0),
    )
    for known in work.session.scalars(query.order_by(AccountCondition.effective_from.desc())).all():
        end, told = known.effective_to, known.told()
        may_go_on = not known.is_authorised or can_be_superseded(work.session, known)
        if end is None or may_go_on:
            raise Conflict(CODE_IN_USE.format(told=told), field="code")
        if begins <= end or currency != known.currency:
            sentence = CODE_ENDS.format(told=told, day=end.isoformat(), currency=known.currency)
            raise Conflict(sentence, field="code")


def checked_terms(work: Work, terms: Terms, currency: str) -> dict[str, Any]:
    """Return the columns; refused (422) what the rules forbid, beside its field."""
    if terms.effective_from is None:
        raise Refusal("Effective From is required", field="effective_from")
    if terms.effective_to is not None and terms.effective_to < terms.effective_from:
        raise Refusal("Effective To cannot be before Effective From", field="effective_to")
    _demand_choices(terms)
    _demand_frequencies(terms)
    _demand_amounts(terms)
    _demand_tax(terms)
    tiers = _tiers(terms)
    _demand_products(work, terms, currency, {one["side"] for one in tiers})
    if terms.base_rate_id is not None:
        _demand_base_rate(work, terms.base_rate_id)
    values = {name: getattr(terms, name) for name in _AS_TYPED}
    rates = {"tax_percent": terms.tax_percent, "penalty_percent": terms.penalty_percent}
    return values | {
        **{name: None if rate is None else plain_rate(rate) for name, rate in rates.items()},
        "name": checked_name(terms.name),
        "tiers": tiers,
        "comments": _comments(terms.comments),
    }


def checked_name(typed: str) -> str:
    """Return the name; refused (422) none, and one that is too long."""
    name = typed.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Name can have at most {LONGEST_NAME} characters", field="name")
    return name


def _comments(typed: str) -> str:
    if len(typed.strip()) > LONGEST_COMMENTS:
        sentence = f"Comments can have at most {LONGEST_COMMENTS} characters"
        raise Refusal(sentence, field="comments")
    return typed.strip()


def _demand_choices(terms: Terms) -> None:
    for field, known in (
        ("day_count", DAY_COUNTS),
        ("balance_type", BALANCE_TYPES),
        ("credit_method", METHODS),
        ("debit_method", METHODS),
        ("accrual_frequency", FREQUENCIES),
        ("posting_frequency", FREQUENCIES),
        ("capitalisation_frequency", FREQUENCIES),
        ("tax_type", ("", *TAX_TYPES)),
    ):
        if getattr(terms, field) not in known:
            raise Refusal("Choose a value from the list", field=field)


def _demand_frequencies(terms: Terms) -> None:
    """Equal is allowed: what accrues, posts and capitalises may do so on one day (design 9.15)."""
    accrual, posting = terms.accrual_frequency, terms.posting_frequency
    if is_rarer(accrual, posting):
        raise Refusal(ACCRUAL_RARER, field="accrual_frequency")
    if is_rarer(posting, terms.capitalisation_frequency):
        raise Refusal(CAPITALISATION_OFTENER, field="capitalisation_frequency")


def _demand_amounts(terms: Terms) -> None:
    for side in ("credit", "debit"):
        least, most = (getattr(terms, f"{side}_{end}_minor") for end in ("min", "max"))
        if least is not None and most is not None and least > most:
            raise Refusal(MINIMUM_ABOVE, field=f"{side}_min")


def _demand_tax(terms: Terms) -> None:
    if terms.tax_percent is None:
        return
    if terms.tax_percent > WHOLE:
        raise Refusal(TAX_TOO_HIGH, field="tax_rate")
    if not terms.tax_type:
        raise Refusal(NO_TAX_TYPE, field="tax_type")


def _tiers(terms: Terms) -> list[dict[str, Any]]:
    """Return the tiers as they are kept, each side by its amounts."""
    if any(line.side not in SIDES for line in terms.tiers):
        raise Refusal("Choose a value from the list", field="lines")
    kept = []
    for side in SIDES:
        mine = [line for line in terms.tiers if line.side == side]
        tiers = checked_tiers([one.tier for one in mine], places=[one.place for one in mine])
        kept += [tier_as_text(side, tier) for tier in tiers]
    return kept


def _demand_products(work: Work, terms: Terms, currency: str, sides: set[str]) -> None:
    """Refuse what is missing for the interest that the tiers bear, and what is of another kind."""
    needed = set()
    if "C" in sides:
        needed |= {"expense_product_id", "liability_product_id"}
    if "D" in sides or terms.penalty_percent:
        needed |= {"income_product_id", "receivable_product_id"}
    if terms.tax_percent:
        needed.add("tax_product_id")
    for field, (name, kind) in PRODUCTS.items():
        product_id = getattr(terms, field)
        if product_id is not None:
            _demand_product(work, product_id, currency, field=field, name=name, kind=kind)
        elif field in needed:
            raise Refusal(f"{name} is required", field=field)


def _demand_product(
    work: Work, product_id: int, currency: str, *, field: str, name: str, kind: str
) -> None:
    try:
        product = find(work.session, work.actor, Product, product_id)
    except Missing:
        raise Refusal("Choose from the list", field=field) from None
    if product.kind != kind or product.is_contract:
        raise Refusal(f"{name} must be of type {kind.upper()} and the house's own", field=field)
    if product.record_status != AUTHORIZED or product.retired_at is not None:
        raise Refusal(f"{name} must be authorized", field=field)
    if product.currency not in {None, currency}:
        raise Refusal(f"This account is kept in {product.currency}", field=field)


def _demand_base_rate(work: Work, base_rate_id: int) -> None:
    try:
        rate = find(work.session, work.actor, BaseRate, base_rate_id)
    except Missing:
        raise Refusal("Choose from the list", field="base_rate_id") from None
    if not rate.is_authorised or rate.retired_at is not None:
        raise Refusal("Base rate must be authorized", field="base_rate_id")
