"""What a configuration file carries of an organisation's currencies: their rates in force."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.currencies.models import OWN_SOURCES
from app.currencies.queries import find_rate
from app.currencies.rates import Rates, keep_currency, rates_of, record_rates
from app.kernel.currencies import KnownCurrency, known_currencies
from app.kernel.errors import Refusal
from app.organisation.models import OrganisationCurrency

_HIGHEST_EXPONENT = 8
_RATES = ("buy_rate", "sell_rate", "mid_rate")
_DATED = (*_RATES, "rate_date", "rate_source")


def check_currency(context: Context, row: FileRow) -> Iterator[Problem]:
    """Rates are in order, those of the base are 1; a known currency is what it is known as."""
    values = row.values
    try:
        Rates(*(values[name] for name in _RATES)).demand_ordered()
    except Refusal as refusal:
        name, _space, sentence = refusal.sentence.partition(" Rate ")
        yield f"{name.lower()}_rate", sentence
    is_base = row.record is not None and row.record.is_base
    if is_base and any(values[name] != 1 for name in _RATES):
        yield "mid_rate", "of the base currency is 1"
    tenant = context.session.get_one(Organisation, context.actor.tenant_id)
    if values["rate_date"] > tenant.business_date:
        yield "rate_date", "is after the business date"
    known = known_currencies().get(values["code"])
    if known and (known.kind, known.exponent) != (values["kind"], values["exponent"]):
        yield "exponent", f"and kind of {known.code} are {known.exponent} and {known.kind}"
    if not 0 <= values["exponent"] <= _HIGHEST_EXPONENT:
        yield "exponent", f"must be 0 to {_HIGHEST_EXPONENT}"


def outdated_rates(row: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the rates of a row that is older than those in force, where it says others."""
    is_older = row.get("rate_date", record["rate_date"]) < record["rate_date"]
    is_other = any(row.get(name, record[name]) != record[name] for name in _RATES)
    return _DATED if is_older and is_other else ()


def add_currency(work: Work, columns: dict[str, Any]) -> OrganisationCurrency:
    """Keep the currency, with its first rates in the history."""
    made = KnownCurrency(columns["code"], columns["name"], columns["exponent"], columns["kind"])
    rates = Rates(*(columns[name] for name in _RATES))
    on, source = columns["rate_date"], columns["rate_source"]
    currency = keep_currency(work, made, rates, on=on, source=source)
    currency.feed_margin_percent = columns["feed_margin_percent"]
    return currency


def note_rates(work: Work, currency: OrganisationCurrency, fields: Iterable[str]) -> None:
    """Append rates that a file has changed to the history."""
    if not set(_DATED) & set(fields):
        return
    work.session.flush()  # the history is asked what it holds
    on, source = currency.rate_date, currency.rate_source
    newest = find_rate(work.session, currency.organisation_id, currency.code, on)
    rates = rates_of(currency)
    if newest is not None and (newest.buy, newest.sell, newest.mid, newest.on, newest.source) == (
        rates.buy, rates.sell, rates.mid, on, source,
    ):  # fmt: skip
        return
    record_rates(work, currency, rates, on=on, source=source)


portable(
    Portable(
        "currencies",
        "Currencies of the organisation",
        OrganisationCurrency,
        "currencies",
        identity=("code",),
        fields=("name", "kind", "exponent", *_DATED, "feed_margin_percent"),
        choices={"kind": lambda: ("fiat", "crypto", "custom"), "rate_source": lambda: OWN_SOURCES},
        fixed=("kind", "exponent"),
        check=check_currency,
        create=add_currency,
        changed=note_rates,
        outdated=outdated_rates,
        exported=lambda currency: currency.retired_at is None,
    )
)
