"""Assets are added to accounts, activated and, when nothing happened on them, deleted."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.assets.banking import banked
from app.assets.leaving import release
from app.assets.openings import post_openings, record_opening
from app.assets.terms import linked_platform
from app.controls.commands import handles
from app.controls.numbering import take_ids
from app.controls.permissions import demand, find
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.codes import identity
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.ledger.closed import demand_account_not_closed, demand_not_closed
from app.ledger.locking import lock_assets
from app.ledger.models import Asset, Entry, Hold, Transaction
from app.organisation.models import OrganisationCurrency
from app.reference.models import ProjectCurrency

KEPT_BY_PLATFORM = "The platform keeps this asset's balance: leave Balance empty"
NOT_FOR_CRYPTO = "{field} is for fiat currencies; {currency} is a {kind} currency"


@dataclass(frozen=True, slots=True)
class AddAsset:
    """Add a currency to an account, inactive until it is activated (W07.28).

    An opening balance, in minor units, is a deposit against the branch's opening account. It is
    recorded at once, waits with the asset, and is posted when the asset is activated. An asset
    with a platform has none: its balance is the platform's (W06.13).
    """

    account_id: int
    currency: str
    opening_minor: int = 0
    address: str = ""
    bank_id: int | None = None
    platform_id: int | None = None
    external_id: str | None = None
    external_balance_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetAssetActive:
    """Activate or deactivate an asset."""

    asset_id: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class DeleteAsset:
    """Delete an asset that never had a transaction and holds nothing, for good."""

    asset_id: int


@handles(AddAsset, permission="assets.create")
def add_asset(work: Work, command: AddAsset) -> int:
    """Add an inactive asset of another currency; returns its id (W07.22-28).

    Refused (409): a closed account, a currency that the account has an asset in.
    An opening balance needs the permission to deposit as well, and the approval that a deposit
    of its amount needs.
    """
    account = find(work.session, work.actor, Account, command.account_id)
    demand_not_closed(work, account)
    if command.opening_minor:
        demand(work.actor, "assets.deposit")
        if command.platform_id is not None:
            raise Refusal(KEPT_BY_PLATFORM, field="balance")
    taken = select(func.count()).where(
        Asset.account_id == account.id, Asset.currency == command.currency
    )
    if work.session.scalar(taken):
        raise Conflict(f"This account has an asset in {command.currency} already", field="currency")
    asset = open_asset(work, account, currency=command.currency)
    _demand_fiat(asset, command)
    asset.bank_id, asset.address = banked(work, asset, command.bank_id, command.address)
    asset.platform_id = linked_platform(work, asset, command.platform_id)
    asset.external_id = command.external_id or None
    asset.external_balance_id = command.external_balance_id or None
    work.session.flush()  # the opening balance is reserved by a statement of its own
    if command.opening_minor:
        record_opening(work, asset, command.opening_minor)
    return asset.id


@handles(SetAssetActive, permission="assets.change-status")
def set_asset_active(work: Work, command: SetAssetActive) -> bool:
    """Set the flag under the posting's lock; an opening balance is posted then (W08.08, W08.10).

    Refused (409) where the opening balance cannot be posted: the account is not authorized yet.
    Refused (409) as well: to activate the asset of a closed account.
    """
    find(work.session, work.actor, Asset, command.asset_id)
    (asset,) = locked_assets(work, [command.asset_id])
    if command.is_active:
        demand_account_not_closed(work, asset.account_id)
    asset.is_active = command.is_active
    if command.is_active:
        work.session.flush()  # entries are refused while the flag is off
        post_openings(work, asset.id)
    return command.is_active


@handles(DeleteAsset, permission="assets.delete")
def delete_asset(work: Work, command: DeleteAsset) -> None:
    """Delete the asset; refused (409) with history, with balance or while used (W08.57-62)."""
    find(work.session, work.actor, Asset, command.asset_id)
    (asset,) = locked_assets(work, [command.asset_id])
    if has_transactions(work, asset.id):
        raise Conflict("Asset cannot be deleted: it has transactions")
    if has_balance(asset):
        raise Conflict("Asset cannot be deleted: non-zero balance")
    noun = user_of(work.session, asset)
    if noun is not None:
        raise Conflict(f"Asset cannot be deleted: it has {noun}")
    release(work, asset)
    work.session.delete(asset)


def open_asset(work: Work, account: Account, *, currency: str) -> Asset:
    """Open an inactive asset; refuses (422) a currency that organisation or project lack."""
    known = work.session.scalars(
        select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == account.organisation_id,
            OrganisationCurrency.code == currency,
            OrganisationCurrency.retired_at.is_(None),
        )
    ).one_or_none()
    if known is None:
        raise Refusal("Choose a currency of this organisation", field="currency")
    _demand_project_currency(work, account, currency)
    (asset_id,) = take_ids(work, "asset", 1)
    return work.add(
        Asset(
            organisation_id=account.organisation_id,
            **identity("cbas", asset_id),
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


def locked_assets(work: Work, asset_ids: list[int]) -> list[Asset]:
    """Return the assets as records, locked as postings lock them."""
    lock_assets(work, asset_ids)
    query = select(Asset).where(Asset.id.in_(asset_ids)).order_by(Asset.id)
    return list(work.session.scalars(query, execution_options={"populate_existing": True}))


def has_transactions(work: Work, asset_id: int) -> bool:
    """Tell whether anything was ever recorded on the asset, posted or waiting."""
    queries = (
        select(Entry.id).where(Entry.asset_id == asset_id),
        select(Hold.id).where(Hold.asset_id == asset_id),
        select(Transaction.id).where(
            or_(Transaction.asset_id == asset_id, Transaction.counter_asset_id == asset_id)
        ),
    )
    return any(work.session.execute(query.limit(1)).first() for query in queries)


def has_balance(asset: Asset) -> bool:
    """Tell whether Available, Bonus or On hold is not 0."""
    return any((asset.balance_minor, asset.bonus_minor, asset.held_minor))


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


def _demand_fiat(asset: Asset, command: AddAsset) -> None:
    if asset.kind == "fiat":
        return
    for field in ("address", "external_id"):
        if getattr(command, field):
            name = {"external_id": "External ID"}.get(field, field.title())
            sentence = NOT_FOR_CRYPTO.format(field=name, currency=asset.currency, kind=asset.kind)
            raise Refusal(sentence, field=field)
