"""Wallets of crypto assets: the tab of an asset, the list of all addresses, adding and editing."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Select, select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, SelectField, StringField

from app.addresses.commands import (
    AddAddress,
    EditAddress,
    RemoveAddress,
    addresses_of,
    find_address,
    networks_of,
)
from app.addresses.models import Address
from app.assets.pages import asset_detail
from app.assets.queries import asset_row
from app.assets.resource import PATH as ASSETS
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.ledger.models import Asset
from app.records.naming import named
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, chosen, required, set_choices, stripped
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.resource import Resource, mount
from app.web.respond import row_action

blueprint = Blueprint("addresses", __name__)
PATH = "/admin/addresses"
_METHODS = ["GET", "POST"]


class AddressForm(Form):
    """A network and an address; the network is chosen once (W07.33)."""

    network = SelectField("Network", chosen("Network"), validate_choice=False)
    address = StringField("Address", required("Address"))
    is_default = BooleanField("Default address of this asset")


@blueprint.get(f"{ASSETS}/<int:asset_id>/addresses")
@permit("assets.view")
def of_asset(asset_id: int) -> Response:
    """Show the wallets of an asset (W08.33)."""
    session, who = read_session(), actor()
    row = asset_row(session, who, asset_id)
    may = holds(who, "assets.edit")
    takes_more = row.kind == "crypto" and row.account_closed_on is None
    addresses = [
        {
            "network": one.network,
            "address": cells.ident(one.address),
            "is_default": one.is_default,
            "edit_href": f"{PATH}/{one.id}/edit" if may else None,
            "remove_href": f"{PATH}/{one.id}/delete" if may else None,
        }
        for one in addresses_of(session, asset_id)
    ]
    return show_detail(
        asset_detail(session, who, row, tab="/addresses"),
        detail_extra="addresses/_addresses.html",
        addresses=addresses,
        all_href=f"{PATH}?asset={asset_id}",
        add_href=f"{ASSETS}/{asset_id}/addresses/new" if may and takes_more else None,
    )


@blueprint.route(f"{ASSETS}/<int:asset_id>/addresses/new", methods=_METHODS)
@permit("assets.edit")
def add(asset_id: int) -> BaseResponse:
    """Add a network and an address to an asset (W07.29)."""
    asset, form = find(read_session(), actor(), Asset, asset_id), AddressForm()
    networks = [(one, one) for one in networks_of(read_session(), asset)]
    set_choices(form.network, networks, empty="Choose a network")
    return form_view(
        form,
        command=lambda: AddAddress(
            asset_id,
            stripped(form.network.data),
            stripped(form.address.data),
            is_default=form.is_default.data,
        ),
        title="Add wallet",
        submit_label="Save",
        to=f"{ASSETS}/{asset_id}/addresses",
        done_title="Wallet added",
        summary=[fact("Asset", cells.text(asset.title()))],
    )


@blueprint.route(f"{PATH}/<int:address_id>/edit", methods=_METHODS)
@permit("assets.edit")
def edit(address_id: int) -> BaseResponse:
    """Change the address; its network is told, not asked (W07.32-33)."""
    kept = find_address(read_session(), actor(), address_id)
    form = AddressForm(obj=kept)
    del form.network
    return form_view(
        form,
        command=lambda: EditAddress(
            kept.id,
            posted_version(),
            stripped(form.address.data),
            is_default=form.is_default.data,
        ),
        title="Edit wallet",
        submit_label="Save",
        to=f"{ASSETS}/{kept.asset_id}/addresses",
        done_title="Wallet saved",
        record=kept,
        summary=[fact("Network", cells.text(kept.network))],
    )


@blueprint.route(f"{PATH}/<int:address_id>/delete", methods=_METHODS)
@permit("assets.edit")
def remove(address_id: int) -> BaseResponse:
    """Take an address off its asset after a confirmation."""
    kept = find_address(read_session(), actor(), address_id)
    return confirm_view(
        command=lambda: RemoveAddress(kept.id),
        title="Remove wallet",
        body="Nothing is received on it any more. This action cannot be undone.",
        rows=[
            fact("Network", cells.text(kept.network)),
            fact("Address", cells.ident(kept.address)),
        ],
        verb="Remove",
        to=f"{ASSETS}/{kept.asset_id}/addresses",
        done_title="Wallet removed",
        danger=True,
    )


def _select(who: Actor) -> Select[Any]:
    return (
        select(
            Address.id,
            Address.network,
            Address.address,
            Address.is_default,
            Address.asset_id,
            Address.created_at,
            Asset.uid,
            Asset.currency,
            Asset.client_id,
            Client.name.label("owner"),
        )
        .join(Asset, Asset.id == Address.asset_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(*visible(who, Asset))
    )


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    if not holds(who, "assets.edit"):
        return []
    return [
        row_action("Edit", f"{PATH}/{row.id}/edit", "pencil", drawer=True),
        row_action("Remove", f"{PATH}/{row.id}/delete", "trash-2", dialog=True, danger=True),
    ]


ADDRESSES = Listing(
    name="addresses",
    title="Wallet addresses",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Address.id,
    columns=(
        Column("address", "Address", lambda row: cells.ident(row.address), priority=1,
               sort=Address.address),
        Column("network", "Network", lambda row: cells.text(row.network), priority=1,
               sort=Address.network),
        Column("asset", "Asset", lambda row: cells.text(
            f"{row.currency} · {row.uid}", href=f"{ASSETS}/{row.asset_id}/addresses")),
        Column("owner", "Owner", lambda row: cells.text(
            row.owner, href=f"/admin/clients/{row.client_id}" if row.client_id else None)),
        Column("default", "Default", lambda row: cells.flag(is_set=row.is_default), priority=3),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Address.id),
    ),
    filters=(
        Filter("asset", "Asset", "text", by_id(Address.asset_id), named("asset", Asset)),
        Filter("network", "Network", "text", contains(Address.network)),
    ),
    search=contains(Address.address),
    search_hint="Address",
    sort="-created",
    label=lambda row: row.address,
    actions=_actions,
    empty="Add a wallet on the page of a crypto asset.",
)  # fmt: skip
mount(Resource(ADDRESSES, Address, "Wallet", "assets"), blueprint)
