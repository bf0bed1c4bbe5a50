"""Products of the chart of accounts are drafted, edited while drafts, and approved."""

from dataclasses import dataclass

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.numbering import take
from app.controls.permissions import find
from app.controls.review import ReviewKind, review
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.accounts import PRODUCT_KINDS, Product, ProductBalance
from app.organisation.models import Branch, OrganisationCurrency

HELD_BY_CLIENTS = ("asset", "liability")


@dataclass(frozen=True, slots=True)
class CreateProduct:
    """Add a product as a draft; its code is the next of its type's range (E31.01-07)."""

    kind: str
    name: str
    is_contract: bool = False
    currency: str | None = None
    branch_ids: tuple[int, ...] = ()
    description: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditProduct:
    """Change a draft or rejected product; its type and code stay."""

    product_id: int
    version: int
    name: str
    is_contract: bool = False
    currency: str | None = None
    branch_ids: tuple[int, ...] = ()
    description: str = ""
    submit: bool = False


def _product_authorised(work: Work, product: Product) -> None:
    """Make the balance records: of the branches it is restricted to, or of every branch."""
    query = select(Branch.id).where(
        Branch.organisation_id == product.organisation_id, Branch.retired_at.is_(None)
    )
    if product.branch_ids:
        query = query.where(Branch.id.in_(product.branch_ids))
    for branch_id in work.session.scalars(query.order_by(Branch.id)):
        work.session.add(
            ProductBalance(
                organisation_id=product.organisation_id,
                product_id=product.id,
                branch_id=branch_id,
            )
        )


PRODUCT = review(
    ReviewKind(
        key="product",
        model=Product,
        name="Product",
        module="products",
        path="/admin/products",
        authorised=_product_authorised,
    )
)


@handles(CreateProduct, permission="products.create")
def create_product(work: Work, command: CreateProduct) -> int:
    """Create the draft with its generated code; returns the id."""
    if command.kind not in PRODUCT_KINDS:
        raise Refusal("Choose a type from the list", field="kind")
    values = _checked(work, command.kind, command)
    (code,) = take(work, f"PRODUCT-{command.kind.upper()}")
    product = work.add(
        Product(
            organisation_id=work.actor.tenant_id,
            code=code,
            kind=command.kind,
            maker_id=work.actor.user_id,
            **values,
        )
    )
    return drafted(work, PRODUCT, product, "created", hand_in=command.submit)


@handles(EditProduct, permission="products.edit")
def edit_product(work: Work, command: EditProduct) -> int:
    """Save the draft; what waits or is approved is refused with 409 (E31.11-12)."""
    product: Product = draft(work, PRODUCT, command.product_id, command.version)
    for key, value in _checked(work, product.kind, command).items():
        setattr(product, key, value)
    return drafted(work, PRODUCT, product, "edited", hand_in=command.submit)


def _checked(work: Work, kind: str, command: CreateProduct | EditProduct) -> dict[str, object]:
    name = command.name.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if command.is_contract and kind not in HELD_BY_CLIENTS:
        raise Refusal("Only asset and liability products can be held by customers and agents",
                      field="is_contract")  # fmt: skip
    if command.currency and not _has_currency(work, command.currency):
        raise Refusal("Choose a currency of this organisation", field="currency")
    for branch_id in command.branch_ids:
        find(work.session, work.actor, Branch, branch_id)
    return {
        "name": name,
        "is_contract": command.is_contract,
        "currency": command.currency or None,
        "branch_ids": sorted(set(command.branch_ids)),
        "description": command.description.strip(),
    }


def _has_currency(work: Work, code: str) -> bool:
    query = select(OrganisationCurrency.id).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == code,
        OrganisationCurrency.retired_at.is_(None),
    )
    return work.session.scalar(query) is not None
