"""A currency's page with the history of its rates."""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.currencies.queries import history_of
from app.currencies.resource import CURRENCIES, rate_cell, rate_text
from app.organisation.models import OrganisationCurrency
from app.records.pages import record_page
from app.web import cells
from app.web.pages import fact


def currency_detail(
    session: Session, _actor: Actor, currency: OrganisationCurrency
) -> dict[str, Any]:
    """Return the page of one currency, retired or not (E40.07)."""
    organisation = session.get_one(Organisation, currency.organisation_id)
    page = record_page(
        CURRENCIES,
        currency,
        [
            fact("Name", cells.text(currency.name)),
            fact("Type", cells.text(currency.kind.title())),
            fact("Decimals", cells.text(currency.exponent)),
        ],
        subtitle=f"{organisation.base_currency} for one {currency.code}",
    )
    badge = {"text": "Base Currency", "tone": "info"} if currency.is_base else None
    return page | {
        "title": currency.name,
        "ident": currency.code,
        "badge": badge,
        "cards": [_rates(currency), *page["cards"]],
        "extra": "currencies/_history.html",
        "history": history_rows(session, currency),
    }


def history_rows(session: Session, currency: OrganisationCurrency) -> list[dict[str, Any]]:
    """Return the rows of the small table of rates, newest first."""
    return [
        {
            "on": cells.day(one.effective_on),
            "buy": f"{one.buy_rate:,f}",
            "sell": f"{one.sell_rate:,f}",
            "mid": f"{one.mid_rate:,f}",
            "base": one.base_currency,
            "source": one.source,
            "by": one.recorded_by,
            "at": cells.instant(one.recorded_at),
        }
        for one in history_of(session, currency)
    ]


def _rates(currency: OrganisationCurrency) -> dict[str, Any]:
    rows = [
        fact("Buy Rate", rate_cell(currency.buy_rate)),
        fact("Sell Rate", rate_cell(currency.sell_rate)),
        fact("Mid Rate", rate_cell(currency.mid_rate)),
        fact("Rate date", cells.day(currency.rate_date)),
        fact("Source", cells.text(currency.rate_source)),
    ]
    if currency.feed_margin_percent is not None:
        margin = f"{rate_text(currency.feed_margin_percent)} % around the daily feed"
        rows.append(fact("Margin", cells.text(margin)))
    return {"title": "Rates in force", "rows": rows, "open": True}
