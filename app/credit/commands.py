"""Facility classes are drafted, edited while drafts, approved, and then linked to products."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select

from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.review import ReviewKind, in_use, review
from app.controls.usage import used_by
from app.controls.work import Work
from app.credit.models import EligibleProduct, FacilityClass
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Product
from app.records.commands import checked_code
from app.records.drafts import demand_not_deleted, retires_while_open

SHORTEST_CODE = 2
SHORTEST_NAME, LONGEST_NAME = 3, 100
LONGEST_DESCRIPTION = 500
MOST_PERCENT = 100
PERCENT_DECIMALS = 2
CLASS = review(
    ReviewKind(
        key="facility-class",
        model=FacilityClass,
        name="Facility class",
        module="facility-classes",
        path="/admin/facility-classes",
        check=demand_not_deleted,
    )
)
retires_while_open(FacilityClass, "Facility class", permission="facility-classes.delete")


@dataclass(frozen=True, slots=True)
class CreateFacilityClass:
    """Draft a class; its code never changes afterwards (E24.07)."""

    code: str
    name: str
    description: str = ""
    is_revolving: bool = True
    availability_percent: Decimal = Decimal(100)
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditFacilityClass:
    """Change a draft or rejected class."""

    class_id: int
    version: int
    name: str
    description: str = ""
    is_revolving: bool = True
    availability_percent: Decimal = Decimal(100)
    submit: bool = False


@dataclass(frozen=True, slots=True)
class ChooseEligibleProducts:
    """Say which products may be used under an authorized class; the others are unlinked."""

    class_id: int
    product_ids: tuple[int, ...]


@handles(CreateFacilityClass, permission="facility-classes.create")
def create_facility_class(work: Work, command: CreateFacilityClass) -> int:
    """Create the draft; refused (409) where the code is in use already. Returns the id."""
    code = checked_code(command.code, "Facility class")
    if len(code) < SHORTEST_CODE:
        raise Refusal(f"Code must have at least {SHORTEST_CODE} characters", field="code")
    others = select(func.count()).where(
        FacilityClass.organisation_id == work.actor.tenant_id,
        FacilityClass.code == code,
        *in_use(FacilityClass),
    )
    if work.session.scalar(others):
        raise Conflict(f"Facility class code {code} already exists", field="code")
    record = work.add(
        FacilityClass(
            organisation_id=work.actor.tenant_id,
            code=code,
            maker_id=work.actor.user_id,
            **_checked(command),
        )
    )
    return drafted(work, CLASS, record, "created", hand_in=command.submit)


@handles(EditFacilityClass, permission="facility-classes.edit")
def edit_facility_class(work: Work, command: EditFacilityClass) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409 (E24.17)."""
    record: FacilityClass = draft(work, CLASS, command.class_id, command.version)
    for key, value in _checked(command).items():
        setattr(record, key, value)
    return drafted(work, CLASS, record, "edited", hand_in=command.submit)


@handles(ChooseEligibleProducts, permission="facility-classes.edit")
def choose_eligible_products(work: Work, command: ChooseEligibleProducts) -> int:
    """Link authorized contract products to an authorized class (E24.15).

    Returns how many are linked now. A product that is linked stays so, whatever became of it.
    """
    # Two who choose at once take turns: the later choice holds whole, and the log has both.
    record = find_locked(work, FacilityClass, command.class_id)
    if not record.is_authorised:
        raise Conflict("Products are linked to an authorized facility class")
    query = select(EligibleProduct).where(
        EligibleProduct.organisation_id == record.organisation_id,
        EligibleProduct.facility_class_id == record.id,
    )
    linked = {one.product_id: one for one in work.session.scalars(query)}
    wanted = set(command.product_ids)
    for product_id in sorted(wanted - linked.keys()):
        product = find(work.session, work.actor, Product, product_id)
        if not (product.is_authorised and product.is_contract and product.retired_at is None):
            raise Refusal("Choose authorized contract products", field="product_ids")
        work.session.add(
            EligibleProduct(
                organisation_id=record.organisation_id,
                facility_class_id=record.id,
                product_id=product_id,
            )
        )
    for product_id in linked.keys() - wanted:
        work.session.delete(linked[product_id])
    return len(wanted)


@used_by(Product, "facility classes")
def classes_of_product(row: Product) -> Select[int]:
    """Select the facility classes that a product is linked to."""
    return select(EligibleProduct.facility_class_id).where(
        EligibleProduct.organisation_id == row.organisation_id,
        EligibleProduct.product_id == row.id,
    )


def _checked(command: CreateFacilityClass | EditFacilityClass) -> dict[str, object]:
    name, description = command.name.strip(), command.description.strip()
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise Refusal(f"Name must have {SHORTEST_NAME} to {LONGEST_NAME} characters", field="name")
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(
            f"Description can have at most {LONGEST_DESCRIPTION} characters", field="description"
        )
    percent = command.availability_percent
    if not 0 <= percent <= MOST_PERCENT or percent != round(percent, PERCENT_DECIMALS):
        raise Refusal(
            f"Availability must be 0 to {MOST_PERCENT} percent, with at most two decimals",
            field="availability",
        )
    return {
        "name": name,
        "description": description,
        "is_revolving": command.is_revolving,
        "availability_basis_points": int(percent.scaleb(PERCENT_DECIMALS)),
    }
