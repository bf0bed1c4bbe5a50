"""What a configuration file carries of facility classes and the products under them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work
from app.credit.commands import (
    CLASS,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    SHORTEST_CODE,
    SHORTEST_NAME,
    ChooseEligibleProducts,
    CreateFacilityClass,
    choose_eligible_products,
    create_facility_class,
)
from app.credit.models import BASIS_POINTS, EligibleProduct, percent_of
from app.kernel.errors import Refusal
from app.records.commands import checked_code
from app.records.portable import carry_reviewed


def check_class(_context: Context, row: FileRow) -> Iterator[Problem]:
    """Code, name, description and share are within the bounds of the form."""
    values = row.values
    try:
        checked_code(values["code"], CLASS.name)
    except Refusal as refusal:
        yield "code", refusal.sentence
    if len(values["code"]) < SHORTEST_CODE:
        yield "code", f"must have at least {SHORTEST_CODE} characters"
    if not SHORTEST_NAME <= len(values["name"]) <= LONGEST_NAME:
        yield "name", f"must have {SHORTEST_NAME} to {LONGEST_NAME} characters"
    if len(values["description"]) > LONGEST_DESCRIPTION:
        yield "description", f"can have at most {LONGEST_DESCRIPTION} characters"
    if not 0 <= values["availability_basis_points"] <= BASIS_POINTS:
        yield "availability_basis_points", f"must be 0 to {BASIS_POINTS}"


def draft_class(work: Work, columns: dict[str, Any]) -> int:
    """Draft the class and hand it in; returns its id."""
    points = columns.pop("availability_basis_points")
    command = CreateFacilityClass(**columns, availability_percent=percent_of(points), submit=True)
    return create_facility_class(work, command)


def link(work: Work, columns: dict[str, Any]) -> EligibleProduct:
    """Let one more product be used under the class; returns the link."""
    class_id, product_id = columns["facility_class_id"], columns["product_id"]
    linked = select(EligibleProduct).where(EligibleProduct.facility_class_id == class_id)
    ids = [one.product_id for one in work.session.scalars(linked)]
    choose_eligible_products(work, ChooseEligibleProducts(class_id, (*ids, product_id)))
    work.session.flush()  # the link is returned as the database keeps it
    return work.session.scalars(linked.where(EligibleProduct.product_id == product_id)).one()


carry_reviewed(
    CLASS,
    key="facility_classes",
    title="Facility classes",
    identity=("code",),
    fields=("name", "description", "is_revolving", "availability_basis_points"),
    create=draft_class,
    check=check_class,
)
portable(
    Portable(
        "eligible_products",
        "Products of facility classes",
        EligibleProduct,
        CLASS.module,
        identity=("facility_class", "product"),
        references={"facility_class": "facility_classes", "product": "products"},
        create=link,
        adds_with="edit",
    )
)
