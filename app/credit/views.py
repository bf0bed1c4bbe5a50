"""Loan Configuration > Facility Classes: the list, one class, and its eligible products."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.controls.review import AUTHORIZED
from app.credit.commands import CLASS
from app.credit.forms import ClassForm, ProductsForm
from app.credit.models import EligibleProduct, FacilityClass, percent_of
from app.kernel.errors import Conflict
from app.ledger.accounts import Product
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, contains
from app.web.pages import fact, form_view
from app.web.respond import row_action

PATH = "/admin/facility-classes"
blueprint = Blueprint("credit", __name__)


def _select(actor: Actor) -> Select[Any]:
    return select(
        FacilityClass.id,
        FacilityClass.code,
        FacilityClass.name,
        FacilityClass.is_revolving,
        FacilityClass.availability_basis_points,
    ).where(*visible(actor, FacilityClass))


def _type(*, is_revolving: bool) -> cells.Cell:
    return cells.text("Revolving" if is_revolving else "Term")


_CLASSES = Listing(
    name="facility-classes",
    title="Facility Classes",
    section="Loan Configuration",
    path=PATH,
    select=_select,
    key=FacilityClass.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=FacilityClass.code,
               priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=FacilityClass.name,
               priority=1),
        Column("type", "Type", lambda row: _type(is_revolving=row.is_revolving),
               sort=FacilityClass.is_revolving),
        Column("availability", "Availability (%)",
               lambda row: cells.text(percent_of(row.availability_basis_points)),
               sort=FacilityClass.availability_basis_points, numeric=True),
    ),
    filters=(
        Filter("revolving", "Revolving facilities", "flag",
               lambda _value: FacilityClass.is_revolving),
    ),
    search=contains(FacilityClass.code, FacilityClass.name),
    search_hint="Code or name",
    sort="code",
    label=lambda row: row.code,
    empty="Create the first class: every credit facility is opened under one.",
)  # fmt: skip


def _detail(session: Session, who: Actor, record: FacilityClass) -> dict[str, Any]:
    page: dict[str, Any] = {
        "title": record.name,
        "ident": record.code,
        "rows": [
            fact("Code", cells.ident(record.code)),
            fact("Revolving Facility", cells.flag(is_set=record.is_revolving)),
            fact("Availability (%)", cells.text(record.availability_percent)),
            fact("Description", cells.text(record.description)),
        ],
    }
    if not record.is_authorised:
        return page
    rows = [
        fact(one.code, cells.text(one.name, href=f"/admin/products/{one.id}"))
        for one in _eligible(session, record)
    ]
    none = [fact("None yet: link authorized contract products", cells.text(""))]
    page["cards"] = [{"title": "Eligible Products", "rows": rows or none, "open": True}]
    if holds(who, "facility-classes.edit"):
        href = f"{PATH}/{record.id}/products"
        page["actions"] = [row_action("Link products", href, "link", drawer=True)]
    return page


def _prepare(form: ClassForm, _session: Session, _who: Actor, record: FacilityClass | None) -> None:
    if record is None:
        return
    del form.code
    if not form.is_posted:
        form.availability.data = str(record.availability_percent)


def _eligible(session: Session, record: FacilityClass) -> list[Product]:
    query = (
        select(Product)
        .join(EligibleProduct, EligibleProduct.product_id == Product.id)
        .where(
            EligibleProduct.organisation_id == record.organisation_id,
            EligibleProduct.facility_class_id == record.id,
        )
        .order_by(Product.code)
    )
    return list(session.scalars(query))


@blueprint.route(f"{PATH}/<int:class_id>/products", methods=["GET", "POST"])
@permit("facility-classes.edit")
def link_products(class_id: int) -> Response:
    """Choose the products of an authorized class (E24.15)."""
    session, who = read_session(), actor()
    record = find(session, who, FacilityClass, class_id)
    if not record.is_authorised:
        raise Conflict("Products are linked to an authorized facility class")
    linked = [one.id for one in _eligible(session, record)]
    form = ProductsForm(product_ids=[str(one) for one in linked])
    offered = select(Product).where(
        *visible(who, Product),
        or_(
            Product.id.in_(linked),
            Product.is_contract
            & (Product.record_status == AUTHORIZED)
            & Product.retired_at.is_(None),
        ),
    )
    rows = session.scalars(offered.order_by(Product.code))
    set_choices(form.product_ids, [(one.id, one.title()) for one in rows])
    return form_view(
        form,
        command=lambda: form.command(class_id),
        title=f"Eligible products of {record.code}",
        submit_label="Save changes",
        to=f"{PATH}/{class_id}",
        done_title="Eligible products saved",
    )


mount_reviewed(
    blueprint, ReviewedPages(CLASS, "Facility Class", _CLASSES, ClassForm, _prepare, _detail)
)
