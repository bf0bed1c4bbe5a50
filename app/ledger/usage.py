"""Accounts, assets and transactions say what of the configuration they use."""

from sqlalchemy import Select, and_, func, or_, select

from app.controls.tenant import Organisation
from app.controls.usage import used_by
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Movement, Transaction
from app.organisation.models import Branch, OrganisationCurrency, Project
from app.reference.codes import AccountStatus
from app.reference.models import (
    AccountType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)


@used_by(AccountType, "accounts")
def accounts_of_type(row: AccountType) -> Select[int]:
    """Select the accounts of a type."""
    return select(Account.id).where(
        Account.organisation_id == row.organisation_id, Account.account_type_id == row.id
    )


@used_by(
    AccountStatus,
    "accounts",
    list_at="/admin/accounts?account-status={record.id}",
    permission="accounts.view",
)
def accounts_of_status(row: AccountStatus) -> Select[int]:
    """Select the accounts that have a status."""
    return select(Account.id).where(
        Account.organisation_id == row.organisation_id, Account.account_status_id == row.id
    )


@used_by(ProjectCurrency, "assets")
def assets_in_currency(row: ProjectCurrency) -> Select[int]:
    """Select the assets of a project in a currency."""
    return select(Asset.id).where(
        Asset.organisation_id == row.organisation_id,
        Asset.project_id == row.project_id,
        Asset.currency == row.label,
    )


@used_by(TransactionSubType, "transactions")
def transactions_of_sub_type(row: TransactionSubType) -> Select[int]:
    """Select the transactions of a sub-type."""
    return select(Transaction.id).where(
        Transaction.organisation_id == row.organisation_id, Transaction.sub_type_id == row.id
    )


@used_by(TransactionStatus, "transactions")
def transactions_in_status(row: TransactionStatus) -> Select[int]:
    """Select the transactions that show a status."""
    return select(Transaction.id).where(
        Transaction.organisation_id == row.organisation_id, Transaction.status_id == row.id
    )


@used_by(
    Project, "accounts", list_at="/admin/accounts?project={record.id}", permission="accounts.view"
)
def accounts_of_project(row: Project) -> Select[int]:
    """Select the accounts of a project."""
    return select(Account.id).where(
        Account.organisation_id == row.organisation_id, Account.project_id == row.id
    )


@used_by(
    Branch, "accounts", list_at="/admin/accounts?branch={record.id}", permission="accounts.view"
)
def accounts_of_branch(row: Branch) -> Select[int]:
    """Select the accounts booked at a branch."""
    return select(Account.id).where(
        Account.organisation_id == row.organisation_id, Account.branch_id == row.id
    )


@used_by(Organisation, "transactions")
def transactions_of(row: Organisation) -> Select[int]:
    """Select whatever is recorded, posted or waiting."""
    return select(Transaction.id).where(Transaction.organisation_id == row.id)


@used_by(OrganisationCurrency, "assets")
def assets_in_use(row: OrganisationCurrency) -> Select[int]:
    """Select the clients' active assets, and those in which something is kept or expected."""
    unrolled = select(func.sum(Movement.amount_minor)).where(Movement.asset_id == Asset.id)
    return select(Asset.id).where(
        Asset.organisation_id == row.organisation_id,
        Asset.currency == row.code,
        or_(
            and_(Asset.is_limited, Asset.is_active),
            Asset.balance_minor + func.coalesce(unrolled.scalar_subquery(), 0) != 0,
            Asset.bonus_minor != 0,
            Asset.held_minor != 0,
            Asset.pending_in_minor != 0,
            Asset.pending_out_minor != 0,
        ),
    )


@used_by(OrganisationCurrency, "products")
def products_in_currency(row: OrganisationCurrency) -> Select[int]:
    """Select the products that are kept in the currency alone."""
    return select(Product.id).where(
        Product.organisation_id == row.organisation_id,
        Product.currency == row.code,
        Product.retired_at.is_(None),
    )
