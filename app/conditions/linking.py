"""Whose accounts follow a condition: the products it is linked to, from version to version."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from app.conditions.models import AccountCondition, ConditionProduct
from app.conditions.queries import linked_ids, live_successor, versions_of
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Product

NOT_AUTHORISED = "Products are linked to an authorized condition"


@dataclass(frozen=True, slots=True)
class LinkConditionProducts:
    """Say whose accounts follow an authorized condition; other products are unlinked (E32.09)."""

    condition_id: int
    product_ids: tuple[int, ...]


@handles(LinkConditionProducts, permission="account-conditions.edit")
def link_condition_products(work: Work, command: LinkConditionProducts) -> int:
    """Link authorized contract products; returns how many are linked now.

    The versions that follow this one change alike, whether or not they are approved yet (E32.24).
    Refused: a condition that is not authorized (409), another kind of product (422), one that
    follows another condition in this currency (422).
    """
    # Two who choose at once take turns: the later choice holds whole, and the log has both.
    record = find_locked(work, AccountCondition, command.condition_id)
    if not record.is_authorised:
        raise Conflict(NOT_AUTHORISED)
    linked, wanted = set(linked_ids(work.session, record)), set(command.product_ids)
    for product_id in sorted(wanted - linked):
        _demand_linkable(work, record, product_id)
    version: AccountCondition | None = record
    while version is not None:
        _change(work, version, added=wanted - linked, removed=linked - wanted)
        version = live_successor(work.session, version)
    return len(wanted)


def link(work: Work, version: AccountCondition, product_id: int) -> None:
    """Let the accounts of a product follow a version."""
    work.session.add(
        ConditionProduct(
            organisation_id=version.organisation_id,
            condition_id=version.id,
            product_id=product_id,
            linked_on=work.business_date,
        )
    )


@used_by(Product, "account conditions")
def conditions_of_product(row: Product) -> Select[int]:
    """Select the conditions that a product is linked to."""
    return select(ConditionProduct.condition_id).where(
        ConditionProduct.organisation_id == row.organisation_id,
        ConditionProduct.product_id == row.id,
    )


def _demand_linkable(work: Work, record: AccountCondition, product_id: int) -> None:
    product = find(work.session, work.actor, Product, product_id)
    if not (product.is_authorised and product.is_contract and product.retired_at is None):
        raise Refusal("Choose authorized contract products", field="product_ids")
    if product.currency not in {None, record.currency}:
        raise Refusal(f"{product.title()} is kept in {product.currency}", field="product_ids")
    query = (
        select(AccountCondition)
        .join(ConditionProduct, ConditionProduct.condition_id == AccountCondition.id)
        .where(
            ConditionProduct.organisation_id == record.organisation_id,
            ConditionProduct.product_id == product_id,
            AccountCondition.currency == record.currency,
            AccountCondition.code != record.code,
        )
    )
    in_force = versions_of(work.session, record.organisation_id).on(work.business_date)
    for other in work.session.scalars(query):
        is_over = other.effective_to is not None and other.effective_to < record.effective_from
        if not is_over or in_force.get(other.code) is other:
            sentence = f"{product.title()} follows {other.code} in {record.currency} already"
            raise Refusal(sentence, field="product_ids")


def _change(work: Work, version: AccountCondition, *, added: set[int], removed: set[int]) -> None:
    # Whoever supersedes this version meanwhile carries the links as they are then.
    work.session.refresh(version, with_for_update=True)
    for product_id in sorted(added - set(linked_ids(work.session, version))):
        link(work, version, product_id)
    gone = select(ConditionProduct).where(
        ConditionProduct.organisation_id == version.organisation_id,
        ConditionProduct.condition_id == version.id,
        ConditionProduct.product_id.in_(removed),
    )
    for one in work.session.scalars(gone).all():
        work.session.delete(one)
