"""Exchange rates in force."""

from typing import Any

from marshmallow import Schema, fields

from app.api.fields import Exact
from app.api.interface import Blueprint
from app.controls.permissions import scoped
from app.organisation.models import OrganisationCurrency
from app.web.context import actor, organisation, read_session
from app.web.guard import permit

blueprint = Blueprint("rates", "What currencies are bought and sold at.")


class RateShown(Schema):
    """The rates of a currency: units of base currency for one unit, as exact decimals."""

    currency = fields.String(attribute="code")
    exponent = fields.Integer()
    buy = Exact(attribute="buy_rate")
    sell = Exact(attribute="sell_rate")
    mid = Exact(attribute="mid_rate")
    on = fields.Date(attribute="rate_date")
    source = fields.String(attribute="rate_source")


class RatesShown(Schema):
    """Every currency that is kept, with the base they are told in."""

    base_currency = fields.String()
    items = fields.List(fields.Nested(RateShown))


@blueprint.read("/rates")
@permit("currencies.view")
@blueprint.response(200, RatesShown)
def list_rates() -> dict[str, Any]:
    """List the rates in force."""
    query = scoped(actor(), OrganisationCurrency).where(OrganisationCurrency.retired_at.is_(None))
    tenant = organisation()
    return {
        "base_currency": tenant.base_currency if tenant else "",
        "items": read_session().scalars(query.order_by(OrganisationCurrency.code)).all(),
    }
