"""What a configuration file carries of base rates, account conditions and whom they are for.

Only what is in force, or comes later: how interest was borne before is this bank's own history.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conditions.base_rates import (
    BASE_RATE,
    MOST_PERCENT,
    CreateBaseRate,
    EditBaseRate,
    create_base_rate,
    edit_base_rate,
)
from app.conditions.checks import Terms, TierLine
from app.conditions.commands import (
    CONDITION,
    CreateAccountCondition,
    EditAccountCondition,
    continue_account_condition,
    create_account_condition,
    edit_account_condition,
)
from app.conditions.linking import LinkConditionProducts, link_condition_products
from app.conditions.models import AccountCondition, BaseRate, ConditionProduct
from app.conditions.queries import ended_before
from app.controls.portable import Portable, portable
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.interest import Tier
from app.records.portable import carry_reviewed

_PRODUCTS = ("expense", "liability", "income", "receivable", "tax")


@dataclass(frozen=True, slots=True)
class TierRow:
    """A tier as a file writes it: its side, C or D, and its range in minor units."""

    side: str
    low_minor: int
    high_minor: int | None
    rate_percent: Decimal


def rates_in_force(session: Session, rates: list[BaseRate]) -> list[BaseRate]:
    """Return what each base rate is on the business date and later, the earliest first."""
    ordered = sorted(rates, key=lambda one: one.effective_from)
    begun = {
        one.code: one.effective_from
        for one in ordered
        if one.effective_from <= _today(session, one.organisation_id)
    }
    return [one for one in ordered if one.effective_from >= begun.get(one.code, one.effective_from)]


def conditions_not_over(
    session: Session, conditions: list[AccountCondition]
) -> list[AccountCondition]:
    """Return the versions that have no end, or one that is still to come."""
    return [
        one
        for one in conditions
        if one.effective_to is None or one.effective_to >= _today(session, one.organisation_id)
    ]


def draft_condition(work: Work, columns: dict[str, Any]) -> int:
    """Draft the condition and hand it in; returns its id.

    Where it begins the day after a version of its code ends, it follows that one, for a code is one
    line of versions (ADR 25): also where it was begun anew there, which to accounts is the same.
    It is for the products of the one before and for those that the file names.
    """
    code, currency = columns.pop("code"), columns.pop("currency")
    terms = _terms(columns)
    before = ended_before(work.session, work.actor, code, terms.effective_from)
    if before is not None and before.currency == currency:
        return continue_account_condition(work, before, terms)
    command = CreateAccountCondition(code, currency, terms, submit=True)
    return create_account_condition(work, command)


def edit_condition(work: Work, record: AccountCondition, columns: dict[str, Any]) -> None:
    """Save a draft; its code and currency stay."""
    del columns["code"], columns["currency"]
    edit_account_condition(work, EditAccountCondition(record.id, record.version, _terms(columns)))


def link(work: Work, columns: dict[str, Any]) -> ConditionProduct:
    """Link one more product to the condition; returns the link."""
    condition_id, product_id = columns["condition_id"], columns["product_id"]
    linked = select(ConditionProduct).where(ConditionProduct.condition_id == condition_id)
    ids = [one.product_id for one in work.session.scalars(linked)]
    link_condition_products(work, LinkConditionProducts(condition_id, (*ids, product_id)))
    work.session.flush()  # the link is returned as the database keeps it
    return work.session.scalars(linked.where(ConditionProduct.product_id == product_id)).one()


def edit_rate(work: Work, record: BaseRate, columns: dict[str, Any]) -> None:
    """Save a draft; its code stays."""
    del columns["code"]
    edit_base_rate(work, EditBaseRate(record.id, record.version, **columns))


def _terms(columns: dict[str, Any]) -> Terms:
    tiers = tuple(
        TierLine(one.pop("side"), Tier(**one), f"lines-{place}")
        for place, one in enumerate(dict(tier) for tier in columns.pop("tiers"))
    )
    return Terms(tiers=tiers, **columns)


def _today(session: Session, organisation_id: int) -> Any:
    return session.get_one(Organisation, organisation_id).business_date


carry_reviewed(
    BASE_RATE,
    key="base_rates",
    title="Base rates",
    identity=("code", "effective_from"),
    # A condition leans on a base rate, whatever it is on a day.
    called_by=("code",),
    fields=("name", "rate_percent"),
    words={"rate": "rate_percent"},
    most={"rate_percent": MOST_PERCENT},
    among=rates_in_force,
    create=lambda work, columns: create_base_rate(work, CreateBaseRate(**columns, submit=True)),
    edit=edit_rate,
)
carry_reviewed(
    CONDITION,
    key="account_conditions",
    title="Account conditions",
    identity=("code", "effective_from"),
    fields=(
        "name", "currency", "effective_to", "day_count", "balance_type", "credit_method",
        "debit_method", "accrual_frequency", "posting_frequency", "capitalisation_frequency",
        "base_rate", "tiers", "credit_min_minor", "credit_max_minor", "debit_min_minor",
        "debit_max_minor", "penalty_percent", "de_minimis_minor", "tax_type", "tax_percent",
        *(f"{one}_product" for one in _PRODUCTS), "comments",
    ),
    references={"base_rate": "base_rates"} | {f"{one}_product": "products" for one in _PRODUCTS},
    types={"tiers": list[TierRow]},
    words={"lines": "tiers", "tax_rate": "tax_percent", "credit_min": "credit_min_minor",
           "debit_min": "debit_min_minor"},
    most={"rate_percent": MOST_PERCENT, "penalty_percent": MOST_PERCENT},
    fixed=("currency",),
    among=conditions_not_over,
    create=draft_condition,
    edit=edit_condition,
)  # fmt: skip
portable(
    Portable(
        "condition_products",
        "Products of account conditions",
        ConditionProduct,
        CONDITION.module,
        identity=("condition", "product"),
        references={"condition": "account_conditions", "product": "products"},
        create=link,
        adds_with="edit",
    )
)
