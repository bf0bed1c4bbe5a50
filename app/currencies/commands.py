"""Currencies of the organisation are added, given rates, made the base and retired."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.usage import user_of
from app.controls.work import Work
from app.currencies.base import make_base
from app.currencies.models import OWN_SOURCES
from app.currencies.rates import Rates, keep_currency, rates_of, record_rates
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Missing, Refusal
from app.organisation.models import OrganisationCurrency

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
    """Give a currency other rates, a margin around the feed's, or make it the base."""

    currency_id: int
    version: int
    rates: Rates
    rate_date: date | None = None
    source: str = "MANUAL"
    is_base: bool = False
    margin_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RetireCurrency:
    """Take a currency out of use; its history stays to be looked at."""

    currency_id: int


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
    """Append the rates to the history; own ones come into force (E15.02)."""
    currency = _live(work, command.currency_id)
    if currency.version != command.version:
        raise Conflict(STALE)
    if currency.is_base:
        raise Conflict(f"{currency.code} is the base currency: its rates are 1:1")
    _demand_margin(command.margin_percent)
    is_own = command.source in OWN_SOURCES and command.rate_date is None
    if not is_own or command.rates != rates_of(currency):
        record_rates(work, currency, command.rates, on=command.rate_date, source=command.source)
    currency.feed_margin_percent = command.margin_percent
    if command.is_base:
        make_base(work, currency)
    return currency.id


@handles(RetireCurrency, permission="currencies.delete")
def retire_currency(work: Work, command: RetireCurrency) -> None:
    """Retire a currency; refused (409) for the base, and while something is kept in it (E40.21)."""
    currency = _live(work, command.currency_id)
    if currency.is_base:
        raise Conflict("The base currency cannot be deleted")
    noun = user_of(work.session, currency)
    if noun is not None:
        raise Conflict(f"{currency.code} cannot be deleted: {noun} are kept in it")
    currency.retired_at = work.now


def _live(work: Work, currency_id: int) -> OrganisationCurrency:
    currency = find(work.session, work.actor, OrganisationCurrency, currency_id)
    if currency.retired_at is not None:
        raise Missing
    return currency


def _demand_margin(margin_percent: Decimal | None) -> None:
    if margin_percent is not None and not 0 <= margin_percent < LARGEST_MARGIN:
        raise Refusal(
            f"Margin must be from 0 to less than {LARGEST_MARGIN} percent", field="margin"
        )
