"""Accounts are opened, edited, activated and, when nothing happened, deleted."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from app.accounts.belongings import belongings_of
from app.accounts.statuses import demand_changeable, first_status
from app.accounts.terms import Terms, checked_terms
from app.assets.commands import has_balance, has_transactions, locked_assets, open_asset
from app.assets.conditions import open_conditioned_assets
from app.assets.leaving import release
from app.clients.models import Client
from app.conditions.commands import follow, unfollow
from app.controls.commands import STALE, handles
from app.controls.drafts import drafted
from app.controls.numbering import take, take_ids
from app.controls.permissions import find
from app.controls.retiring import usable
from app.controls.review import ReviewKind, review, step
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.codes import identity
from app.kernel.errors import Conflict, Refusal, all_of
from app.ledger.accounts import Account, Product
from app.ledger.closed import demand_not_closed
from app.ledger.models import Asset
from app.organisation.models import Branch
from app.reference.models import AccountType

CONTRACT_HOLDER = "Customer ID is required for contract products"
NO_CONTRACT = "Customer and agent accounts need a contract product"
BOTH_HOLDERS = "You cannot set both customer and agent"
ELSEWHERE = "This product is not kept at this branch"


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Open an account of a client, an agent or the house, with its first asset."""

    product_id: int
    currency: str
    client_id: int | None = None
    is_agent: bool = False
    account_type_id: int | None = None
    branch_id: int | None = None
    external_id: str | None = None
    start_on: date | None = None
    end_on: date | None = None
    terms: Terms = field(default_factory=Terms)
    properties: dict[str, str] = field(default_factory=dict)
    interest_condition_id: int | None = None
    submit: bool = True


@dataclass(frozen=True, slots=True)
class EditAccount:
    """Change an account's type and external id, and nothing else (W07.18)."""

    account_id: int
    version: int
    account_type_id: int | None
    external_id: str | None
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetAccountActive:
    """Activate or deactivate an account."""

    account_id: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Delete an account that has no history and no balance, for good."""

    account_id: int


class _Opening(NamedTuple):
    product: Product
    client: Client | None
    account_type: AccountType | None
    branch_id: int


def _account_authorised(work: Work, account: Account) -> None:
    """Let the first asset be used once the account is approved."""
    query = select(Asset).where(
        Asset.organisation_id == account.organisation_id,
        Asset.account_id == account.id,
        Asset.currency == account.currency,
    )
    for asset in work.session.scalars(query):
        asset.is_active = True


ACCOUNT = review(
    ReviewKind(
        key="account",
        model=Account,
        name="Account",
        module="accounts",
        path="/admin/accounts",
        authorised=_account_authorised,
    )
)


@handles(OpenAccount, permission="accounts.create")
def open_account(work: Work, command: OpenAccount) -> int:
    """Open the account and submit it; refuses what E33.03-19 name. Returns the id."""
    (product, client, account_type, branch_id), terms = _judged(work, command)
    account = work.add(
        Account(
            **_identity(work),
            **terms,
            name=_name(product, client, account_type, command.currency),
            holder="client" if client else ("agent" if command.is_agent else "internal"),
            product_id=product.id,
            client_id=client.id if client else None,
            account_type_id=account_type.id if account_type else None,
            account_status_id=first_status(work) if product.is_contract else None,
            project_id=client.project_id if client else None,
            branch_id=branch_id,
            currency=command.currency,
            external_id=command.external_id or None,
            start_on=command.start_on,
            end_on=command.end_on,
            properties=command.properties,
            maker_id=work.actor.user_id,
        )
    )
    open_asset(work, account, currency=command.currency)
    open_conditioned_assets(work, account)
    follow(work, account, command.interest_condition_id)
    return drafted(work, ACCOUNT, account, "created", hand_in=command.submit)


@handles(EditAccount, permission="accounts.edit")
def edit_account(work: Work, command: EditAccount) -> int:
    """Change type, external id and properties; the owner never changes (W07.06).

    Refused (409): one that is closed, waits for approval or was denied (E42.04). The computed name
    follows the type. Who edits before the last approval counts as an editor.
    """
    account = find(work.session, work.actor, Account, command.account_id)
    demand_not_closed(work, account)
    demand_changeable(account)
    # As it is under the lock: of many who save at once, the first has changed it.
    if account.version != command.version:
        raise Conflict(STALE)
    client = work.session.get(Client, account.client_id) if account.client_id else None
    product = work.session.get_one(Product, account.product_id)
    account_type = _account_type(work, command.account_type_id, client)
    account.account_type_id = account_type.id if account_type else None
    account.external_id = command.external_id or None
    account.properties = command.properties
    if account.purpose is None:
        account.name = _name(product, client, account_type, account.currency)
    if not account.is_authorised:
        step(work, ACCOUNT, account, "edited")
    return account.id


@handles(SetAccountActive, permission="accounts.change-status")
def set_account_active(work: Work, command: SetAccountActive) -> bool:
    """Set the flag under the locks that postings take, so that none slips through."""
    account = find(work.session, work.actor, Account, command.account_id)
    demand_not_closed(work, account)
    _lock_all(work, account)
    account.is_active = command.is_active
    return account.is_active


@handles(DeleteAccount, permission="accounts.delete")
def delete_account(work: Work, command: DeleteAccount) -> None:
    """Delete the account and its empty assets; refused (409) where money was (W07.40-46)."""
    account = find(work.session, work.actor, Account, command.account_id)
    assets = _lock_all(work, account)
    if any(has_transactions(work, asset.id) for asset in assets):
        raise Conflict("Account cannot be deleted: it contains assets with transactions")
    if any(has_balance(asset) for asset in assets):
        raise Conflict("Account cannot be deleted: it contains assets with balance")
    noun = user_of(work.session, account)
    if noun is not None:
        raise Conflict(f"Account cannot be deleted: it has {noun}")
    for asset in assets:
        noun = user_of(work.session, asset)
        if noun is not None:
            raise Conflict(f"Account cannot be deleted: its {asset.currency} asset has {noun}")
        release(work, asset)
    unfollow(work, account)
    for record in (*assets, *belongings_of(work.session, account)):
        work.session.delete(record)
    work.session.flush()  # what refers to the account goes before it
    work.session.delete(account)


def _identity(work: Work) -> dict[str, object]:
    (number,) = take(work, "ACCOUNT")
    (account_id,) = take_ids(work, "account", 1)
    return {
        **identity("cbac", account_id),
        "organisation_id": work.actor.tenant_id,
        "number": number,
        "qr_code": f"QR-ACC-{number}",
    }


def _name(
    product: Product, client: Client | None, account_type: AccountType | None, currency: str
) -> str:
    """Return "{Customer Name} {Account Type} {Currency}" (E33.12-13)."""
    holder = client.name if client else product.name
    parts = [holder, account_type.name if account_type else product.name, currency]
    return " ".join(parts if parts[0] != parts[1] else parts[1:])


def _judged(work: Work, command: OpenAccount) -> tuple[_Opening, dict[str, Any]]:
    """Return what the account is of, and its terms; refused with all that is wrong."""

    def opening() -> _Opening:
        product = find(work.session, work.actor, Product, command.product_id)
        holder, _ = all_of(lambda: of_holder(product), lambda: _demand_currency(command, product))
        return _Opening(product, *holder)

    def of_holder(product: Product) -> tuple[Client | None, AccountType | None, int]:
        client = _holder(work, command, product)
        account_type, branch_id = all_of(
            lambda: _account_type(work, command.account_type_id, client),
            lambda: _branch_id(work, command, product, client),
        )
        return client, account_type, branch_id

    found, terms, _ = all_of(
        opening, lambda: checked_terms(command.terms), lambda: _demand_days(command)
    )
    return found, terms


def _demand_currency(command: OpenAccount, product: Product) -> None:
    if product.currency and product.currency != command.currency:
        raise Refusal("Account currency must match the product's currency", field="currency")


def _demand_days(command: OpenAccount) -> None:
    if command.start_on and command.end_on and command.end_on <= command.start_on:
        raise Refusal("End date must be after start date", field="end_on")


def _holder(work: Work, command: OpenAccount, product: Product) -> Client | None:
    if not product.is_authorised:
        raise Refusal("Product is not authorized", field="product_id")
    if command.client_id is not None and command.is_agent:
        raise Refusal(BOTH_HOLDERS, field="is_agent")
    if product.is_contract and command.client_id is None and not command.is_agent:
        raise Refusal(CONTRACT_HOLDER, field="client_id")
    if not product.is_contract and (command.client_id is not None or command.is_agent):
        raise Refusal(NO_CONTRACT, field="product_id")
    if command.client_id is None:
        return None
    client = find(work.session, work.actor, Client, command.client_id)
    if not client.is_authorised:
        raise Refusal("Customer is not authorized", field="client_id")
    return client


def _account_type(work: Work, type_id: int | None, client: Client | None) -> AccountType | None:
    if type_id is None:
        return None
    account_type = find(work.session, work.actor, AccountType, type_id)
    if client is not None and account_type.project_id != client.project_id:
        raise Refusal("Choose a type of the customer's project", field="account_type_id")
    return account_type


def _branch_id(work: Work, command: OpenAccount, product: Product, client: Client | None) -> int:
    wanted = command.branch_id or (client.branch_id if client else work.actor.branch_id)
    if wanted is None:
        query = select(Branch.id).where(
            Branch.organisation_id == work.actor.tenant_id, Branch.parent_id.is_(None)
        )
        wanted = work.session.scalars(query).one()
    branch = usable(work, Branch, wanted, field="branch_id")
    if product.branch_ids and branch.id not in product.branch_ids:
        raise Refusal(ELSEWHERE, field="branch_id")
    return branch.id


def _lock_all(work: Work, account: Account) -> list[Asset]:
    ids = work.session.scalars(select(Asset.id).where(Asset.account_id == account.id))
    return locked_assets(work, list(ids))
