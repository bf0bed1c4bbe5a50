"""A currency's page with the history of its rates, and what the list says of the feed."""

from typing import Any

from sqlalchemy.orm import Session

from app.config import read_config
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.currencies.queries import feed_of, history_of
from app.currencies.resource import PATH, may_change, rate_cell, rate_text
from app.organisation.models import OrganisationCurrency
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def currency_detail(
    actor: Actor, currency: OrganisationCurrency, base: Organisation
) -> dict[str, Any]:
    """Return the page of one currency."""
    is_live = currency.retired_at is None
    badges = [{"text": "Active", "tone": "success"}]
    if not is_live:
        badges = [{"text": "Inactive", "tone": "danger"}]
    if currency.is_base:
        badges.append({"text": "Base Currency", "tone": "info"})
    return {
        "title": currency.name,
        "subtitle": f"{base.base_currency} for one {currency.code}",
        "ident": currency.code,
        "badge": None,
        "badges": badges,
        "back": {"label": "Tenant Currency", "href": PATH},
        "actions": _actions(actor, currency),
        "cards": [_rates(currency), _general(currency)],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": currency.version,
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


def feed_notice(session: Session, actor: Actor) -> dict[str, Any] | None:
    """Return what administrators read of the feed: the last visit, and what went wrong."""
    if not holds(actor, "currencies.edit"):
        return None
    feed = feed_of(session, actor.tenant_id)
    return {
        "is_configured": bool(read_config().rates_url),
        "fetched": cells.instant(feed.fetched_at if feed else None),
        "rates_on": cells.day(feed.rates_on if feed else None),
        "tried": cells.instant(feed.tried_at if feed else None),
        "error": feed.error if feed else "",
        "href": f"{PATH}/fetch",
    }


def _actions(actor: Actor, currency: OrganisationCurrency) -> list[dict[str, Any]]:
    path, actions = f"{PATH}/{currency.id}", []
    if may_change(currency, actor):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True, primary=True))
    is_there = currency.retired_at is None and not currency.is_base
    if is_there and holds(actor, "currencies.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


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


def _general(currency: OrganisationCurrency) -> dict[str, Any]:
    rows = [
        fact("Type", cells.text(currency.kind.title())),
        fact("Decimals", cells.text(currency.exponent)),
        fact("Created", cells.instant(currency.created_at)),
        fact("Version", cells.text(currency.version)),
    ]
    return {"title": "General", "rows": rows, "open": False}
