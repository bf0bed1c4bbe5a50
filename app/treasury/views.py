"""Ledger > Currency Positions and Exchange Income: what is held, revalued and earned."""

import csv
import io
from datetime import date

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.kernel.money import plain_decimal
from app.treasury.commands import NOTHING, RevalueBalances, demand_turn
from app.treasury.income import Income, income_of
from app.treasury.pages import income_page, positions_page, revaluation_rows
from app.treasury.positions import fingerprint, positions_on
from app.web.context import actor, organisation, read_session
from app.web.guard import permit
from app.web.pages import confirm_view
from app.web.respond import note_export, render

blueprint = Blueprint("treasury", __name__)
POSITIONS = "/admin/currency-positions"
INCOME = "/admin/exchange-income"
_YEARS = range(1900, 3000)


@blueprint.get(POSITIONS)
@permit("currencies.view")
def positions() -> Response:
    """Show what is held and owed in foreign currencies at a date, and what it is worth."""
    tenant, error, found = _tenant(), "", []
    on = tenant.business_date
    try:
        on = _day("on", tenant.business_date)
        found = positions_on(read_session(), tenant.id, on)
    except Refusal as refusal:
        error = refusal.sentence
    page = positions_page(tenant, on, found)
    may = holds(actor(), "currencies.revalue")
    page["revalue_href"] = f"{POSITIONS}/revalue?on={on.isoformat()}" if may and found else None
    return render("treasury/positions.html", status=422 if error else 200, page=page, error=error)


@blueprint.route(f"{POSITIONS}/revalue", methods=["GET", "POST"])
@permit("currencies.revalue")
def revalue() -> BaseResponse:
    """Show what will be posted, and post it when it is confirmed."""
    tenant = _tenant()
    on = _day("on", tenant.business_date)
    demand_turn(read_session(), tenant.id, on)
    found = positions_on(read_session(), tenant.id, on)
    rows = revaluation_rows(tenant, found)
    seen = request.form.get("seen") or fingerprint(found)
    return confirm_view(
        command=lambda: RevalueBalances(on, seen),
        title="Revalue balances",
        body=f"The differences to the rates of {on.isoformat()} are posted in "
        f"{tenant.base_currency}."
        if rows
        else NOTHING,
        rows=rows,
        verb="Revalue" if rows else "",
        to=f"{POSITIONS}?on={on.isoformat()}",
        done_title="Balances revalued",
        hidden=[("seen", fingerprint(found))],
    )


@blueprint.get(INCOME)
@permit("currencies.view")
def income() -> Response:
    """Show what exchanging earned, by pair, beside the income account (W02.15)."""
    tenant, error = _tenant(), ""
    first, last = tenant.business_date.replace(day=1), tenant.business_date
    try:
        first, last = _period(tenant)
    except Refusal as refusal:
        error = refusal.sentence
    found = income_of(read_session(), tenant.id, first, last)
    page = income_page(tenant, found, first, last)
    page["csv_href"] = f"{INCOME}.csv?from={first.isoformat()}&to={last.isoformat()}"
    return render("treasury/income.html", status=422 if error else 200, page=page, error=error)


@blueprint.get(f"{INCOME}.csv")
@permit("currencies.view")
def income_csv() -> Response:
    """Send the same figures as CSV."""
    tenant = _tenant()
    first, last = _period(tenant)
    body = _csv(tenant, income_of(read_session(), tenant.id, first, last))
    note_export("exchange-income.csv")
    response = Response(body, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="exchange-income.csv")
    return response


def _tenant() -> Organisation:
    tenant = organisation()
    assert tenant is not None  # noqa: S101  a page of the ledger has its organisation
    return tenant


def _period(tenant: Organisation) -> tuple[date, date]:
    last = _day("to", tenant.business_date)
    first = _day("from", last.replace(day=1))
    if first > last:
        raise Refusal("The period ends before it begins")
    return first, last


def _day(name: str, default: date) -> date:
    typed = request.args.get(name, "").strip()
    if not typed:
        return default
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise Refusal("Type a date such as 2026-11-20")
    return day


def _csv(tenant: Organisation, found: Income) -> str:
    def amount(minor: int) -> str:
        return plain_decimal(minor, tenant.base_exponent)

    out = io.StringIO()
    writer = csv.writer(out)
    base = tenant.base_currency
    writer.writerow(
        ["Given", "Received", "Exchanges", "Reversed", f"Given {base}", f"Received {base}",
         f"Earned {base}", f"Booked {base}", f"Difference {base}"]
    )  # fmt: skip
    for pair in found.pairs:
        writer.writerow(
            [pair.given, pair.received, pair.count, pair.reversed,
             *map(amount, (pair.given_base_minor, pair.received_base_minor, pair.earned_minor,
                           pair.booked_minor, pair.difference_minor))]
        )  # fmt: skip
    writer.writerow(
        ["Income account", "", "", "", "", "",
         *map(amount, (found.earned_minor, found.account_minor, found.difference_minor))]
    )  # fmt: skip
    return out.getvalue()
