"""How capital is measured: each product's weight and tier, and the least ratios asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.models import CapitalTerms
from app.controls.commands import STALE, handles
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Product

FULL_WEIGHT = 100
MOST_WEIGHT = 1_250  # What the standard asks for what is deducted elsewhere.
TIERS = {"core": "Core capital", "supplementary": "Supplementary capital"}
LEAST_TOTAL = Decimal(8)
LEAST_CORE = Decimal(6)


@dataclass(frozen=True, slots=True)
class SetCapitalTerms:
    """Weights in percent and tiers by a product's code; `version` is 0 for the first terms."""

    version: int
    least_core: Decimal
    least_total: Decimal
    weights: Mapping[str, int] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)


@handles(SetCapitalTerms, permission="reports.edit")
def set_capital_terms(work: Work, command: SetCapitalTerms) -> None:
    """Keep how capital is measured; terms that were changed meanwhile are refused (409)."""
    kinds = {one.code: one.kind for one in weighed_products(work.session, work.actor)}
    if not kinds.keys() >= {*command.weights, *command.tiers}:
        raise Refusal("Choose products of the chart of accounts")
    if any(kinds[code] != "liability" for code in command.tiers):
        raise Refusal("Only a liability product can be capital")
    if not all(0 <= weight <= MOST_WEIGHT for weight in command.weights.values()):
        raise Refusal(f"A weight is a whole percentage from 0 to {MOST_WEIGHT:,}")
    if not set(command.tiers.values()) <= set(TIERS):
        raise Refusal("Choose a tier from the list")
    if command.least_core > command.least_total:
        sentence = "The least ratio of core capital cannot be above that of all capital"
        raise Refusal(sentence, field="least_core")
    terms = terms_of(work.session, work.actor, is_locked=True)
    if command.version != (terms.version if terms else 0):
        raise Conflict(STALE)
    if terms is None:
        terms = CapitalTerms(organisation_id=work.actor.tenant_id)
    terms.weights = dict(command.weights)
    terms.tiers = dict(command.tiers)
    terms.least_core, terms.least_total = command.least_core, command.least_total
    work.session.add(terms)


def terms_of(session: Session, actor: Actor, *, is_locked: bool = False) -> CapitalTerms | None:
    """Return how the organisation has its capital measured; None until it was said."""
    query = select(CapitalTerms).where(CapitalTerms.organisation_id == actor.tenant_id)
    return session.scalar(query.with_for_update() if is_locked else query)


def weighed_products(session: Session, actor: Actor) -> list[Product]:
    """Return what may be weighed or be capital: the products that are no income or expense."""
    query = select(Product).where(
        *visible(actor, Product), Product.kind.in_(("asset", "liability"))
    )
    return list(session.scalars(query.order_by(Product.code)))
