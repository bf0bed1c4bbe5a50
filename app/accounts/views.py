"""Pages of accounts: list, one account, its assets; opening, editing, activating, deleting."""

from flask import Blueprint, Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.commands import DeleteAccount, SetAccountActive
from app.accounts.forms import AccountForm, StatusForm, edit_form, opening_form
from app.accounts.pages import account_detail, add_asset_href, asset_rows, holdings
from app.accounts.queries import (
    has_history,
    offered_branches,
    offered_currencies,
    offered_products,
    offered_types,
    type_in_sight,
)
from app.accounts.resource import ACCOUNTS, PATH
from app.accounts.statuses import SetAccountStatus, demand_changeable
from app.clients.models import Client
from app.clients.picking import offer_clients
from app.conditions.queries import offered_conditions
from app.controls.permissions import find, holds, visible
from app.controls.review import STATUS_NAMES
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.markup.qr import qr_picture
from app.records.judging import judged
from app.records.queries import code_choices
from app.reference.codes import AccountStatus
from app.reference.models import AccountType
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, refused, render, submit

blueprint = Blueprint("accounts", __name__)
register(ACCOUNTS)
_WITH_HISTORY = "This account has a financial history and cannot be deleted. "
KEEPS_HISTORY = (
    f"{_WITH_HISTORY}Deactivate it instead: nothing can be booked on it, and its history stays."
)
CLOSED_WITH_HISTORY = f"{_WITH_HISTORY}It is closed, and its history stays."


@blueprint.get(PATH)
@permit("accounts.view")
def index() -> BaseResponse:
    """List the accounts the person may see (W07.01)."""
    may = holds(actor(), "accounts.create")
    create = {"label": "Create Account", "href": f"{PATH}/new"} if may else None
    return show_list(ACCOUNTS, create=create)


@blueprint.get(f"{PATH}.csv")
@permit("accounts.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(ACCOUNTS)


@blueprint.get(f"{PATH}/<int:account_id>")
@permit("accounts.view")
def show(account_id: int) -> Response:
    """Show one account."""
    account = find(read_session(), actor(), Account, account_id)
    return show_detail(account_detail(read_session(), actor(), account))


@blueprint.get(f"{PATH}/<int:account_id>/qr.svg")
@permit("accounts.view")
def qr_code(account_id: int) -> Response:
    """Send the account's QR code as a picture."""
    account = find(read_session(), actor(), Account, account_id)
    return Response(qr_picture(account.qr_code), mimetype="image/svg+xml")


@blueprint.get(f"{PATH}/<int:account_id>/assets")
@permit("assets.view")
def assets(account_id: int) -> Response:
    """Show the assets of an account below its row (W07.19)."""
    account = find(read_session(), actor(), Account, account_id)
    return render(
        "accounts/assets.html",
        fragment="accounts/_assets.html",
        account=account,
        assets=asset_rows(read_session(), actor(), account_id),
        number=account.number,
        add_href=add_asset_href(actor(), account),
    )


@blueprint.get("/admin/clients/<int:client_id>/accounts")
@permit("accounts.view")
def of_client(client_id: int) -> Response:
    """Show what a customer holds: the part of their page that a teller looks for."""
    client = find(read_session(), actor(), Client, client_id)
    return render(
        "accounts/of_client.html",
        fragment="accounts/_of_client.html",
        client=client,
        accounts=holdings(read_session(), actor(), client),
        all_href=f"{PATH}?owner={client_id}",
    )


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("accounts.create")
def new() -> BaseResponse:
    """Open an account; `?client=` chooses its customer, and so what it may be of (E33.02)."""
    session, who = read_session(), actor()
    chosen = as_id(request.args.get("client"))
    products = offered_products(session, who, of_holders=chosen is not None)
    only = str(products[0][0]) if len(products) == 1 else ""
    kind = type_in_sight(session, who, as_id(request.form.get("account_type_id")))
    form = opening_form(
        kind.id if kind else None,
        kind.properties if kind else (),
        client_id=str(chosen) if chosen else "",
        product_id=only,
    )
    set_choices(form.product_id, products, empty="Choose a product")
    offer_clients(form.client_id, session, who, empty="None")
    _offer_types(form)
    set_choices(form.branch_id, offered_branches(session, who), empty="The customer's, or mine")
    set_choices(form.currency, offered_currencies(session, who), empty="Choose a currency")
    conditions = offered_conditions(session, who)
    set_choices(form.interest_condition_id, conditions, empty="That of the product")
    is_draft = "draft" in request.form
    return form_view(
        form,
        command=judged(form, lambda: form.command(hand_in=not is_draft)),
        title="Create Account",
        submit_label="Submit for approval",
        secondary={"name": "draft", "value": "1", "label": "Save as Draft"},
        to=PATH,
        done_title="Account created",
        told=_told,
        form_fields="accounts/_fields.html",
        opened=_page_of,
    )


@blueprint.get(f"{PATH}/types")
@permit("accounts.create")
def types() -> BaseResponse:
    """Offer the types of the chosen customer, and ask for the properties of the chosen one."""
    type_id = as_id(request.args.get("account_type_id"))
    kind = type_in_sight(read_session(), actor(), type_id)
    properties = kind.properties if kind else ()
    form = opening_form(kind.id if kind else None, properties, formdata=request.args)
    _offer_types(form)
    return render("accounts/_types.html", form=form)


@blueprint.route(f"{PATH}/<int:account_id>/edit", methods=["GET", "POST"])
@permit("accounts.edit")
def edit(account_id: int) -> BaseResponse:
    """Change type, external id and the properties of the type (W07.18)."""
    session, who = read_session(), actor()
    account = find(session, who, Account, account_id)
    kind = session.get(AccountType, account.account_type_id) if account.account_type_id else None
    properties = kind.properties if kind else []
    form = edit_form(
        properties,
        account_type_id=str(account.account_type_id or ""),
        external_id=account.external_id,
        typed=account.properties,
    )
    types = offered_types(session, who, account.project_id)
    set_choices(form.account_type_id, types, empty="Not set")
    names = [one["name"] for one in properties]
    if not form.is_posted:
        demand_changeable(account)
    return form_view(
        form,
        command=lambda: form.command(account, posted_version(), names),
        title="Edit Account",
        submit_label="Save changes",
        to=f"{PATH}/{account_id}",
        done_title="Account saved",
        record=account,
        summary=[
            fact("Account", cells.text(account.title())),
        ],
    )


@blueprint.post(f"{PATH}/<int:account_id>/status")
@permit("accounts.change-status")
def change_status(account_id: int) -> BaseResponse:
    """Activate or deactivate an account by its switch (W07.09)."""
    number = find(read_session(), actor(), Account, account_id).number
    wanted = request.form.get("value") == "on"
    try:
        submit(SetAccountActive(account_id, is_active=wanted))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    done_to = "activated" if wanted else "deactivated"
    return done(f"Account {done_to}", f"{number} is {done_to}.", to=PATH)


@blueprint.route(f"{PATH}/<int:account_id>/account-status", methods=["GET", "POST"])
@permit("accounts.change-status")
def choose_status(account_id: int) -> BaseResponse:
    """Give an account another status of the organisation's list (E21.06)."""
    session, who = read_session(), actor()
    account = find(session, who, Account, account_id)
    kept = account.account_status_id
    form = StatusForm(status_id=str(kept or ""))
    statuses = code_choices(session, who, AccountStatus, kept=kept)
    set_choices(form.status_id, statuses, empty="None: everything may be booked")
    return form_view(
        form,
        command=lambda: SetAccountStatus(account_id, as_id(form.status_id.data)),
        title="Account status",
        submit_label="Save changes",
        to=f"{PATH}/{account_id}",
        done_title="Account status changed",
        summary=[fact("Account", cells.text(account.title()))],
    )


@blueprint.route(f"{PATH}/<int:account_id>/deactivate", methods=["GET", "POST"])
@permit("accounts.change-status")
def deactivate(account_id: int) -> BaseResponse:
    """Deactivate an account after a confirmation: what is offered instead of deleting it."""
    account = find(read_session(), actor(), Account, account_id)
    return confirm_view(
        command=lambda: SetAccountActive(account_id, is_active=False),
        title="Deactivate Account",
        body="Nothing can be booked on it until it is activated again. Its history stays.",
        rows=[fact("Account", cells.text(account.title()))],
        verb="Deactivate",
        to=PATH,
        done_title="Account deactivated",
    )


@blueprint.route(f"{PATH}/<int:account_id>/delete", methods=["GET", "POST"])
@permit("accounts.delete")
def delete(account_id: int) -> BaseResponse:
    """Delete an account for good, or offer to deactivate one with history (W07.38-47)."""
    account = find(read_session(), actor(), Account, account_id)
    number, rows = account.number, [fact("Account", cells.text(account.title()))]
    kept = has_history(read_session(), account)
    if kept and account.is_active and holds(actor(), "accounts.change-status"):
        href = f"{PATH}/{account_id}/deactivate"
        rows.append(fact("Instead", cells.text("Deactivate Account", href=href, drawer=False)))
    return confirm_view(
        command=lambda: DeleteAccount(account_id),
        title="Delete Account",
        body="This action cannot be undone.",
        rows=rows,
        moved=_stays(account) if kept else "",
        verb="Confirm",
        to=PATH,
        done_title="Account deleted",
        done_text=f"{number} is gone for good.",
        danger=True,
    )


def _offer_types(form: AccountForm) -> None:
    """Offer the types of the customer's project; of every project where none is chosen."""
    session, who = read_session(), actor()
    query = select(Client.project_id).where(
        *visible(who, Client), Client.id == as_id(form.client_id.data)
    )
    offered = offered_types(session, who, session.scalar(query))
    set_choices(form.account_type_id, offered, empty="Not set")


def _stays(account: Account) -> str:
    """Say why an account with history is not deleted, and what can be done instead."""
    return CLOSED_WITH_HISTORY if account.is_closed else KEEPS_HISTORY


def _told(account_id: int) -> tuple[str, str]:
    """Say where the new account stands."""
    status = read_session().get_one(Account, account_id).record_status
    return "Account created", f"Its status is {STATUS_NAMES[status]}."


def _page_of(account_id: int) -> str | None:
    """Open the new account, unless it lies outside of its maker's own scope."""
    query = select(Account.id).where(*visible(actor(), Account), Account.id == account_id)
    seen = read_session().scalar(query) is not None
    return f"{PATH}/{account_id}" if seen else None
