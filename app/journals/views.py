"""Pages of journals: typed line by line, corrected, and the account picker beside them."""

from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import find
from app.controls.review import demand_editable
from app.journals.commands import NOT_A_JOURNAL, EditJournal, RecordJournal
from app.journals.editor import (
    Editor,
    business_date,
    edit_sheet,
    show_accounts,
    typed_sheet,
)
from app.journals.forms import JournalForm, LinesForm
from app.journals.keeping import reopened
from app.journals.lines import JournalLine
from app.kernel.errors import Conflict, Forbidden
from app.ledger.models import Transaction
from app.organisation.models import Branch
from app.organisation.queries import branch_choices
from app.transactions.amendments import NOT_THE_MAKER
from app.transactions.review import TRANSACTION, demand_open
from app.transactions.words import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import fact, posted_version

blueprint = Blueprint("journals", __name__)
_METHODS = ["GET", "POST"]
_HEAD = ("posting_date", "value_date", "branch_id")
_BACK = "Transactions"


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("transactions.create")
def new() -> BaseResponse:
    """Create a transaction with its lines (E41.02)."""
    form = JournalForm()
    today = business_date()
    branches = branch_choices(read_session(), actor())
    set_choices(form.branch_id, branches, empty="Choose a branch")
    if not form.is_posted:
        form.posting_date.data = form.value_date.data = today
        form.branch_id.data = str(actor().branch_id or "")

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> RecordJournal:
        return RecordJournal(
            form.posting_date.data,
            form.value_date.data,
            as_id(form.branch_id.data),
            lines,
            narrative=form.narrative.data or "",
            submit=hand_in,
        )

    return edit_sheet(
        Editor(
            form=form,
            head=_HEAD,
            sheet=typed_sheet(),
            on=form.posting_date.data or today,
            path=PATH,
            back=_BACK,
            title="Create transaction",
            command=command,
            told=_told,
        )
    )


@blueprint.route(f"{PATH}/<int:transaction_id>/edit-lines", methods=_METHODS)
@permit("transactions.edit")
def edit(transaction_id: int) -> BaseResponse:
    """Correct narrative, value date and lines of a draft or rejected one (E41.36-40)."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    form = LinesForm(data={"value_date": one.value_date, "narrative": one.description})
    if not form.is_posted:
        demand_editable(one, TRANSACTION.name)
        demand_open(one)
    if one.kind != "journal":
        raise Conflict(NOT_A_JOURNAL)
    if one.maker_id != actor().user_id:
        raise Forbidden(NOT_THE_MAKER)

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> EditJournal:
        return EditJournal(
            one.id,
            posted_version(),
            form.value_date.data,
            lines,
            narrative=form.narrative.data or "",
            submit=hand_in,
        )

    return edit_sheet(
        Editor(
            form=form,
            head=_HEAD,
            sheet=typed_sheet(lambda: reopened(read_session(), one.lines or ())),
            on=one.posting_date,
            path=PATH,
            back=_BACK,
            title="Edit transaction",
            command=command,
            told=_told,
            record=one,
            columns={"narrative": "description"},
            facts=_facts(one),
        )
    )


@blueprint.get(f"{PATH}/accounts")
@permit("transactions.create")
def accounts() -> Response:
    """Answer the account picker."""
    return show_accounts()


def _told(transaction_id: int, *, is_draft: bool) -> tuple[str, str, str]:
    one = read_session().get_one(Transaction, transaction_id)
    title = "Transaction saved" if is_draft else "Transaction submitted"
    return title, one.reference, f"{PATH}/{one.id}"


def _facts(one: Transaction) -> list[dict[str, Any]]:
    """Return what stays as it was made (E41.39)."""
    branch = read_session().get(Branch, one.branch_id)
    return [
        fact("Reference", cells.ident(one.reference)),
        fact("Posting date", cells.day(one.posting_date)),
        fact("Branch", cells.text(branch.name if branch else "")),
    ]
