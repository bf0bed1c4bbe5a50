"""Financial Config > Tenant Currency: list, one currency, adding, editing and deleting it."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.identity import Actor
from app.currencies.commands import AddCurrency, EditCurrency
from app.currencies.forms import CurrencyForm
from app.currencies.pages import currency_detail
from app.currencies.queries import kept_codes
from app.currencies.resource import CURRENCIES, PATH, rate_text
from app.currencies.tasks import RequestRates
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.organisation.models import OrganisationCurrency
from app.records.retiring import mount_retirable
from app.web.context import organisation
from app.web.forms import set_choices, stripped
from app.web.guard import permit
from app.web.resource import Resource
from app.web.respond import done, new_key, refused, submit

blueprint = Blueprint("currencies", __name__)


@blueprint.post(f"{PATH}/fetch")
@permit("currencies.edit")
def fetch() -> Response:
    """Have the feed visited now, rather than tomorrow."""
    try:
        submit(RequestRates(new_key()))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    return done("The feed is visited", "Its rates appear here in a moment.", to=PATH)


def _prepare(
    form: CurrencyForm, session: Session, who: Actor, currency: OrganisationCurrency | None
) -> None:
    tenant = organisation()
    form.base = tenant.base_currency if tenant else ""
    if currency is None:
        del form.name
        kept = {code for code, _name in kept_codes(session, who.tenant_id)}
        offered = [
            (known.code, f"{known.code} · {known.name}")
            for known in known_currencies().values()
            if known.code not in kept
        ]
        set_choices(form.code, offered, empty="Choose a currency")
        return
    del form.code
    if currency.is_base:
        form.keep_name_alone()
    elif not form.is_posted:
        margin = currency.feed_margin_percent
        form.source.data = "MANUAL"
        form.rate_date.data = None
        form.margin.data = rate_text(margin) if margin is not None else ""
        for name in ("buy_rate", "sell_rate", "mid_rate"):
            form[name].data = rate_text(getattr(currency, name))


def _typed(form: CurrencyForm) -> dict[str, Any]:
    if "mid_rate" not in form:
        return {}
    return {
        "rates": form.rates(),
        "rate_date": form.rate_date.data,
        "source": form.source.data,
        "is_base": form.is_base.data,
        "margin_percent": form.margin_percent(),
    }


mount_retirable(
    Resource(
        listing=CURRENCIES,
        model=OrganisationCurrency,
        singular="Currency",
        module="currencies",
        detail=currency_detail,
        form=CurrencyForm,
        prepare=_prepare,
        create=lambda form: AddCurrency(form.code.data, **_typed(form)),
        edit=lambda currency, form, version: EditCurrency(
            currency.id, version, name=stripped(form.name.data), **_typed(form)
        ),
        form_fields="currencies/_fields.html",
    ),
    blueprint,
)
