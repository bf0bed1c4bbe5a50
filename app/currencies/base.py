"""The base currency: one at a time, worth 1, and fixed as soon as anything is recorded in it."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from sqlalchemy import select

from app.controls.levels import ApprovalRule
from app.controls.tenant import Organisation
from app.controls.usage import user_of
from app.controls.work import Work
from app.currencies.rates import PAR, Rates, rates_of, record_rates
from app.kernel.errors import Conflict
from app.kernel.exchange import rounded_rate
from app.organisation.models import OrganisationCurrency

IN_USE = (
    "The base currency cannot be changed: {users} have amounts in {base}, which would mean others "
    "in {code}"
)
HAS_RULES = (
    "Delete the approval rules that ask for an amount first: their amounts are in {base}, and "
    "would mean another in {code}"
)


def make_base(work: Work, currency: OrganisationCurrency) -> None:
    """Let a currency be the base in place of the one before (E15.03, E15.04).

    All rates are written anew in units of the new base, which is worth 1, and what may be rounded
    stays worth the same. Refused (409) once anything with an amount in the base is recorded, and
    where an approval rule names an amount.
    """
    query = select(Organisation).where(Organisation.id == currency.organisation_id)
    organisation = work.session.scalars(query.with_for_update()).one()
    former = organisation.base_currency
    users = user_of(work.session, organisation)
    if users is not None:
        sentence = IN_USE.format(users=users, base=former, code=currency.code)
        raise Conflict(sentence, field="is_base")
    rules = select(ApprovalRule.id).where(
        ApprovalRule.organisation_id == organisation.id, ApprovalRule.minimum_minor > 0
    )
    if work.session.execute(rules.limit(1)).first() is not None:
        raise Conflict(HAS_RULES.format(base=former, code=currency.code), field="is_base")
    new = rates_of(currency)
    others = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == organisation.id,
        OrganisationCurrency.retired_at.is_(None),
        OrganisationCurrency.id != currency.id,
    )
    kept = work.session.scalars(others).all()
    tolerance = Fraction(organisation.rounding_tolerance_minor) / Fraction(new.mid)
    tolerance *= Fraction(10) ** (currency.exponent - organisation.base_exponent)
    organisation.rounding_tolerance_minor = floor(tolerance)
    organisation.base_currency = currency.code
    organisation.base_exponent = currency.exponent
    for other in kept:
        other.is_base = False
        record_rates(work, other, _through(rates_of(other), new), on=None, source="SYSTEM")
    currency.is_base = True
    currency.feed_margin_percent = None
    record_rates(work, currency, PAR, on=None, source="SYSTEM")


def _through(rates: Rates, new: Rates) -> Rates:
    """Express rates of the former base in the new one: bought for what it is sold, and so on."""
    return Rates(
        _ratio(rates.buy, new.sell), _ratio(rates.sell, new.buy), _ratio(rates.mid, new.mid)
    )


def _ratio(rate: Decimal, other: Decimal) -> Decimal:
    return rounded_rate(Fraction(rate) / Fraction(other))
