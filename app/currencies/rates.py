"""Rates are written: a row of the history each time; own ones come into force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from app.controls.work import Work
from app.currencies.models import OWN_SOURCES, SOURCES, ExchangeRate
from app.kernel.currencies import KnownCurrency
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import OrganisationCurrency

LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Rates:
    """Base units for one unit of a currency: what the house buys it, sells it and values it at."""

    buy: Decimal
    sell: Decimal
    mid: Decimal

    @classmethod
    def at(cls, mid: Decimal) -> "Rates":
        """Return rates without a margin."""
        return cls(mid, mid, mid)

    def demand_ordered(self) -> None:
        """Refuse (422) a rate that is not above zero, and buying dearer than selling."""
        for name, value in (("Buy", self.buy), ("Sell", self.sell), ("Mid", self.mid)):
            if not 0 < value < LARGEST:
                field = f"{name.lower()}_rate"
                raise Refusal(f"{name} Rate must be greater than 0", field=field)
        if self.buy > self.mid:
            raise Refusal("Buy Rate cannot be above Mid Rate", field="buy_rate")
        if self.sell < self.mid:
            raise Refusal("Sell Rate cannot be below Mid Rate", field="sell_rate")


PAR = Rates.at(Decimal(1))


def keep_currency(
    work: Work,
    known: KnownCurrency,
    rates: Rates,
    *,
    on: date | None = None,
    source: str = "MANUAL",
    is_base: bool = False,
) -> OrganisationCurrency:
    """Let the organisation keep books in a currency; one that was retired comes back.

    What comes back keeps the rates of its history that are newer than those given. Refused (409):
    one that is kept already; (422) rates out of order.
    """
    rates.demand_ordered()
    currency = currency_named(work, known.code)
    if currency is not None and currency.retired_at is None:
        raise Conflict(f"{known.code} is a currency of this organisation already", field="code")
    on = _checked_date(work, on)
    if currency is None:
        currency = OrganisationCurrency(
            organisation_id=work.actor.tenant_id,
            code=known.code,
            name=known.name,
            kind=known.kind,
            exponent=known.exponent,
            is_base=is_base,
        )
    _put_in_force(work, currency, rates, on=on, source=source)
    currency.retired_at = None
    work.add(currency)
    _append(work, currency, rates, on=on, source=source)
    return currency


def record_rates(
    work: Work, currency: OrganisationCurrency, rates: Rates, *, on: date | None, source: str
) -> None:
    """Append rates to the history; own ones come into force unless newer ones are.

    Refused (422): a date after the business date, an unknown source, rates out of order.
    """
    if source not in SOURCES:
        raise Refusal("Choose a source from the list", field="source")
    rates.demand_ordered()
    on = _checked_date(work, on)
    _put_in_force(work, currency, rates, on=on, source=source)
    _append(work, currency, rates, on=on, source=source)


def currency_named(work: Work, code: str) -> OrganisationCurrency | None:
    """Return the organisation's currency with this code, retired or not."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == code,
    )
    return work.session.scalars(query).one_or_none()


def rates_of(currency: OrganisationCurrency) -> Rates:
    """Return the rates in force."""
    return Rates(currency.buy_rate, currency.sell_rate, currency.mid_rate)


def with_margin(mid: Decimal, margin_percent: Decimal) -> Rates:
    """Return what is bought and sold around a mid rate, to twelve decimals."""
    step = mid * margin_percent / 100
    places = Decimal(1).scaleb(-12)
    return Rates((mid - step).quantize(places), (mid + step).quantize(places), mid)


def as_rates(typed: Mapping[str, Decimal]) -> Rates:
    """Return the rates of a form's three fields."""
    return Rates(typed["buy_rate"], typed["sell_rate"], typed["mid_rate"])


def _checked_date(work: Work, on: date | None) -> date:
    if on is not None and on > work.business_date:
        raise Refusal("Rate date cannot be after the business date", field="rate_date")
    return on or work.business_date


def _put_in_force(
    work: Work, currency: OrganisationCurrency, rates: Rates, *, on: date, source: str
) -> None:
    """Let own rates be those in force unless the history, which `find_rate` reads, has newer."""
    query = select(func.max(ExchangeRate.effective_on)).where(
        ExchangeRate.organisation_id == work.actor.tenant_id,
        ExchangeRate.currency == currency.code,
        ExchangeRate.base_currency == work.organisation.base_currency,
        ExchangeRate.source.in_(OWN_SOURCES),
    )
    newest = work.session.scalar(query)
    if newest is None or (source in OWN_SOURCES and on >= newest):
        currency.buy_rate, currency.sell_rate, currency.mid_rate = rates.buy, rates.sell, rates.mid
        currency.rate_date, currency.rate_source = on, source


def _append(
    work: Work, currency: OrganisationCurrency, rates: Rates, *, on: date, source: str
) -> None:
    work.session.add(
        ExchangeRate(
            organisation_id=currency.organisation_id,
            currency=currency.code,
            base_currency=work.organisation.base_currency,
            buy_rate=rates.buy,
            sell_rate=rates.sell,
            mid_rate=rates.mid,
            effective_on=on,
            source=source,
            recorded_at=work.now,
            recorded_by=work.actor.name,
        )
    )
