"""Currencies of the organisation are added, given rates, made the base; and how they retire."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.retiring import live, retires
from app.controls.usage import user_of
from app.controls.work import Work
from app.currencies.base import make_base
from app.currencies.models import OWN_SOURCES
from app.currencies.rates import Rates, keep_currency, rates_of, record_rates
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import OrganisationCurrency
from app.organisation.names import named

LARGEST_MARGIN = 50


@dataclass(frozen=True, slots=True)
class AddCurrency:
    """Let the organisation keep books in a currency of the global list (E15.01, E15.05).

    The rates are in units of the base as it is now, also for one that becomes the base itself.
    """

    code: str
    rates: Rates
    rate_date: date | None = None
    source: str = "MANUAL"
    is_base: bool = False
    margin_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EditCurrency:
    """Give a currency a name, other rates, a margin around the feed's, or make it the base."""

    currency_id: int
    version: int
    rates: Rates | None = None
    name: str = ""
    rate_date: date | None = None
    source: str = "MANUAL"
    is_base: bool = False
    margin_percent: Decimal | None = None


@handles(AddCurrency, permission="currencies.create")
def add_currency(work: Work, command: AddCurrency) -> int:
    """Add the currency with its first rates; returns its id."""
    known = known_currencies().get(command.code)
    if known is None:
        raise Refusal("Choose a currency from the list", field="code")
    _demand_margin(command.margin_percent)
    currency = keep_currency(
        work, known, command.rates, on=command.rate_date, source=command.source
    )
    currency.feed_margin_percent = command.margin_percent
    if command.is_base:
        make_base(work, currency)
    return currency.id


@handles(EditCurrency, permission="currencies.edit")
def edit_currency(work: Work, command: EditCurrency) -> int:
    """Save the name and append rates to the history; own ones come into force (E15.02).

    Refused (409): rates of the base, which are 1:1, an inactive currency, a stale version.
    """
    currency = live(work, OrganisationCurrency, command.currency_id, command.version)
    if command.name:
        currency.name = named(command.name)
    if command.rates is None:
        return int(currency.id)
    if currency.is_base:
        raise Conflict(f"{currency.code} is the base currency: its rates are 1:1")
    _demand_margin(command.margin_percent)
    is_own = command.source in OWN_SOURCES and command.rate_date is None
    if not is_own or command.rates != rates_of(currency):
        record_rates(work, currency, command.rates, on=command.rate_date, source=command.source)
    currency.feed_margin_percent = command.margin_percent
    if command.is_base:
        make_base(work, currency)
    return int(currency.id)


def _demand_margin(margin_percent: Decimal | None) -> None:
    if margin_percent is not None and not 0 <= margin_percent < LARGEST_MARGIN:
        raise Refusal(
            f"Margin must be from 0 to less than {LARGEST_MARGIN} percent", field="margin"
        )


def _obstacle(session: Session, currency: OrganisationCurrency) -> str | None:
    """Say what keeps a currency in use: it is the base, or something is kept in it (E40.21)."""
    if currency.is_base:
        return "The base currency cannot be deleted"
    noun = user_of(session, currency)
    return f"{currency.code} cannot be deleted: it is used by {noun}" if noun else None


retires(OrganisationCurrency, "Currency", permission="currencies.delete", obstacle=_obstacle)
