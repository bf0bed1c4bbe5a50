"""Accounts and assets are opened, edited, activated and, when nothing happened, deleted."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, or_, select

from app.clients.models import Client
from app.controls.approvals import submit
from app.controls.commands import STALE, handles
from app.controls.numbering import take, take_ids
from app.controls.permissions import find
from app.controls.review import ReviewKind, review, step
from app.controls.work import Work
from app.kernel.codes import uid
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account, Product
from app.ledger.locking import lock_assets
from app.ledger.models import Asset, Entry, Hold, Transaction
from app.ledger.opening import new_public_id
from app.organisation.models import Branch, OrganisationCurrency
from app.reference.models import AccountType, ProjectCurrency

CONTRACT_HOLDER = "Customer ID is required for contract products"


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
    properties: dict[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class AddAsset:
    """Add a currency to an account. It starts inactive (W07.28) unless it is the first."""

    account_id: int
    currency: str
    opening_minor: int = 0
    address: str = ""
    bank: str = ""
    platform: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetAssetActive:
    """Activate or deactivate an asset."""

    asset_id: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class DeleteAsset:
    """Delete an asset that never had a transaction and holds nothing, for good."""

    asset_id: int


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
    product = find(work.session, work.actor, Product, command.product_id)
    client = _holder(work, command, product)
    if product.currency and product.currency != command.currency:
        raise Refusal("Account currency must match the product's currency", field="currency")
    if command.start_on and command.end_on and command.end_on <= command.start_on:
        raise Refusal("End date must be after start date", field="end_on")
    account_type = _account_type(work, command.account_type_id, client)
    (number,) = take(work, "ACCOUNT")
    (account_id,) = take_ids(work.session, "account", 1)
    type_name = account_type.name if account_type else product.name
    holder_name = client.name if client else product.name
    account = work.add(
        Account(
            id=account_id,
            organisation_id=work.actor.tenant_id,
            public_id=new_public_id(),
            uid=uid("cbac", account_id),
            number=number,
            name=f"{holder_name} {type_name} {command.currency}",
            qr_code=f"QR-ACC-{number}",
            holder="client" if client else ("agent" if command.is_agent else "internal"),
            product_id=product.id,
            client_id=client.id if client else None,
            account_type_id=account_type.id if account_type else None,
            project_id=client.project_id if client else None,
            branch_id=_branch_id(work, command, client),
            currency=command.currency,
            external_id=command.external_id or None,
            start_on=command.start_on,
            end_on=command.end_on,
            properties=command.properties,
            maker_id=work.actor.user_id,
        )
    )
    _open_asset(work, account, currency=command.currency)
    step(work, ACCOUNT, account, "created")
    if command.submit:
        submit(work, ACCOUNT, account)
    return account.id


@handles(EditAccount, permission="accounts.edit")
def edit_account(work: Work, command: EditAccount) -> int:
    """Change type, external id and properties; the owner never changes (W07.06)."""
    account = find(work.session, work.actor, Account, command.account_id)
    if account.version != command.version:
        raise Conflict(STALE)
    client = work.session.get(Client, account.client_id) if account.client_id else None
    account_type = _account_type(work, command.account_type_id, client)
    account.account_type_id = account_type.id if account_type else None
    account.external_id = command.external_id or None
    account.properties = command.properties
    return account.id


@handles(SetAccountActive, permission="accounts.change-status")
def set_account_active(work: Work, command: SetAccountActive) -> bool:
    """Set the flag under the locks that postings take, so that none slips through."""
    account = find(work.session, work.actor, Account, command.account_id)
    _lock_all(work, account)
    account.is_active = command.is_active
    return account.is_active


@handles(DeleteAccount, permission="accounts.delete")
def delete_account(work: Work, command: DeleteAccount) -> None:
    """Delete the account and its empty assets; refused (409) where money was (W07.40-46)."""
    account = find(work.session, work.actor, Account, command.account_id)
    assets = _lock_all(work, account)
    if any(_has_transactions(work, asset.id) for asset in assets):
        raise Conflict("Account cannot be deleted: it contains assets with transactions")
    if any(_has_balance(asset) for asset in assets):
        raise Conflict("Account cannot be deleted: it contains assets with balance")
    for asset in assets:
        work.session.delete(asset)
    work.session.flush()  # the assets go before the account they refer to
    work.session.delete(account)


@handles(AddAsset, permission="assets.create")
def add_asset(work: Work, command: AddAsset) -> int:
    """Add an inactive asset of another currency; returns its id (W07.22-28)."""
    account = find(work.session, work.actor, Account, command.account_id)
    if command.opening_minor:
        raise Refusal("The opening balance is taken as a deposit", field="balance")
    taken = select(func.count()).where(
        Asset.account_id == account.id, Asset.currency == command.currency
    )
    if work.session.scalar(taken):
        raise Conflict(f"This account has an asset in {command.currency} already")
    asset = _open_asset(work, account, currency=command.currency)
    asset.address = command.address
    asset.bank = command.bank
    asset.platform = command.platform
    asset.external_id = command.external_id or None
    return asset.id


@handles(SetAssetActive, permission="assets.change-status")
def set_asset_active(work: Work, command: SetAssetActive) -> bool:
    """Set the flag under the posting's lock (W08.08, W08.10)."""
    find(work.session, work.actor, Asset, command.asset_id)
    asset = _locked(work, [command.asset_id])[0]
    asset.is_active = command.is_active
    return asset.is_active


@handles(DeleteAsset, permission="assets.delete")
def delete_asset(work: Work, command: DeleteAsset) -> None:
    """Delete the asset; refused (409) with history or balance (W08.57-62)."""
    find(work.session, work.actor, Asset, command.asset_id)
    asset = _locked(work, [command.asset_id])[0]
    if _has_transactions(work, asset.id):
        raise Conflict("Asset cannot be deleted: it has transactions")
    if _has_balance(asset):
        raise Conflict("Asset cannot be deleted: non-zero balance")
    work.session.delete(asset)


def _holder(work: Work, command: OpenAccount, product: Product) -> Client | None:
    if not product.is_authorised:
        raise Refusal("Product is not authorized", field="product_id")
    if command.client_id is not None and command.is_agent:
        raise Refusal("An account cannot set both customer and agent", field="is_agent")
    if product.is_contract and command.client_id is None and not command.is_agent:
        raise Refusal(CONTRACT_HOLDER, field="client_id")
    if not product.is_contract and (command.client_id is not None or command.is_agent):
        raise Refusal("Customer and agent accounts need a contract product", field="product_id")
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
        raise Refusal("Choose a type of the client's project", field="account_type_id")
    return account_type


def _branch_id(work: Work, command: OpenAccount, client: Client | None) -> int:
    wanted = command.branch_id or (client.branch_id if client else work.actor.branch_id)
    if wanted is None:
        query = select(Branch.id).where(
            Branch.organisation_id == work.actor.tenant_id, Branch.is_head_office
        )
        return work.session.scalars(query).one()
    return find(work.session, work.actor, Branch, wanted).id


def _open_asset(work: Work, account: Account, *, currency: str) -> Asset:
    known = work.session.scalars(
        select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == account.organisation_id,
            OrganisationCurrency.code == currency,
        )
    ).one_or_none()
    if known is None:
        raise Refusal("Choose a currency of this organisation", field="currency")
    _demand_project_currency(work, account, currency)
    (asset_id,) = take_ids(work.session, "asset", 1)
    return work.add(
        Asset(
            id=asset_id,
            organisation_id=account.organisation_id,
            public_id=new_public_id(),
            uid=uid("cbas", asset_id),
            account_id=account.id,
            client_id=account.client_id,
            project_id=account.project_id,
            branch_id=account.branch_id,
            currency=currency,
            exponent=known.exponent,
            kind=known.kind,
            is_limited=account.holder != "internal",
        )
    )


def _demand_project_currency(work: Work, account: Account, currency: str) -> None:
    if account.project_id is None:
        return
    query = select(func.count()).where(
        ProjectCurrency.organisation_id == account.organisation_id,
        ProjectCurrency.project_id == account.project_id,
        ProjectCurrency.label == currency,
    )
    if not work.session.scalar(query):
        raise Refusal(f"{currency} is not a currency of this project", field="currency")


def _lock_all(work: Work, account: Account) -> list[Asset]:
    ids = list(work.session.scalars(select(Asset.id).where(Asset.account_id == account.id)))
    return _locked(work, ids)


def _locked(work: Work, asset_ids: list[int]) -> list[Asset]:
    lock_assets(work, asset_ids)
    query = select(Asset).where(Asset.id.in_(asset_ids)).order_by(Asset.id)
    return list(work.session.scalars(query, execution_options={"populate_existing": True}))


def _has_transactions(work: Work, asset_id: int) -> bool:
    queries = (
        select(Entry.id).where(Entry.asset_id == asset_id),
        select(Hold.id).where(Hold.asset_id == asset_id),
        select(Transaction.id).where(
            or_(Transaction.asset_id == asset_id, Transaction.counter_asset_id == asset_id)
        ),
    )
    return any(work.session.execute(query.limit(1)).first() for query in queries)


def _has_balance(asset: Asset) -> bool:
    return any((asset.balance_minor, asset.bonus_minor, asset.held_minor))
