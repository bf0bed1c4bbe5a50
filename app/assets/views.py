"""Pages of assets: list, one asset, its newest transactions; adding, activating, deleting."""

from flask import Blueprint, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.assets.commands import DeleteAsset, SetAssetActive
from app.assets.forms import AssetForm, TermsForm
from app.assets.pages import asset_detail, recent_rows
from app.assets.queries import asset_row, is_touched
from app.assets.refreshing import asked_balance
from app.assets.resource import ASSETS, PATH, amount_cell
from app.banks.queries import bank_choices, default_bank_id
from app.controls.permissions import find, holds
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.organisation.models import OrganisationCurrency
from app.platforms.screens import platform_choices
from app.reference.models import ProjectCurrency
from app.trail.pages import show_history, show_logs
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.resource import Resource, mount
from app.web.respond import done, refused, render, submit

blueprint = Blueprint("holdings", __name__)
ACCOUNTS = "/admin/accounts"
_MOST_IN_TAB = 50


@blueprint.get(f"{PATH}/<int:asset_id>")
@permit("assets.view")
def show(asset_id: int) -> Response:
    """Show one asset with its balances."""
    row = asset_row(read_session(), actor(), asset_id)
    return show_detail(asset_detail(read_session(), actor(), row))


@blueprint.get(f"{PATH}/<int:asset_id>/transactions")
@permit("transactions.view")
def transactions(asset_id: int) -> Response:
    """Show the transactions of this asset alone (V03.07, L04.05)."""
    session, who = read_session(), actor()
    row = asset_row(session, who, asset_id)
    return show_detail(
        asset_detail(session, who, row, tab="/transactions"),
        detail_extra="assets/_transactions.html",
        holding=row,
        transactions=recent_rows(session, who, asset_id, most=_MOST_IN_TAB),
        is_touched=is_touched(session, asset_id),
    )


@blueprint.get(f"{PATH}/<int:asset_id>/history")
@permit("assets.view")
def history(asset_id: int) -> Response:
    """Show who changed what on this asset (V03.08)."""
    session, who = read_session(), actor()
    row = asset_row(session, who, asset_id)
    asset = find(session, who, Asset, asset_id)
    detail = asset_detail(session, who, row, tab="/history")
    return show_history(session, who, asset, detail, currency=row.currency)


@blueprint.get(f"{PATH}/<int:asset_id>/logs")
@permit("activity.view")
def logs(asset_id: int) -> Response:
    """Show what services did with this asset (V03.10)."""
    session, who = read_session(), actor()
    row = asset_row(session, who, asset_id)
    asset = find(session, who, Asset, asset_id)
    detail = asset_detail(session, who, row, tab="/logs")
    return show_logs(session, who, asset, detail, currency=row.currency)


@blueprint.route(f"{PATH}/<int:asset_id>/refresh", methods=["GET", "POST"])
@permit("assets.edit")
def refresh(asset_id: int) -> Response:
    """Ask for the balance afresh (W08.33, W08.44)."""
    session, who = read_session(), actor()
    row = asset_row(session, who, asset_id)
    asks = f"{row.platform} is asked" if row.platform_id else "The entries are added up anew"
    return confirm_view(
        command=lambda: asked_balance(who, asset_id),
        title="Refresh Balance",
        body=f"{asks}; the answer is written in the asset's log.",
        rows=[
            fact("Asset", cells.ident(row.uid)),
            fact("Available now", amount_cell(row, "available_minor")),
        ],
        verb="Refresh",
        to=f"{PATH}/{asset_id}",
        done_title="Balance refreshed",
        done_text=f"The balance of {row.uid} is fresh.",
    )


@blueprint.route(f"{PATH}/<int:asset_id>/edit", methods=["GET", "POST"])
@permit("assets.edit")
def edit(asset_id: int) -> Response:
    """Change IBAN, ids at outside services and platform."""
    asset = find(read_session(), actor(), Asset, asset_id)
    form = TermsForm(
        obj=asset, platform_id=str(asset.platform_id or ""), bank_id=str(asset.bank_id or "")
    )
    set_choices(form.bank_id, bank_choices(read_session(), actor()), empty="None")
    platforms = platform_choices(read_session(), actor(), asset.project_id)
    set_choices(form.platform_id, platforms, empty="None")
    if asset.kind != "fiat":
        del form.iban, form.address, form.bank_id
    return form_view(
        form,
        command=lambda: form.command(asset_id, posted_version()),
        title="Edit asset",
        submit_label="Save changes",
        to=f"{PATH}/{asset_id}",
        done_title="Asset saved",
        record=asset,
        summary=[fact("Asset", cells.ident(asset.uid))],
    )


@blueprint.get(f"{PATH}/<int:asset_id>/recent")
@permit("transactions.view")
def recent(asset_id: int) -> Response:
    """Show the newest transactions of an asset below its row (W08.09)."""
    row = asset_row(read_session(), actor(), asset_id)
    return render(
        "assets/recent.html",
        fragment="assets/_recent.html",
        holding=row,
        transactions=recent_rows(read_session(), actor(), asset_id),
        is_touched=is_touched(read_session(), asset_id),
    )


@blueprint.post(f"{PATH}/<int:asset_id>/status")
@permit("assets.change-status")
def change_status(asset_id: int) -> Response:
    """Activate or deactivate an asset by its switch."""
    asset = find(read_session(), actor(), Asset, asset_id)
    uid, wanted = asset.uid, request.form.get("value") == "on"
    try:
        submit(SetAssetActive(asset_id, is_active=wanted))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    done_to = "activated" if wanted else "deactivated"
    return done(f"Asset {done_to}", f"{uid} is {done_to}.", to=PATH)


@blueprint.route(f"{PATH}/<int:asset_id>/delete", methods=["GET", "POST"])
@permit("assets.delete")
def delete(asset_id: int) -> Response:
    """Delete an asset for good after a confirmation (W08.54-62)."""
    row = asset_row(read_session(), actor(), asset_id)
    return confirm_view(
        command=lambda: DeleteAsset(asset_id),
        title="Delete Asset",
        body="This action cannot be undone.",
        rows=[
            fact("Asset", cells.ident(row.uid)),
            fact("Owner", cells.text(row.owner or row.account_name)),
            fact("Available", amount_cell(row, "available_minor")),
        ],
        verb="Confirm",
        to=PATH,
        done_title="Asset deleted",
        done_text=f"{row.uid} is gone for good.",
        danger=True,
    )


@blueprint.route(f"{ACCOUNTS}/<int:account_id>/assets/new", methods=["GET", "POST"])
@permit("assets.create")
def add(account_id: int) -> Response:
    """Add a currency to an account (W07.22)."""
    account = find(read_session(), actor(), Account, account_id)
    usual = default_bank_id(read_session(), actor())
    form, offered = AssetForm(bank_id=str(usual or "")), _currencies_for(account)
    set_choices(form.bank_id, bank_choices(read_session(), actor()), empty="None")
    choices = [(one.code, f"{one.code} · {one.name} · {one.kind.title()}") for one in offered]
    set_choices(form.currency, choices, empty="Choose a currency")
    platforms = platform_choices(read_session(), actor(), account.project_id)
    set_choices(form.platform_id, platforms, empty="None")
    if not holds(actor(), "assets.deposit"):
        del form.balance
    exponents = {one.code: one.exponent for one in offered}
    may_look = holds(actor(), "accounts.view")
    return form_view(
        form,
        command=lambda: form.command(account_id, exponents),
        title="Add asset",
        submit_label="Save",
        to=f"{ACCOUNTS}/{account_id}",
        done_title="Asset added",
        done_text="It is inactive until it is activated in Assets.",
        summary=[fact("Account", cells.text(account.title()))],
        opened=lambda _asset_id: f"{ACCOUNTS}/{account_id}" if may_look else None,
    )


def _currencies_for(account: Account) -> list[OrganisationCurrency]:
    taken = select(Asset.currency).where(Asset.account_id == account.id)
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == account.organisation_id,
        OrganisationCurrency.code.not_in(taken),
        OrganisationCurrency.retired_at.is_(None),
    )
    if account.project_id is not None:
        dealt_in = select(ProjectCurrency.label).where(
            ProjectCurrency.organisation_id == account.organisation_id,
            ProjectCurrency.project_id == account.project_id,
        )
        query = query.where(OrganisationCurrency.code.in_(dealt_in))
    return list(read_session().scalars(query.order_by(OrganisationCurrency.code)))


mount(Resource(listing=ASSETS, model=Asset, singular="Asset", module="assets"), blueprint)
