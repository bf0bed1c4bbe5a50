"""What may change of an asset by hand: its IBAN, its ids at outside services, its platform."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.assets.banking import banked, demand_iban_of
from app.assets.numbers import checked_iban
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import FINAL, Asset, Transaction
from app.platforms.models import Platform, PlatformOrder


@dataclass(frozen=True, slots=True)
class EditAsset:
    """Save what describes an asset to the outside; amounts and currency never change by hand."""

    asset_id: int
    version: int
    iban: str = ""
    address: str = ""
    bank_id: int | None = None
    external_id: str | None = None
    external_balance_id: str | None = None
    platform_id: int | None = None


@handles(EditAsset, permission="assets.edit")
def edit_asset(work: Work, command: EditAsset) -> int:
    """Save it; refused (422) an IBAN that is none, (409) one that another asset has (W01.05).

    Refused (409) as well: another platform or Entity balance id while orders are carried out.
    """
    asset = find(work.session, work.actor, Asset, command.asset_id)
    if asset.version != command.version:
        raise Conflict(STALE)
    asset.iban = _iban(work, asset, command.iban.strip())
    demand_iban_of(work, command.bank_id, asset.iban or "", field="iban")
    asset.external_id = command.external_id or None
    there = (asset.platform_id, asset.external_balance_id)
    asset.external_balance_id = command.external_balance_id or None
    if asset.kind == "fiat":
        asset.bank_id, asset.address = banked(work, asset, command.bank_id, command.address)
    asset.platform_id = linked_platform(work, asset, command.platform_id)
    if (asset.platform_id, asset.external_balance_id) != there:
        _demand_no_orders(work, asset)
        asset.platform_minor = asset.platform_read_at = None
    return asset.id


def linked_platform(work: Work, asset: Asset, platform_id: int | None) -> int | None:
    """Return the platform's id; refused (422) where it is not one of the asset's project in use.

    It stays in use until the command ends.
    """
    if platform_id is None or platform_id == asset.platform_id:
        return platform_id
    query = select(Platform.id).where(
        Platform.organisation_id == work.actor.tenant_id,
        Platform.project_id == asset.project_id,
        Platform.id == platform_id,
    )
    if work.session.scalar(query) is None:
        raise Refusal("Choose a platform from the list", field="platform_id")
    return referred(work, Platform, platform_id, field="platform_id")


def _demand_no_orders(work: Work, asset: Asset) -> None:
    """Refuse (409) another platform or balance while orders are carried out under this one."""
    orders = (
        select(PlatformOrder.id)
        .join(Transaction, Transaction.id == PlatformOrder.transaction_id)
        .where(
            PlatformOrder.organisation_id == asset.organisation_id,
            Transaction.asset_id == asset.id,
            Transaction.processing.not_in(FINAL),
            Transaction.retired_at.is_(None),
        )
    )
    if work.session.scalar(orders.limit(1)) is not None:
        raise Conflict("The platform still carries out transactions of this asset")


@used_by(Platform, "assets")
def assets_on_platform(row: Platform) -> Select[int]:
    """Select the assets that are linked to a platform (W06.06)."""
    return select(Asset.id).where(
        Asset.organisation_id == row.organisation_id, Asset.platform_id == row.id
    )


def _iban(work: Work, asset: Asset, typed: str) -> str | None:
    if not typed:
        return None
    if asset.kind != "fiat":
        raise Refusal("An IBAN is for fiat currencies", field="iban")
    iban = checked_iban(typed)
    taken = select(func.count()).where(
        Asset.organisation_id == asset.organisation_id, Asset.iban == iban, Asset.id != asset.id
    )
    if work.session.scalar(taken):
        raise Conflict("Another asset has this IBAN", field="iban")
    return iban
