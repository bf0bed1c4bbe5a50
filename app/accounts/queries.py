"""The rows of the list of accounts, and what the forms of an account offer."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import kept_by_scope, visible
from app.controls.review import AUTHORIZED
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Transaction
from app.organisation.models import Branch, OrganisationCurrency, Project
from app.reference.models import AccountType


@kept_by_scope
def account_select(actor: Actor) -> Select[Any]:
    """Select what the list shows; every join is an outer one by primary key."""
    return (
        select(
            *(getattr(Account, name) for name in _OWN),
            AccountType.name.label("account_type"),
            Project.name.label("project"),
            Product.name.label("product"),
            Branch.name.label("branch"),
            Client.name.label("owner"),
            Client.email.label("email"),
        )
        .outerjoin(AccountType, AccountType.id == Account.account_type_id)
        .outerjoin(Project, Project.id == Account.project_id)
        .outerjoin(Product, Product.id == Account.product_id)
        .outerjoin(Branch, Branch.id == Account.branch_id)
        .outerjoin(Client, Client.id == Account.client_id)
        .where(*visible(actor, Account))
    )


_OWN = (
    "id", "public_id", "uid", "number", "name", "holder", "currency", "external_id",
    "client_id", "is_active", "record_status", "closed_on", "created_at",
)  # fmt: skip


def offered_products(
    session: Session, actor: Actor, *, of_holders: bool = False
) -> list[tuple[int, str]]:
    """Return the products that an account may have, or those of customers and agents alone."""
    query = (
        select(Product)
        .where(
            *visible(actor, Product),
            Product.retired_at.is_(None),
            Product.record_status == AUTHORIZED,
        )
        .order_by(Product.is_contract.desc(), Product.code)
    )
    if of_holders:
        query = query.where(Product.is_contract)
    return [(one.id, _product(one)) for one in session.scalars(query)]


def offered_types(
    session: Session, actor: Actor, project_id: int | None = None
) -> list[tuple[int, str]]:
    """Return the types of account of a project, or of every project in sight."""
    query = (
        select(AccountType.id, AccountType.name, Project.name.label("project"))
        .join(Project, Project.id == AccountType.project_id)
        .where(*visible(actor, AccountType))
        .order_by(Project.name, AccountType.name)
    )
    if project_id is not None:
        query = query.where(AccountType.project_id == project_id)
    rows = session.execute(query).all()
    several = len({row.project for row in rows}) > 1
    return [(row.id, f"{row.name} · {row.project}" if several else row.name) for row in rows]


def offered_branches(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the organisation's branches."""
    query = select(Branch).where(*visible(actor, Branch), Branch.retired_at.is_(None))
    return [(one.id, one.title()) for one in session.scalars(query.order_by(Branch.code))]


def offered_currencies(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the organisation's currencies."""
    query = select(OrganisationCurrency).where(
        *visible(actor, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None)
    )
    return [
        (one.code, f"{one.code} · {one.name}")
        for one in session.scalars(query.order_by(OrganisationCurrency.code))
    ]


def type_in_sight(session: Session, actor: Actor, type_id: int | None) -> AccountType | None:
    """Return the type that is chosen in a form; the command says what is wrong with another."""
    query = select(AccountType).where(*visible(actor, AccountType), AccountType.id == type_id)
    return session.scalars(query).one_or_none()


def has_history(session: Session, account: Account) -> bool:
    """Tell whether anything was ever recorded on the account's assets."""
    assets = select(Asset.id).where(Asset.account_id == account.id)
    recorded = select(Transaction.id).where(Transaction.organisation_id == account.organisation_id)
    sides = (Transaction.asset_id, Transaction.counter_asset_id)
    return any(
        session.execute(recorded.where(side.in_(assets)).limit(1)).first() is not None
        for side in sides
    )


def _product(one: Product) -> str:
    held_by = "customers and agents" if one.is_contract else "the house"
    currency = f", {one.currency}" if one.currency else ""
    return f"{one.code} {one.name} · {held_by}{currency}"
