"""Financial Config > Transaction Codes: list, one code, creating, editing and deleting it."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.controls.retiring import RetireRecord
from app.controls.review import STATUS_NAMES
from app.fees.codes import TRANSACTION_CODE, demand_unlocked
from app.fees.forms import CodeForm
from app.fees.models import SIDES, TransactionCode
from app.fees.resource import CODES, CODES_PATH, edit_action
from app.records.pages import KEPT, record_badge, with_danger
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail

blueprint = Blueprint("transaction_codes", __name__)
register(CODES)
_DRAFT = {"name": "draft", "value": "1", "label": "Save as Draft"}


@blueprint.get(CODES_PATH)
@permit("transaction-codes.view")
def index() -> Response:
    """List the codes."""
    may = holds(actor(), "transaction-codes.create")
    create = {"label": "Create transaction code", "href": f"{CODES_PATH}/new"} if may else None
    return show_list(CODES, create=create)


@blueprint.get(f"{CODES_PATH}.csv")
@permit("transaction-codes.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(CODES)


@blueprint.get(f"{CODES_PATH}/<int:code_id>")
@permit("transaction-codes.view")
def show(code_id: int) -> Response:
    """Show one code with its workflow and history."""
    row = find(read_session(), actor(), TransactionCode, code_id)
    return show_detail(_detail(read_session(), actor(), row))


@blueprint.route(f"{CODES_PATH}/new", methods=["GET", "POST"])
@permit("transaction-codes.create")
def new() -> Response:
    """Draft a code, and hand it in (E17.01)."""
    form, hand_in = CodeForm(), "draft" not in request.form
    return form_view(
        form,
        command=lambda: form.create(hand_in=hand_in),
        title="Create transaction code",
        submit_label="Submit for approval",
        secondary=_DRAFT,
        to=CODES_PATH,
        done_title="Transaction code created",
        told=_told,
        opened=lambda code_id: f"{CODES_PATH}/{code_id}",
    )


@blueprint.route(f"{CODES_PATH}/<int:code_id>/edit", methods=["GET", "POST"])
@permit("transaction-codes.edit")
def edit(code_id: int) -> Response:
    """Change a draft or rejected code (E17.04)."""
    row = find(read_session(), actor(), TransactionCode, code_id)
    form, hand_in = CodeForm(obj=row), "draft" not in request.form
    if not form.is_posted:
        demand_unlocked(row, TRANSACTION_CODE.name)
    return form_view(
        form,
        command=lambda: form.edit(code_id, posted_version(), hand_in=hand_in),
        title=f"Edit transaction code {row.code}",
        submit_label="Submit for approval",
        secondary=_DRAFT,
        to=f"{CODES_PATH}/{code_id}",
        done_title="Transaction code saved",
        record=row,
    )


@blueprint.route(f"{CODES_PATH}/<int:code_id>/delete", methods=["GET", "POST"])
@permit("transaction-codes.delete")
def delete(code_id: int) -> Response:
    """Delete a draft or rejected code after a confirmation (E40.22)."""
    row = find(read_session(), actor(), TransactionCode, code_id)
    return confirm_view(
        command=lambda: RetireRecord("transaction-code", code_id),
        title="Delete transaction code",
        body=KEPT,
        rows=[fact("Transaction code", cells.text(row.title()))],
        verb="Delete",
        to=CODES_PATH,
        done_title="Transaction code deleted successfully",
        danger=True,
    )


def _told(code_id: int) -> tuple[str, str]:
    row = read_session().get_one(TransactionCode, code_id)
    return "Transaction code created", f"{row.code} is {STATUS_NAMES[row.record_status]}."


def _detail(session: Session, who: Actor, row: TransactionCode) -> dict[str, Any]:
    facts = [
        fact("Code", cells.ident(row.code)),
        fact("Description", cells.text(row.description)),
        fact("Used for", cells.text(SIDES[row.side])),
        fact("Created", cells.instant(row.created_at)),
        fact("Version", cells.text(row.version)),
    ]
    page = {
        "title": row.code,
        "subtitle": "Transaction code",
        "ident": "",
        "badge": record_badge(row),
        "back": {"label": "Transaction Codes", "href": CODES_PATH},
        "actions": edit_action("transaction-codes", CODES_PATH, row, who),
        "cards": [{"title": "General", "rows": facts, "open": True}],
        "tabs": [],
        "workflow": workflow_panel(session, who, TRANSACTION_CODE, row),
        "timeline": review_timeline(session, TRANSACTION_CODE, row),
        "version": row.version,
    }
    return with_danger(page, session, who, record=row, path=CODES_PATH)
