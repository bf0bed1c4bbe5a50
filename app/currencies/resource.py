"""The organisation's currencies as a list."""

from typing import Any

from flask import request
from sqlalchemy import ColumnElement, Select, select, true

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.organisation.models import OrganisationCurrency
from app.organisation.resource import usual_actions
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains, equals

PATH = "/admin/currencies"
_STATES = (("active", "Active"), ("inactive", "Inactive"))
_KINDS = (("fiat", "Fiat"), ("crypto", "Crypto"), ("custom", "Custom"))


def rate_text(rate: Any) -> str:
    """Write a rate with all of its digits and no more."""
    return format(rate, "f")


def rate_cell(rate: Any) -> cells.Cell:
    """Show a rate as people read it, its thousands grouped."""
    return {**cells.text(f"{rate:,f}"), "plain": rate_text(rate)}


def _select(actor: Actor) -> Select[Any]:
    query = select(
        *(
            getattr(OrganisationCurrency, name)
            for name in (
                "id", "code", "name", "kind", "is_base", "buy_rate", "sell_rate", "mid_rate",
                "rate_date", "rate_source", "retired_at",
            )
        )
    ).where(*visible(actor, OrganisationCurrency))  # fmt: skip
    # What was deleted shows where it is asked for (E40.05, E40.06).
    if request.args.get("status") == "inactive":
        return query
    return query.where(OrganisationCurrency.retired_at.is_(None))


def _of_state(value: str) -> ColumnElement[bool]:
    return OrganisationCurrency.retired_at.is_not(None) if value == "inactive" else true()


def _rate(key: str, label: str) -> Column:
    def cell(row: Any) -> cells.Cell:
        return rate_cell(getattr(row, f"{key}_rate"))

    return Column(key, label, cell, numeric=True)


def _status(row: Any) -> cells.Cell:
    if row.retired_at is not None:
        return cells.badge("Inactive", "danger")
    return cells.badge("Base Currency", "info") if row.is_base else cells.badge("Active", "success")


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    if row.retired_at is not None or row.is_base:
        return []
    return usual_actions(PATH, "currencies", row, actor)


def may_change(row: Any, actor: Actor) -> bool:
    """Whether this person may give the currency other rates."""
    return row.retired_at is None and not row.is_base and holds(actor, "currencies.edit")


CURRENCIES = Listing(
    name="currencies",
    title="Tenant Currency",
    section="Financial Config",
    path=PATH,
    select=_select,
    key=OrganisationCurrency.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code, href=f"{PATH}/{row.id}"),
               sort=OrganisationCurrency.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=OrganisationCurrency.name),
        Column("status", "Status", _status, priority=1),
        _rate("buy", "Buy Rate"),
        _rate("sell", "Sell Rate"),
        _rate("mid", "Mid Rate"),
        Column("rate-date", "Rate date", lambda row: cells.day(row.rate_date),
               sort=OrganisationCurrency.rate_date),
        Column("source", "Source", lambda row: cells.text(row.rate_source), priority=3),
        Column("kind", "Type", lambda row: cells.text(row.kind.title()), shown=False),
    ),
    filters=(
        Filter("status", "Status", "choice", _of_state, lambda _s, _a: _STATES),
        Filter("kind", "Type", "choice", equals(OrganisationCurrency.kind),
               lambda _s, _a: _KINDS),
    ),
    search=contains(OrganisationCurrency.code, OrganisationCurrency.name),
    search_hint="Code or name",
    sort="code",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.code,
    actions=_actions,
    empty="Add a currency with its rates: accounts may then be kept in it.",
)  # fmt: skip
