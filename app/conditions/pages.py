"""An account condition's page: its rules, tiers, accounts of the ledger, products, versions."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conditions.checks import PRODUCTS
from app.conditions.leaning import rate_before
from app.conditions.models import (
    BALANCE_TYPES,
    METHODS,
    SIDES,
    TAX_TYPES,
    AccountCondition,
    BaseRate,
)
from app.conditions.queries import can_be_superseded, linked_products
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import STATUS_NAMES
from app.controls.tenant import Organisation
from app.kernel.money import format_minor
from app.ledger.accounts import Product
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

LATE = "{day} on: the days before are closed, and bear what they bore without this version"
PATH = "/admin/account-conditions"
BASE_RATES_PATH = "/admin/base-rates"


def often(frequency: str) -> str:
    """Return a frequency as people read it: SEMI_ANNUALLY → "Semi-annually"."""
    return frequency.replace("_", "-").capitalize()


def rate_until_then(session: Session, one: BaseRate) -> list[dict[str, Any]]:
    """Return the line that says what a base rate is until this one begins."""
    before = rate_before(session, one)
    told = f"{before.rate_percent:f} % since {before.effective_from.isoformat()}" if before else ""
    return [fact("Rate until then", cells.text(told or "None: this is the first"))]


def condition_detail(session: Session, who: Actor, one: AccountCondition) -> dict[str, Any]:
    """Return what a condition's page has of its own."""
    cards = [_tiers(session, one), _limits(one), _ledger(session, one)]
    if one.is_authorised:
        cards.append(_products(session, one))
    return {
        "title": one.name,
        "ident": one.code,
        "rows": [*_late(session, one), *_rules(one)],
        "cards": [*cards, _versions(session, one)],
        "actions": _actions(session, who, one),
    }


def _late(session: Session, one: AccountCondition) -> list[dict[str, Any]]:
    """Tell who approves a version whose day has come from when it counts: no earlier day changes.

    What was closed meanwhile was borne by the version before it.
    """
    today = session.get_one(Organisation, one.organisation_id).business_date
    if not one.is_pending or one.effective_from >= today:
        return []
    return [fact("Counts from, once approved", cells.text(LATE.format(day=today.isoformat())))]


def _rules(one: AccountCondition) -> list[dict[str, Any]]:
    return [
        fact("Code", cells.ident(one.code)),
        fact("Currency", cells.text(one.currency)),
        fact("Effective From", cells.day(one.effective_from)),
        fact("Effective To", cells.day(one.effective_to)),
        fact("Interest Basis", cells.text(one.day_count)),
        fact("Balance Type", cells.text(BALANCE_TYPES[one.balance_type])),
        fact("Credit Calculation Method", cells.text(METHODS[one.credit_method])),
        fact("Debit Calculation Method", cells.text(METHODS[one.debit_method])),
        fact("Accrual Frequency", cells.text(often(one.accrual_frequency))),
        fact("Posting Frequency", cells.text(often(one.posting_frequency))),
        fact("Capitalization Frequency", cells.text(often(one.capitalisation_frequency))),
        fact("Comments", cells.text(one.comments)),
    ]


def _tiers(session: Session, one: AccountCondition) -> dict[str, Any]:
    rows = []
    rate = session.get(BaseRate, one.base_rate_id) if one.base_rate_id else None
    if rate is not None:
        href = f"{BASE_RATES_PATH}/{rate.id}"
        rows.append(fact("Base rate", cells.text(f"{rate.code} {rate.name}", href=href)))
    above = "above the base rate" if rate else "a year"
    for side, name in SIDES.items():
        rows += [
            fact(f"{name}: {span(tier, one)}", cells.text(f"{tier.rate_percent:f} % {above}"))
            for tier in one.tiers_of(side)
        ]
    if one.penalty_percent:
        shown = f"{one.penalty_percent:f} % a year on top"
        rows.append(fact("Beyond the permitted overdraft", cells.text(shown)))
    return {
        "title": "Tiers",
        "rows": rows or [fact("No tiers: this condition bears no interest", cells.text(""))],
        "open": True,
    }


def span(tier: Any, one: AccountCondition) -> str:
    """Say which balances a tier is for."""
    low = format_minor(tier.low_minor, one.exponent)
    if tier.high_minor is None:
        return f"above {low} {one.currency}"
    return f"{low} to {format_minor(tier.high_minor, one.exponent)} {one.currency}"


def _limits(one: AccountCondition) -> dict[str, Any]:
    def amount(minor: int | None) -> cells.Cell:
        if minor is None:
            return cells.text("None")
        return cells.money(minor, one.exponent, one.currency)

    tax = f"{one.tax_percent:f} %" if one.tax_percent is not None else ""
    rows = [
        fact("Credit Min Interest", amount(one.credit_min_minor)),
        fact("Credit Max Interest", amount(one.credit_max_minor)),
        fact("Debit Min Interest", amount(one.debit_min_minor)),
        fact("Debit Max Interest", amount(one.debit_max_minor)),
        fact("De Minimis Threshold", amount(one.de_minimis_minor or None)),
        fact("Tax Type", cells.text(TAX_TYPES.get(one.tax_type, "None"))),
        fact("Tax Rate", cells.text(tax)),
    ]
    return {"title": "Limits and tax", "rows": rows, "open": False}


def _ledger(session: Session, one: AccountCondition) -> dict[str, Any]:
    rows = []
    for column, (name, _kind) in PRODUCTS.items():
        product_id = getattr(one, column)
        product = session.get(Product, product_id) if product_id else None
        href = f"/admin/products/{product_id}" if product else None
        rows.append(fact(name, cells.text(product.title() if product else "", href=href)))
    return {"title": "GL accounts", "rows": rows, "open": False}


def _products(session: Session, one: AccountCondition) -> dict[str, Any]:
    rows = [
        fact(product.code, cells.text(product.name, href=f"/admin/products/{product.id}"))
        for product in linked_products(session, one)
    ]
    none = [fact("None yet: link the products whose accounts follow it", cells.text(""))]
    return {"title": "Products", "rows": rows or none, "open": True}


def _versions(session: Session, one: AccountCondition) -> dict[str, Any]:
    query = select(AccountCondition).where(
        AccountCondition.organisation_id == one.organisation_id,
        AccountCondition.code == one.code,
        AccountCondition.retired_at.is_(None),
    )
    rows = []
    for version in session.scalars(query.order_by(AccountCondition.effective_from)):
        until = version.effective_to.isoformat() if version.effective_to else "open-ended"
        label = f"{version.effective_from.isoformat()} to {until}"
        shown = STATUS_NAMES[version.record_status]
        href = None if version.id == one.id else f"{PATH}/{version.id}"
        here = f"{shown}, this version" if version.id == one.id else shown
        rows.append(fact(label, cells.text(here, href=href)))
    return {"title": "Versions", "rows": rows, "open": len(rows) > 1}


def _actions(session: Session, who: Actor, one: AccountCondition) -> list[dict[str, Any]]:
    if not one.is_authorised or one.retired_at is not None:
        return []
    path = f"{PATH}/{one.id}"
    actions = [row_action("Interest Preview", f"{path}/preview", "calculator", drawer=True)]
    if holds(who, "account-conditions.edit"):
        actions.append(row_action("Link products", f"{path}/products", "link", drawer=True))
    if holds(who, "account-conditions.supersede") and can_be_superseded(session, one):
        actions.append(row_action("Supersede", f"{path}/supersede", "git-branch", drawer=True))
    return actions
