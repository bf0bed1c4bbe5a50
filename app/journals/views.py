"""Pages of journals: typed line by line, corrected, and the account picker beside them."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.controls.identity import PLATFORM
from app.controls.permissions import find
from app.controls.review import demand_editable
from app.controls.tenant import Organisation
from app.fees.queries import usable_codes
from app.journals.book import Book, read_book
from app.journals.commands import NOT_A_JOURNAL, EditJournal, RecordJournal
from app.journals.forms import JournalForm, LinesForm
from app.journals.pages import SheetPage, sheet_page
from app.journals.picker import find_accounts
from app.journals.sheet import Judged, Sheet, empty_sheet, judge, read_sheet, sheet_of, take_step
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.organisation.models import Branch
from app.organisation.queries import branch_choices
from app.transactions.amendments import NOT_THE_MAKER
from app.transactions.review import TRANSACTION, demand_open_draft
from app.transactions.words import PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import fact, posted_version
from app.web.respond import done, is_htmx, new_key, render, submit

blueprint = Blueprint("journals", __name__)
_METHODS = ["GET", "POST"]
_UNPROCESSABLE = 422
CHECK = "check"


@dataclass(slots=True)
class _Editor:
    """One request to the sheet: its head, its lines, and the transaction that is corrected."""

    form: LinesForm
    sheet: Sheet
    on: date
    transaction: Transaction | None = None


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("transactions.create")
def new() -> BaseResponse:
    """Create a transaction with its lines (E41.02)."""
    form, tenant = JournalForm(), _tenant()
    branches = branch_choices(read_session(), actor())
    set_choices(form.branch_id, branches, empty="Choose a branch")
    if not form.is_posted:
        form.posting_date.data = form.value_date.data = tenant.business_date
        form.branch_id.data = str(actor().branch_id or "")
    sheet = read_sheet(request.form.items()) if form.is_posted else empty_sheet()
    return _answer(_Editor(form, sheet, form.posting_date.data or tenant.business_date))


@blueprint.route(f"{PATH}/<int:transaction_id>/edit-lines", methods=_METHODS)
@permit("transactions.edit")
def edit(transaction_id: int) -> BaseResponse:
    """Correct narrative, value date and lines of a draft or rejected one (E41.36-40)."""
    one = find(read_session(), actor(), Transaction, transaction_id)
    demand_editable(one, TRANSACTION.name)
    demand_open_draft(one)
    if one.kind != "journal":
        raise Conflict(NOT_A_JOURNAL)
    if one.maker_id != actor().user_id:
        raise Forbidden(NOT_THE_MAKER)
    form = LinesForm(data={"value_date": one.value_date, "narrative": one.description})
    sheet = read_sheet(request.form.items()) if form.is_posted else _kept_sheet(one)
    return _answer(_Editor(form, sheet, one.posting_date, one))


@blueprint.get(f"{PATH}/accounts")
@permit("transactions.create")
def accounts() -> Response:
    """Answer the account picker."""
    found = find_accounts(read_session(), actor(), request.args.get("q", ""))
    return render("journals/_accounts.html", accounts=found)


def _answer(editor: _Editor) -> BaseResponse:
    step = request.form.get("step", "")
    take_step(editor.sheet, step)
    book = read_book(read_session(), actor(), editor.sheet.numbers, on=editor.on)
    judged = judge(editor.sheet, book)
    if step == CHECK and is_htmx():
        page = _page(editor, judged, book, with_errors=False)
        return render("journals/_balances.html", sheet=page)
    if not editor.form.is_posted or step:
        return _show(editor, judged, book)
    if not editor.form.validate() or judged.faults:
        return _show(editor, judged, book, status=_UNPROCESSABLE)
    try:
        transaction_id = submit(_command(editor, judged))
    except Refusal as refusal:
        editor.form.attach(refusal)
        return _show(editor, judged, book, status=refusal.status)
    is_draft = bool(request.form.get("draft"))
    one = read_session().get_one(Transaction, transaction_id)
    title = "Transaction saved" if is_draft else "Transaction submitted"
    return done(title, one.reference, to=f"{PATH}/{one.id}")


def _command(editor: _Editor, judged: Judged) -> RecordJournal | EditJournal:
    form, is_submit = editor.form, not request.form.get("draft")
    value_date, narrative = form.value_date.data, form.narrative.data or ""
    if isinstance(form, JournalForm):
        return RecordJournal(
            form.posting_date.data,
            value_date,
            as_id(form.branch_id.data),
            judged.lines,
            narrative=narrative,
            submit=is_submit,
        )
    key = editor.transaction.id if editor.transaction else 0
    return EditJournal(
        key, posted_version(), value_date, judged.lines, narrative=narrative, submit=is_submit
    )


def _show(editor: _Editor, judged: Judged, book: Book, *, status: int = 200) -> BaseResponse:
    one = editor.transaction
    return render(
        "journals/form.html",
        status=status,
        form=editor.form,
        sheet=_page(editor, judged, book, with_errors=status != 200),  # noqa: PLR2004
        page={
            "title": "Edit transaction" if one else "Create transaction",
            "subtitle": one.reference if one else "",
            "action_href": request.path,
            "cancel_href": f"{PATH}/{one.id}" if one else PATH,
            "key": request.form.get("key") or new_key(),
            "version": (request.form.get("version") or one.version) if one else None,
            "facts": [*_company(), *(_facts(one) if one else [])],
            "rejection": (one.rejection_reason or "") if one else "",
            "is_narrowed": actor().scope.chosen_project_id is not None,
        },
    )


def _page(editor: _Editor, judged: Judged, book: Book, *, with_errors: bool) -> SheetPage:
    codes = list(usable_codes(read_session(), actor().tenant_id))
    return sheet_page(editor.sheet, judged, book, codes, with_errors=with_errors)


def _company() -> list[dict[str, object]]:
    """Tell the platform's people, who enter one company after another, whose books these are."""
    return [fact("Company", cells.text(_tenant().name))] if actor().may(PLATFORM) else []


def _facts(one: Transaction) -> list[dict[str, object]]:
    """Return what stays as it was made (E41.39)."""
    branch = read_session().get(Branch, one.branch_id)
    return [
        fact("Reference", cells.ident(one.reference)),
        fact("Posting date", cells.day(one.posting_date)),
        fact("Branch", cells.text(branch.name if branch else "")),
    ]


def _kept_sheet(one: Transaction) -> Sheet:
    lines = one.lines or []
    query = (
        select(Asset.id, Account.number, Asset.currency, Asset.exponent)
        .join(Account, Account.id == Asset.account_id)
        .where(Asset.id.in_({line["asset_id"] for line in lines}))
    )
    names = {row[0]: (row[1], row[2], row[3]) for row in read_session().execute(query)}
    return sheet_of(lines, names)


def _tenant() -> Organisation:
    return read_session().get_one(Organisation, actor().tenant_id)
