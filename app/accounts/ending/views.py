"""Closing an account, and reassigning it to another customer."""

from flask import Blueprint, request
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from app.accounts.ending.commands import CloseAccount, ReassignAccount
from app.accounts.resource import PATH
from app.clients.picking import client_field, offer_clients
from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.controls.permissions import find
from app.ledger.accounts import Account
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, as_id, chosen, optional
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view

blueprint = Blueprint("account_endings", __name__)
MOVED = (
    "The owner of an account never changes: this one is closed and keeps its history, and one "
    "like it is opened for the other customer. It must be empty."
)


class ReassignForm(Form):
    """To whom, and why."""

    client_id = client_field("Customer", chosen("Customer"))
    reason = TextAreaField("Reason", optional("Reason", LONGEST_REASON))


@blueprint.route(f"{PATH}/<int:account_id>/close", methods=["GET", "POST"])
@permit("accounts.change-status")
def close(account_id: int) -> Response:
    """Close an account for good, after a confirmation with its reason."""
    account = find(read_session(), actor(), Account, account_id)
    return confirm_view(
        command=lambda: CloseAccount(account_id, request.form.get("reason", "")),
        title="Close Account",
        body="Nothing can be booked on it any more, and it cannot be opened again.",
        rows=[fact("Account", cells.text(account.title()))],
        reason={"label": "Reason", "minimum": SHORTEST_REASON, "maximum": LONGEST_REASON},
        verb="Close Account",
        to=f"{PATH}/{account_id}",
        done_title="Account closed",
        danger=True,
    )


@blueprint.route(f"{PATH}/<int:account_id>/reassign", methods=["GET", "POST"])
@permit("accounts.change-status")
def reassign(account_id: int) -> Response:
    """Close an account and open one like it for another customer."""
    session, who, form = read_session(), actor(), ReassignForm()
    account = find(session, who, Account, account_id)
    offer_clients(form.client_id, session, who, empty="Choose a customer", but=account.client_id)
    return form_view(
        form,
        command=lambda: ReassignAccount(
            account_id, as_id(form.client_id.data) or 0, form.reason.data or ""
        ),
        title="Reassign Account",
        submit_label="Reassign",
        to=f"{PATH}/{account_id}",
        done_title="Account reassigned",
        opened=lambda new_id: f"{PATH}/{new_id}",
        intro=MOVED,
        summary=[fact("Account", cells.text(account.title()))],
    )
