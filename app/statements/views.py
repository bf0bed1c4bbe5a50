"""Pages of statements for staff: the list, the request, the progress and the file."""

import json
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.clients.models import Client
from app.controls.commands import door
from app.controls.permissions import find
from app.kernel.errors import Missing
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.statements.commands import MEDIA_TYPE, RequestStatement
from app.statements.forms import PeriodForm
from app.statements.models import Statement
from app.statements.queries import StatementPage, download, statement_page
from app.statements.receipts import receipt_pdf
from app.statements.resource import (
    PATH,
    STATE_NAMES,
    STATE_TONES,
    STATEMENTS,
    SUBJECT_NAMES,
    shown_period,
    shown_size,
)
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import as_id
from app.web.guard import permit
from app.web.pages import fact, form_view, show_detail
from app.web.resource import Resource, mount
from app.web.respond import render

blueprint = Blueprint("statements", __name__)
mount(Resource(STATEMENTS, Statement, "Statement", "statements"), blueprint)
_MODELS: dict[str, type[Any]] = {"client": Client, "account": Account, "asset": Asset}
_PLACE = "statement-progress"


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("statements.create")
def new() -> BaseResponse:
    """Ask for the period of a statement of the client, account or asset in the address."""
    subject, record = _subject()
    tenant = organisation()
    if tenant is None:
        raise Missing
    form = PeriodForm()
    form.offer_months(tenant.business_date)
    return form_view(
        form,
        command=lambda: RequestStatement(subject, record.id, *form.days(tenant.business_date)),
        title="New statement",
        submit_label="Make statement",
        to=PATH,
        done_title="Statement requested",
        done_text="You may leave the page; it is made meanwhile.",
        form_fields="statements/_period.html",
        summary=[fact(SUBJECT_NAMES[subject], cells.text(record.title()))],
        opened=lambda answer: f"{PATH}/{answer}",
    )


@blueprint.get(f"{PATH}/<int:statement_id>")
@permit("statements.view")
def show(statement_id: int) -> BaseResponse:
    """Show one statement; its progress alone when the page looks again."""
    page = statement_page(read_session(), actor(), statement_id)
    making = making_of(page, f"{PATH}/{statement_id}")
    if _PLACE in request.headers.get("HX-Target", ""):
        return _progress(making)
    return show_detail(_detail(page) | {"extra": "statements/_progress.html"}, making=making)


@blueprint.get(f"{PATH}/<int:statement_id>/download")
@permit("statements.view")
def file(statement_id: int) -> Response:
    """Send the file as it was printed, byte for byte."""
    return send_statement(statement_id)


def send_statement(statement_id: int) -> Response:
    """Send the statement's file as an attachment; 404 out of scope, 409 before it is made."""
    content, name = download(read_session(), actor(), statement_id)
    response = Response(content, mimetype=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.get("/admin/transactions/<int:transaction_id>/receipt")
@permit("transactions.view")
def receipt(transaction_id: int) -> Response:
    """Send the receipt of a movement."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    content = receipt_pdf(read_session(), one, printed_at=door.clock())
    response = Response(content, mimetype=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{one.reference}.pdf")
    return response


def making_of(page: StatementPage, path: str) -> dict[str, Any]:
    """Return what the progress shows; under way it says where to look again."""
    return {
        "state": page.state,
        "percent": page.progress_percent,
        "message": page.message,
        "is_ready": page.is_ready,
        "is_under_way": page.is_under_way,
        "poll_href": path,
        "download_href": f"{path}/download",
        "name": page.statement.file_name,
        "size": shown_size(page.statement.size_bytes),
    }


def _progress(making: dict[str, Any]) -> Response:
    """Answer a page that looks again; when the waiting is over, the rest of it is read anew."""
    response = render("statements/_progress.html", making=making)
    if not making["is_under_way"]:
        response.headers["HX-Trigger"] = json.dumps({"panel:done": {}})
    return response


def _detail(page: StatementPage) -> dict[str, Any]:
    statement = page.statement
    rows = [
        fact(SUBJECT_NAMES[statement.subject], cells.text(statement.subject_name)),
        fact("Period", cells.text(shown_period(statement))),
        fact("Requested by", cells.text(statement.requested_by_name)),
        fact("Requested", cells.instant(statement.created_at)),
    ]
    return {
        "title": "Statement",
        "subtitle": statement.subject_name,
        "ident": statement.reference,
        "badge": None
        if page.is_under_way
        else {"text": STATE_NAMES[page.state], "tone": STATE_TONES[page.state]},
        "back": {"label": "Statements", "href": PATH},
        "actions": [],
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": [],
        "version": statement.version,
    }


def _subject() -> tuple[str, Any]:
    """Find what the address names inside the actor's scope; anything else is a missing id."""
    subject, record_id = request.args.get("subject", ""), as_id(request.args.get("id"))
    if subject not in _MODELS or record_id is None:
        raise Missing
    return subject, find(read_session(), actor(), _MODELS[subject], record_id)
