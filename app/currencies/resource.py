"""The organisation's currencies as a list."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.config import read_config
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.currencies.queries import feed_of
from app.organisation.models import OrganisationCurrency
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains, equals

PATH = "/admin/currencies"
_KINDS = (("fiat", "Fiat"), ("crypto", "Crypto"), ("custom", "Custom"))


def rate_text(rate: Any) -> str:
    """Write a rate with all of its digits and no more."""
    return format(rate, "f")


def rate_cell(rate: Any) -> cells.Cell:
    """Show a rate as people read it, its thousands grouped."""
    return {**cells.text(f"{rate:,f}"), "plain": rate_text(rate)}


def _select(actor: Actor) -> Select[Any]:
    return select(
        *(
            getattr(OrganisationCurrency, name)
            for name in (
                "id", "code", "name", "kind", "is_base", "buy_rate", "sell_rate", "mid_rate",
                "rate_date", "rate_source",
            )
        )
    ).where(*visible(actor, OrganisationCurrency))  # fmt: skip


def _rate(key: str, label: str) -> Column:
    def cell(row: Any) -> cells.Cell:
        return rate_cell(getattr(row, f"{key}_rate"))

    return Column(key, label, cell, numeric=True)


def _base(row: Any) -> cells.Cell:
    return cells.badge("Base Currency", "info") if row.is_base else cells.badge("")


def _feed(session: Session, actor: Actor) -> dict[str, Any]:
    """Return what administrators read of the feed: the last visit, and what went wrong."""
    if not holds(actor, "currencies.edit"):
        return {}
    feed = feed_of(session, actor.tenant_id)
    told = {
        "is_configured": bool(read_config().rates_url),
        "fetched": cells.instant(feed.fetched_at if feed else None),
        "rates_on": cells.day(feed.rates_on if feed else None),
        "tried": cells.instant(feed.tried_at if feed else None),
        "error": feed.error if feed else "",
        "href": f"{PATH}/fetch",
    }
    return {"notice": "currencies/_feed.html", "feed": told}


CURRENCIES = Listing(
    name="currencies",
    title="Tenant Currency",
    section="Financial Config",
    path=PATH,
    select=_select,
    key=OrganisationCurrency.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code),
               sort=OrganisationCurrency.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=OrganisationCurrency.name),
        Column("base", "Base", _base, priority=1),
        _rate("buy", "Buy Rate"),
        _rate("sell", "Sell Rate"),
        _rate("mid", "Mid Rate"),
        Column("rate-date", "Rate date", lambda row: cells.day(row.rate_date),
               sort=OrganisationCurrency.rate_date),
        Column("source", "Source", lambda row: cells.text(row.rate_source), priority=3),
        Column("kind", "Type", lambda row: cells.text(row.kind.title()), shown=False),
    ),
    filters=(
        Filter("kind", "Type", "choice", equals(OrganisationCurrency.kind),
               lambda _s, _a: _KINDS),
    ),
    search=contains(OrganisationCurrency.code, OrganisationCurrency.name),
    search_hint="Code or name",
    sort="code",
    label=lambda row: row.code,
    notice=_feed,
    empty="Add a currency with its rates: accounts may then be kept in it.",
)  # fmt: skip
