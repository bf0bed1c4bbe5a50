"""The side panels and questions of the Collateral card; the card itself is the facility's page."""

from typing import Any

from flask import Blueprint
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.collateral.cards import COLLATERAL, VALUATIONS
from app.collateral.commands import NOT_ACTIVE, DeleteCollateral, DeleteValuation
from app.collateral.forms import CollateralForm, EditCollateralForm, ValuationForm
from app.collateral.models import Collateral
from app.collateral.queries import find_collateral, find_valuation
from app.controls.permissions import find, visible
from app.credit.facility import PATH, Facility
from app.kernel.errors import Conflict
from app.organisation.models import OrganisationCurrency
from app.organisation.queries import kept_currencies
from app.records.judging import judged
from app.records.queries import code_choices
from app.reference.codes import CollateralType
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version

blueprint = Blueprint("collateral", __name__)
_METHODS = ["GET", "POST"]
_FIELDS = "facilities/_fields.html"
_AMOUNTS = ("market", "forced")
# The currency is chosen beside the amount: no decimals are put in for the person.
_PLAIN = 0


@blueprint.route(f"{PATH}/<int:facility_id>/collateral/new", methods=_METHODS)
@permit("collateral.create")
def add(facility_id: int) -> Response:
    """Add collateral (E28.03)."""
    session, who = read_session(), actor()
    facility = find(session, who, Facility, facility_id)
    if not facility.is_active:
        raise Conflict(NOT_ACTIVE)
    form = CollateralForm()
    form.exponents = _exponents()
    _choices(form, None)
    if not form.is_posted:
        form.currency.data = facility.currency
    return form_view(
        form,
        command=judged(form, lambda: form.create(facility_id)),
        title="Add Collateral",
        submit_label="Add Collateral",
        to=f"{PATH}/{facility_id}",
        done_title="Collateral added",
        form_fields="collateral/_fields.html",
        precision=_PLAIN,
        summary=[fact("Facility", cells.ident(facility.reference))],
    )


@blueprint.route(f"{COLLATERAL}/<int:collateral_id>/edit", methods=_METHODS)
@permit("collateral.edit")
def edit(collateral_id: int) -> Response:
    """Describe a collateral anew."""
    session, who = read_session(), actor()
    collateral = find_collateral(session, who, collateral_id)
    form = EditCollateralForm(obj=collateral)
    _choices(form, collateral)
    form.currency.description = (
        f"The value stays in {collateral.value_currency} until it is valued again"
    )
    return form_view(
        form,
        command=judged(form, lambda: form.edit(collateral_id, posted_version())),
        title="Edit Collateral",
        submit_label="Save changes",
        to=f"{PATH}/{collateral.facility_id}",
        done_title="Collateral saved",
        told=lambda _id: ("Collateral saved", _kept_value(collateral_id)),
        record=collateral,
        form_fields=_FIELDS,
        amounts=(),
        summary=_worth(collateral),
    )


@blueprint.route(f"{COLLATERAL}/<int:collateral_id>/delete", methods=_METHODS)
@permit("collateral.delete")
def delete(collateral_id: int) -> Response:
    """Delete a collateral (E28.20)."""
    collateral = find_collateral(read_session(), actor(), collateral_id)
    return confirm_view(
        command=lambda: DeleteCollateral(collateral_id),
        title="Delete collateral",
        body="All valuation records of this collateral will also be removed.",
        rows=[fact("Collateral Ref", cells.ident(collateral.reference)), *_worth(collateral)],
        verb="Delete",
        to=f"{PATH}/{collateral.facility_id}",
        done_title="Collateral deleted successfully",
        danger=True,
    )


@blueprint.route(f"{COLLATERAL}/<int:collateral_id>/valuations/new", methods=_METHODS)
@permit("collateral.create")
def value(collateral_id: int) -> Response:
    """Value a collateral again (E29.03)."""
    session, who = read_session(), actor()
    collateral = find_collateral(session, who, collateral_id)
    form = ValuationForm()
    form.exponents = _exponents()
    set_choices(form.currency, kept_currencies(session, who))
    if not form.is_posted:
        form.currency.data = collateral.currency
    return form_view(
        form,
        command=judged(form, lambda: form.create(collateral_id)),
        title="Add Valuation",
        submit_label="Add Valuation",
        to=f"{PATH}/{collateral.facility_id}?valuations={collateral_id}",
        done_title="Valuation added",
        form_fields=_FIELDS,
        amounts=_AMOUNTS,
        currency="",
        precision=_PLAIN,
        summary=[fact("Collateral Ref", cells.ident(collateral.reference)), *_worth(collateral)],
    )


@blueprint.route(f"{VALUATIONS}/<int:valuation_id>/delete", methods=_METHODS)
@permit("collateral.delete")
def delete_valuation(valuation_id: int) -> Response:
    """Take a valuation back (E29.16)."""
    session, who = read_session(), actor()
    valuation = find_valuation(session, who, valuation_id)
    collateral = session.get_one(Collateral, valuation.collateral_id)
    market = cells.money(valuation.market_minor, valuation.exponent, valuation.currency)
    return confirm_view(
        command=lambda: DeleteValuation(valuation_id),
        title="Delete valuation",
        body="The collateral's current values will be recalculated from the next most recent "
        "valuation.",
        rows=[
            fact("Collateral Ref", cells.ident(collateral.reference)),
            fact("Valuation Date", cells.day(valuation.valued_on)),
            fact("Valuer Name", cells.text(valuation.valuer)),
            fact("Market Value", market),
        ],
        verb="Delete",
        to=f"{PATH}/{collateral.facility_id}?valuations={collateral.id}",
        done_title="Valuation deleted successfully",
        danger=True,
    )


def _kept_value(collateral_id: int) -> str:
    """Say what a new currency does not change: the value, until it is valued again."""
    one = read_session().get_one(Collateral, collateral_id)
    if one.currency == one.value_currency:
        return ""
    return f"Its value stays in {one.value_currency} until it is valued again in {one.currency}."


def _choices(form: EditCollateralForm, collateral: Collateral | None) -> None:
    session, who = read_session(), actor()
    kept = collateral.collateral_type_id if collateral else None
    types = code_choices(session, who, CollateralType, kept=kept)
    set_choices(form.collateral_type_id, types, empty=None if collateral else "Choose a type")
    set_choices(form.currency, kept_currencies(session, who))


def _exponents() -> dict[str, int]:
    query = select(OrganisationCurrency.code, OrganisationCurrency.exponent).where(
        *visible(actor(), OrganisationCurrency)
    )
    return {row.code: row.exponent for row in read_session().execute(query)}


def _worth(collateral: Collateral) -> list[dict[str, Any]]:
    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, collateral.value_exponent, collateral.value_currency)

    return [
        fact("Market Value", amount(collateral.market_minor)),
        fact("Forced Sale Value", amount(collateral.forced_minor)),
        fact("Last Valuation Date", cells.day(collateral.valued_on)),
    ]
