"""Financial Config > Tenant Currency: list, one currency, adding, editing and deleting it."""

from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import find, holds
from app.controls.tenant import Organisation
from app.currencies.commands import AddCurrency, EditCurrency, RetireCurrency
from app.currencies.forms import CurrencyForm
from app.currencies.pages import currency_detail, feed_notice, history_rows
from app.currencies.queries import kept_codes
from app.currencies.resource import CURRENCIES, PATH, rate_text
from app.currencies.tasks import RequestRates
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import OrganisationCurrency
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, new_key, refused, submit

blueprint = Blueprint("currencies", __name__)
register(CURRENCIES)
_FIELDS = "currencies/_fields.html"


@blueprint.get(PATH)
@permit("currencies.view")
def index() -> BaseResponse:
    """List the currencies, and tell administrators how the feed of rates fares."""
    create = {"label": "Add currency", "href": f"{PATH}/new"}
    feed = feed_notice(read_session(), actor())
    more = {"notice": "currencies/_feed.html", "feed": feed} if feed else {}
    may = holds(actor(), "currencies.create")
    return show_list(CURRENCIES, create=create if may else None, **more)


@blueprint.get(f"{PATH}.csv")
@permit("currencies.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(CURRENCIES)


@blueprint.get(f"{PATH}/<int:currency_id>")
@permit("currencies.view")
def show(currency_id: int) -> Response:
    """Show one currency with the history of its rates, retired or not (E40.07)."""
    currency = find(read_session(), actor(), OrganisationCurrency, currency_id)
    return show_detail(
        currency_detail(actor(), currency, _base()),
        detail_extra="currencies/_history.html",
        history=history_rows(read_session(), currency),
    )


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("currencies.create")
def new() -> BaseResponse:
    """Add a currency of the global list (E15.01, E15.05)."""
    form = CurrencyForm()
    kept = {code for code, _name in kept_codes(read_session(), actor().tenant_id)}
    offered = [
        (known.code, f"{known.code} · {known.name}")
        for known in known_currencies().values()
        if known.code not in kept
    ]
    set_choices(form.code, offered, empty="Choose a currency")
    return form_view(
        form,
        command=lambda: AddCurrency(form.code.data, **_typed(form)),
        title="Add currency",
        submit_label="Save",
        to=PATH,
        done_title="Currency added",
        form_fields=_FIELDS,
        currency=_base().base_currency,
    )


@blueprint.route(f"{PATH}/<int:currency_id>/edit", methods=["GET", "POST"])
@permit("currencies.edit")
def edit(currency_id: int) -> BaseResponse:
    """Give a currency other rates, or make it the base (E15.02-04)."""
    currency = find(read_session(), actor(), OrganisationCurrency, currency_id)
    if currency.is_base or currency.retired_at is not None:
        raise Conflict(
            "The rates of the base currency are 1:1"
            if currency.is_base
            else "This currency is inactive"
        )
    form = CurrencyForm(data=_kept(currency))
    del form.code
    return form_view(
        form,
        command=lambda: EditCurrency(currency.id, posted_version(), **_typed(form)),
        title=f"Edit {currency.code}",
        submit_label="Save",
        to=f"{PATH}/{currency_id}",
        done_title="Currency saved",
        record=currency,
        form_fields=_FIELDS,
        currency=_base().base_currency,
    )


@blueprint.route(f"{PATH}/<int:currency_id>/delete", methods=["GET", "POST"])
@permit("currencies.delete")
def delete(currency_id: int) -> BaseResponse:
    """Retire a currency after a confirmation (E40.21)."""
    currency = find(read_session(), actor(), OrganisationCurrency, currency_id)
    return confirm_view(
        command=lambda: RetireCurrency(currency_id),
        title="Delete Currency",
        body="It can no longer be chosen or transacted. Its rates stay in the history.",
        rows=[fact("Currency", cells.text(f"{currency.code} · {currency.name}"))],
        verb="Delete",
        to=PATH,
        done_title="Currency deleted successfully",
        danger=True,
    )


@blueprint.post(f"{PATH}/fetch")
@permit("currencies.edit")
def fetch() -> BaseResponse:
    """Have the feed visited now, rather than tomorrow."""
    try:
        submit(RequestRates(new_key()))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    return done("The feed is visited", "Its rates appear here in a moment.", to=PATH)


def _base() -> Organisation:
    tenant = organisation()
    assert tenant is not None  # noqa: S101  a page of configuration has its organisation
    return tenant


def _typed(form: CurrencyForm) -> dict[str, Any]:
    return {
        "rates": form.rates(),
        "rate_date": form.rate_date.data,
        "source": form.source.data,
        "is_base": form.is_base.data,
        "margin_percent": form.margin_percent(),
    }


def _kept(currency: OrganisationCurrency) -> dict[str, Any]:
    margin = currency.feed_margin_percent
    return {
        "buy_rate": rate_text(currency.buy_rate),
        "sell_rate": rate_text(currency.sell_rate),
        "mid_rate": rate_text(currency.mid_rate),
        "source": "MANUAL",
        "margin": rate_text(margin) if margin is not None else "",
    }
