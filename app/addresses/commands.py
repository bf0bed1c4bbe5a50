"""Addresses are added to a crypto asset, on the networks that its project configures."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.addresses.models import Address
from app.addresses.networks import address_key, checked_address
from app.controls.commands import STALE, handles
from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.controls.usage import used_by, user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.closed import demand_account_not_closed
from app.ledger.models import Asset
from app.reference.models import ProjectCurrency


@dataclass(frozen=True, slots=True)
class AddAddress:
    """Add an address of a network; the first of an asset is its default."""

    asset_id: int
    network: str
    address: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EditAddress:
    """Change the address; its network stays (W07.32-33)."""

    address_id: int
    version: int
    address: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class RemoveAddress:
    """Take an address off its asset for good."""

    address_id: int


@handles(AddAddress, permission="assets.edit")
def add_address(work: Work, command: AddAddress) -> int:
    """Add the address; returns its id.

    Refused (422): an asset that is no crypto asset, a network that Configurations does not name
    for its currency (W07.34), what cannot be an address of the network. Refused (409): an address
    that is kept already, an asset of a closed account.
    """
    asset = find(work.session, work.actor, Asset, command.asset_id)
    if asset.kind != "crypto":
        raise Refusal("Only an asset of a cryptocurrency has wallets")
    demand_account_not_closed(work, asset.account_id)
    network = command.network.strip()
    if network not in networks_of(work.session, asset):
        raise Refusal(
            f"The network {network} is not supported: Configurations does not name it "
            f"for {asset.currency}",
            field="network",
        )
    address = checked_address(network, command.address)
    _demand_free(work, network, address)
    is_first = not work.session.scalar(
        select(func.count()).where(
            Address.organisation_id == asset.organisation_id, Address.asset_id == asset.id
        )
    )
    if command.is_default:
        _clear_default(work, asset.id)
    made = Address(
        organisation_id=asset.organisation_id,
        asset_id=asset.id,
        network=network,
        address=address,
        is_default=command.is_default or is_first,
    )
    return work.add(made).id


@handles(EditAddress, permission="assets.edit")
def edit_address(work: Work, command: EditAddress) -> int:
    """Save the address; the mark of the default is moved, never only taken away."""
    kept = find_address(work.session, work.actor, command.address_id)
    if kept.version != command.version:
        raise Conflict(STALE)
    # What was kept before check digits were asked for may stay, not come anew.
    if command.address.strip() != kept.address:
        address = checked_address(kept.network, command.address)
        _demand_free(work, kept.network, address, but=kept.id)
        kept.address = address
    if command.is_default and not kept.is_default:
        _clear_default(work, kept.asset_id)
        kept.is_default = True
    return kept.id


@handles(RemoveAddress, permission="assets.edit")
def remove_address(work: Work, command: RemoveAddress) -> None:
    """Remove the address; refused (409) while something refers to it.

    Where it was the default, the oldest that is left takes its place.
    """
    address = find_address(work.session, work.actor, command.address_id)
    noun = user_of(work.session, address)
    if noun is not None:
        raise Conflict(f"Wallet cannot be removed: it has {noun}")
    work.session.delete(address)
    work.session.flush()  # one default at a time, also inside of the transaction
    left = addresses_of(work.session, address.asset_id)
    if address.is_default and left:
        left[0].is_default = True


@used_by(Asset, "wallet addresses")
def addresses_on_asset(row: Asset) -> Select[int]:
    """Select the addresses of an asset."""
    return select(Address.id).where(
        Address.organisation_id == row.organisation_id, Address.asset_id == row.id
    )


def find_address(session: Session, actor: Actor, address_id: int) -> Address:
    """Return an address of an asset in sight, or refuse with the 404 of a missing id."""
    query = (
        select(Address)
        .join(Asset, Asset.id == Address.asset_id)
        .where(*visible(actor, Asset), Address.id == address_id)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def addresses_of(session: Session, asset_id: int) -> list[Address]:
    """Return the addresses of an asset that the actor was let see, its default first."""
    query = select(Address).where(Address.asset_id == asset_id)
    return list(session.scalars(query.order_by(Address.is_default.desc(), Address.id)))


def networks_of(session: Session, asset: Asset) -> list[str]:
    """Return the networks that the asset's project configures for its currency (W03.17)."""
    query = select(ProjectCurrency.networks).where(
        ProjectCurrency.organisation_id == asset.organisation_id,
        ProjectCurrency.project_id == asset.project_id,
        ProjectCurrency.label == asset.currency,
    )
    return list(session.scalar(query) or ())


def _demand_free(work: Work, network: str, address: str, *, but: int = 0) -> None:
    """Refuse (409) an address that another row is, however either is written.

    The key of the table knows only what is written alike, so those who ask take turns.
    """
    work.take_turns()
    alike = select(Address.address).where(
        Address.organisation_id == work.actor.tenant_id,
        Address.network == network,
        func.lower(Address.address) == address.lower(),
        Address.id != but,
    )
    key = address_key(address)
    if any(address_key(one) == key for one in work.session.scalars(alike)):
        raise Conflict("This address belongs to an asset already", field="address")


def _clear_default(work: Work, asset_id: int) -> None:
    query = select(Address).where(
        Address.organisation_id == work.actor.tenant_id,
        Address.asset_id == asset_id,
        Address.is_default,
    )
    for one in work.session.scalars(query):
        one.is_default = False
    work.session.flush()  # one default at a time, also inside of the transaction
