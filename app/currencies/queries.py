"""What others ask of the rates: the one in force on a date, by its source."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.tenant import Organisation
from app.currencies.models import OWN_SOURCES, ExchangeRate, RateFeed
from app.kernel.errors import Refusal
from app.kernel.exchange import Quote
from app.organisation.models import OrganisationCurrency

UNAVAILABLE = "Rate unavailable for {given} → {wanted}. Please configure tenant currencies first."
HISTORY_ROWS = 50
_ONE = Decimal(1)


def rate_on(
    session: Session,
    organisation_id: int,
    code: str,
    on: date,
    *,
    source: str = "SYSTEM",
    field: str | None = None,
) -> Quote:
    """Return what one unit of a currency is worth in base units on a date.

    SYSTEM and MANUAL ask for the organisation's own rate, CBK and THIRD_PARTY for theirs: the
    newest that was effective on or before the date. The base is worth 1 from every source.
    Refused (422) where the currency is not kept, or has no such rate.
    """
    found = find_rate(session, organisation_id, code, on, source=source)
    if found is None:
        base = session.get_one(Organisation, organisation_id).base_currency
        raise Refusal(UNAVAILABLE.format(given=code, wanted=base), field=field)
    return found


def find_rate(
    session: Session, organisation_id: int, code: str, on: date, *, source: str = "SYSTEM"
) -> Quote | None:
    """Return the rate as `rate_on` does, or None."""
    organisation = session.get_one(Organisation, organisation_id)
    if code == organisation.base_currency:
        return Quote(code, organisation.base_exponent, _ONE, _ONE, _ONE, on, source)
    query = (
        select(ExchangeRate, OrganisationCurrency.exponent)
        .join(
            OrganisationCurrency,
            (OrganisationCurrency.organisation_id == ExchangeRate.organisation_id)
            & (OrganisationCurrency.code == ExchangeRate.currency),
        )
        .where(
            ExchangeRate.organisation_id == organisation_id,
            ExchangeRate.currency == code,
            ExchangeRate.base_currency == organisation.base_currency,
            ExchangeRate.source.in_(OWN_SOURCES if source in OWN_SOURCES else (source,)),
            ExchangeRate.effective_on <= on,
            OrganisationCurrency.retired_at.is_(None),
        )
        .order_by(ExchangeRate.effective_on.desc(), ExchangeRate.id.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    rate: ExchangeRate = row.ExchangeRate
    return Quote(
        code,
        row.exponent,
        rate.buy_rate,
        rate.sell_rate,
        rate.mid_rate,
        rate.effective_on,
        rate.source,
    )


def quote_of(currency: OrganisationCurrency) -> Quote:
    """Return the rates in force of a currency as others reckon with them."""
    return Quote(
        currency.code,
        currency.exponent,
        currency.buy_rate,
        currency.sell_rate,
        currency.mid_rate,
        currency.rate_date,
        currency.rate_source,
    )


def kept_codes(session: Session, organisation_id: int) -> list[tuple[str, str]]:
    """Return the currencies in use as choices: code, and code with name."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == organisation_id,
        OrganisationCurrency.retired_at.is_(None),
    )
    rows = session.scalars(query.order_by(OrganisationCurrency.code))
    return [(row.code, f"{row.code} · {row.name}") for row in rows]


def history_of(session: Session, currency: OrganisationCurrency) -> list[Any]:
    """Return the newest rates of a currency, at most fifty."""
    query = select(ExchangeRate).where(
        ExchangeRate.organisation_id == currency.organisation_id,
        ExchangeRate.currency == currency.code,
    )
    newest = query.order_by(ExchangeRate.effective_on.desc(), ExchangeRate.id.desc())
    return list(session.scalars(newest.limit(HISTORY_ROWS)))


def feed_of(session: Session, organisation_id: int) -> RateFeed | None:
    """Return how the last visits to the feed went, where there were any."""
    query = select(RateFeed).where(RateFeed.organisation_id == organisation_id)
    return session.scalars(query).one_or_none()
