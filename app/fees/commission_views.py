"""Financial Config > Commission Types: list, one type with its bands, editing and deleting."""

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from app.controls.permissions import find, holds, scoped
from app.controls.retiring import RetireRecord
from app.controls.review import AUTHORIZED
from app.fees.bands import bands_of
from app.fees.codes import demand_unlocked
from app.fees.commission_pages import commission_detail
from app.fees.commissions import (
    COMMISSION_TYPE,
    CreateCommissionType,
    EditCommissionType,
    SetBands,
)
from app.fees.forms import BandsForm, CommissionForm
from app.fees.models import CommissionType
from app.fees.queries import usable_codes
from app.fees.resource import COMMISSIONS, COMMISSIONS_PATH
from app.kernel.money import plain_decimal
from app.ledger.accounts import Product
from app.organisation.models import OrganisationCurrency
from app.records.pages import KEPT
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail

blueprint = Blueprint("commission_types", __name__)
register(COMMISSIONS)
_FIRST_LINES = 2


@blueprint.get(COMMISSIONS_PATH)
@permit("commission-types.view")
def index() -> Response:
    """List the commission types."""
    may = holds(actor(), "commission-types.create")
    create = {"label": "Create commission type", "href": f"{COMMISSIONS_PATH}/new"}
    return show_list(COMMISSIONS, create=create if may else None)


@blueprint.get(f"{COMMISSIONS_PATH}.csv")
@permit("commission-types.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(COMMISSIONS)


@blueprint.get(f"{COMMISSIONS_PATH}/<int:type_id>")
@permit("commission-types.view")
def show(type_id: int) -> Response:
    """Show one type with its bands."""
    row = find(read_session(), actor(), CommissionType, type_id)
    return show_detail(commission_detail(read_session(), actor(), row))


@blueprint.route(f"{COMMISSIONS_PATH}/new", methods=["GET", "POST"])
@permit("commission-types.create")
def new() -> Response:
    """Draft a commission type; its bands come next (E18.01)."""
    form = CommissionForm()
    _prepare(form)
    return form_view(
        form,
        command=lambda: CreateCommissionType(form.commission()),
        title="Create commission type",
        submit_label="Save as Draft",
        to=COMMISSIONS_PATH,
        done_title="Commission type created",
        done_text="It is a draft. Add its bands, then submit it.",
        opened=lambda type_id: f"{COMMISSIONS_PATH}/{type_id}",
    )


@blueprint.route(f"{COMMISSIONS_PATH}/<int:type_id>/edit", methods=["GET", "POST"])
@permit("commission-types.edit")
def edit(type_id: int) -> Response:
    """Change a draft or rejected type."""
    row = find(read_session(), actor(), CommissionType, type_id)
    form = CommissionForm(
        obj=row,
        applies="sliced" if row.is_sliced else "whole",
        taken="on-top" if row.is_on_top else "deducted",
        income_product_id=str(row.income_product_id),
        transaction_code_id=str(row.transaction_code_id),
        tax_percent="" if row.tax_percent is None else format(row.tax_percent, "f"),
    )
    if not form.is_posted:
        demand_unlocked(row, COMMISSION_TYPE.name)
    _prepare(form)
    return form_view(
        form,
        command=lambda: EditCommissionType(type_id, posted_version(), form.commission()),
        title=f"Edit commission type {row.code}",
        submit_label="Save",
        to=f"{COMMISSIONS_PATH}/{type_id}",
        done_title="Commission type saved",
        record=row,
    )


@blueprint.route(f"{COMMISSIONS_PATH}/<int:type_id>/bands", methods=["GET", "POST"])
@permit("commission-types.edit")
def bands(type_id: int) -> Response:
    """Add, edit and remove the bands of a draft or rejected type (E18.03-11)."""
    row = find(read_session(), actor(), CommissionType, type_id)
    form = BandsForm(lines=_lines(row))
    if not form.is_posted:
        demand_unlocked(row, COMMISSION_TYPE.name)
    form.arrange(empty=max(_FIRST_LINES, len(row.bands) + 1))
    codes = read_session().scalars(scoped(actor(), OrganisationCurrency)).all()
    offered = sorted((one.code for one in codes), key=lambda code: (code != row.currency, code))
    for line in form.lines:
        set_choices(line.form.currency, offered)
    return form_view(
        form,
        command=lambda: SetBands(type_id, posted_version(), form.bands(row.exponent)),
        title=f"Bands of {row.code}",
        submit_label="Save bands",
        to=f"{COMMISSIONS_PATH}/{type_id}",
        done_title="Bands saved",
        record=row,
        form_fields="fees/_band_lines.html",
        opened=lambda _answer: f"{COMMISSIONS_PATH}/{type_id}",
        precision=row.exponent,
        basis=row.basis,
    )


@blueprint.route(f"{COMMISSIONS_PATH}/<int:type_id>/delete", methods=["GET", "POST"])
@permit("commission-types.delete")
def delete(type_id: int) -> Response:
    """Delete a draft or rejected type after a confirmation (E40.16)."""
    row = find(read_session(), actor(), CommissionType, type_id)
    return confirm_view(
        command=lambda: RetireRecord("commission-type", type_id),
        title="Delete commission type",
        body=KEPT,
        rows=[fact("Commission type", cells.text(row.title()))],
        verb="Delete",
        to=COMMISSIONS_PATH,
        done_title="Commission type deleted successfully",
        danger=True,
    )


def _prepare(form: CommissionForm) -> None:
    session, who = read_session(), actor()
    currencies = session.scalars(
        scoped(who, OrganisationCurrency).order_by(OrganisationCurrency.code)
    )
    set_choices(form.currency, [(one.code, f"{one.code} · {one.name}") for one in currencies],
                empty="Choose a currency")  # fmt: skip
    products = session.scalars(
        scoped(who, Product)
        .where(
            Product.kind == "income",
            Product.record_status == AUTHORIZED,
            Product.retired_at.is_(None),
        )
        .order_by(Product.code)
    )
    set_choices(form.income_product_id, [(one.id, one.title()) for one in products],
                empty="Choose an income account")  # fmt: skip
    codes = usable_codes(session, who.tenant_id, "debit")
    set_choices(form.transaction_code_id,
                [(one.id, f"{one.code} · {one.description}") for one in codes],
                empty="Choose a transaction code")  # fmt: skip


def _lines(row: CommissionType) -> list[dict[str, Any]]:
    """Write the saved bands as they are typed."""

    def typed(minor: int | None) -> str:
        return "" if minor is None else plain_decimal(minor, row.exponent)

    return [
        {
            "minimum": typed(band.min_minor),
            "maximum": typed(band.max_minor),
            "currency": band.currency,
            "charge": typed(band.charge_minor),
            "percent": "" if band.percent is None else format(band.percent, "f"),
            "min_charge": typed(band.min_charge_minor),
            "max_charge": typed(band.max_charge_minor),
        }
        for band in bands_of(row.bands)
    ]
