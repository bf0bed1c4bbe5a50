"""Pages of transactions: information, history, description and status."""

from dataclasses import replace

from flask import Blueprint, Response, make_response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import find, holds
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.models import FINAL, Transaction
from app.organisation.models import OrganisationCurrency
from app.reference.models import TransactionStatus
from app.transactions.forms import DescriptionForm, FailureForm
from app.transactions.live import LIVE, live_href, live_rows, unchanged
from app.transactions.pages import (
    amount_of,
    currency_detail,
    timeline_of,
    transaction_detail,
)
from app.transactions.resource import TRANSACTIONS
from app.transactions.rows import history_action
from app.transactions.stages import gateway_part
from app.transactions.statuses import FINISHED, GONE, IN_APPROVAL, ChangeStatus, EditDescription
from app.transactions.words import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, refused, render, submit

blueprint = Blueprint("transactions", __name__)
_RELATED = "Related transactions"


@blueprint.get(PATH)
@permit("transactions.view")
def transactions_list() -> BaseResponse:
    """List the transactions, with the way to create one line by line (E41.01, E41.50).

    Those of an invoice are only read (W13.26).
    """
    if request.args.get("invoice"):
        return show_list(replace(TRANSACTIONS, title=_RELATED, actions=history_action))
    create = {"label": "Create Transaction", "href": f"{PATH}/new", "drawer": False}
    return show_list(TRANSACTIONS, create=create if holds(actor(), "transactions.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("transactions.view")
def transactions_csv() -> Response:
    """Send what the list shows as CSV."""
    return send_csv(TRANSACTIONS)


@blueprint.get(f"{PATH}/<int:transaction_id>")
@permit("transactions.view")
def show(transaction_id: int) -> Response:
    """Show one transaction; while it waits, its page looks for news by itself."""
    one = _found(transaction_id)
    detail = transaction_detail(read_session(), actor(), one)
    return show_detail(
        detail,
        detail_extra="transactions/_entries.html",
        entries=detail["entries"],
        entries_href=f"/admin/entries?transaction={one.reference}",
        gateway=gateway_part(read_session(), actor(), one),
        poll_href=None if one.is_final else f"{PATH}/{one.id}/news?version={one.version}",
    )


@blueprint.get(f"{PATH}/<int:transaction_id>/news")
@permit("transactions.view")
def news(transaction_id: int) -> Response:
    """Tell an open page whether it is still what is saved; if not, it reads itself again."""
    one = _found(transaction_id)
    href = f"{PATH}/{one.id}/news?version={one.version}"
    if request.args.get("version") == str(one.version):
        return render("transactions/_news.html", poll_href=href)
    response = make_response("")
    response.headers["HX-Trigger"] = '{"panel:refresh": {}}'
    return response


@blueprint.get(LIVE)
@permit("transactions.view")
def live() -> Response:
    """Tell an open list whether what waits on it still does; if not, it reads itself again."""
    seen = live_rows(request.args.get("at", ""))
    if seen and unchanged(read_session(), actor(), seen):
        return render("transactions/_news.html", poll_href=live_href(seen))
    response = make_response("")
    response.headers["HX-Trigger"] = '{"list:refresh": {}}'
    return response


@blueprint.get(f"{PATH}/<int:transaction_id>/history")
@permit("transactions.view")
def history(transaction_id: int) -> Response:
    """Show the history alone, oldest first (W09.54)."""
    one = _found(transaction_id)
    return render(
        "transactions/history.html",
        fragment="transactions/_history.html",
        transaction=one,
        timeline=timeline_of(read_session(), one),
        record_href=f"{PATH}/{one.id}",
    )


@blueprint.get(f"{PATH}/currencies/<code>")
@permit("transactions.view")
def currency(code: str) -> Response:
    """Show the currency of a transaction."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == actor().tenant_id,
        OrganisationCurrency.code == code,
    )
    found = read_session().scalars(query).one_or_none()
    if found is None:
        raise Missing
    return show_detail(currency_detail(found))


@blueprint.route(f"{PATH}/<int:transaction_id>/edit", methods=["GET", "POST"])
@permit("transactions.edit-description")
def edit(transaction_id: int) -> BaseResponse:
    """Change the description, and nothing else (W09.15, W09.16)."""
    one = _found(transaction_id)
    form = DescriptionForm(obj=one)
    if one.retired_at is not None and not form.is_posted:
        raise Conflict(GONE)
    return form_view(
        form,
        command=lambda: EditDescription(one.id, posted_version(), form.description.data or ""),
        title="Edit transaction",
        submit_label="Save",
        to=f"{PATH}/{one.id}",
        done_title="Description saved",
        record=one,
        summary=_summary(one),
    )


@blueprint.post(f"{PATH}/<int:transaction_id>/status")
@permit("transactions.change-status")
def change_status(transaction_id: int) -> BaseResponse:
    """Change a status in its badge; a final one is asked about on a page of its own."""
    one = _found(transaction_id)
    back = f"{PATH}/{one.id}"
    try:
        status = _status(one, as_id(request.form.get("value")) or 0)
        if status.processing in FINAL:
            raise Conflict(f"{status.name} is final: confirm it first")
        submit(ChangeStatus(one.id, status.id))
    except Refusal as refusal:
        return refused(refusal, back=back)
    return done("Status changed", f"{one.reference} is {status.name}.", to=back)


@blueprint.route(f"{PATH}/<int:transaction_id>/status/<int:status_id>", methods=["GET", "POST"])
@permit("transactions.change-status")
def confirm_status(transaction_id: int, status_id: int) -> BaseResponse:
    """Warn that history ends, then complete or cancel (W09.14)."""
    one = _found(transaction_id)
    status = _status(one, status_id)
    if one.is_final and request.method == "GET":
        raise Conflict(FINISHED.format(status=one.processing.lower()))
    if status.processing == "Completed" and not one.is_authorised and request.method == "GET":
        raise Conflict(IN_APPROVAL)
    if status.processing == "Failed":
        return _fail(one, status)
    money = "The money moves now." if status.processing == "Completed" else "Held funds are freed."
    return confirm_view(
        command=lambda: ChangeStatus(one.id, status.id, posted_version()),
        title=f"Change status to {status.name}",
        body=f"{money} After {status.name} the transaction's history ends: "
        "its status can never be changed again.",
        rows=_summary(one),
        verb=f"Change to {status.name}",
        to=f"{PATH}/{one.id}",
        done_title=f"Transaction {status.processing.lower()}",
        done_text=f"{one.reference} is {status.name}.",
        danger=status.processing != "Completed",
        version=one.version,
    )


def _fail(one: Transaction, status: TransactionStatus) -> BaseResponse:
    """Ask why it failed, and end it (L03.05, L05.08)."""
    form = FailureForm()
    return form_view(
        form,
        command=lambda: ChangeStatus(
            one.id,
            status.id,
            posted_version(),
            failure_code=form.failure_code.data or "",
            failure_reason=form.failure_reason.data or "",
        ),
        title=f"Change status to {status.name}",
        submit_label=f"Change to {status.name}",
        to=f"{PATH}/{one.id}",
        done_title="Transaction failed",
        record=one,
        summary=_summary(one),
        intro=f"Held funds are freed. After {status.name} the transaction's history ends: "
        "its status can never be changed again.",
        danger=True,
    )


def _found(transaction_id: int) -> Transaction:
    return find(read_session(), actor(), Transaction, transaction_id)


def _status(one: Transaction, status_id: int) -> TransactionStatus:
    query = select(TransactionStatus).where(
        TransactionStatus.organisation_id == actor().tenant_id,
        TransactionStatus.project_id == one.project_id,
        TransactionStatus.id == status_id,
    )
    found = read_session().scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def _summary(one: Transaction) -> list[dict[str, object]]:
    amount = amount_of(read_session(), one)
    return [fact("Reference", cells.ident(one.reference)), fact("Amount", amount)]


register(TRANSACTIONS)
