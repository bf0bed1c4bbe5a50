"""The page on which lines are typed, for every record that is made of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app.controls.identity import PLATFORM
from app.controls.tenant import Organisation
from app.fees.queries import usable_codes
from app.journals.book import Book, read_book
from app.journals.comparing import compared_lines
from app.journals.keeping import reopened
from app.journals.lines import AT_POSTING, Terms
from app.journals.pages import SheetPage, sheet_page
from app.journals.picker import find_accounts
from app.journals.sheet import Judged, Sheet, empty_sheet, judge, read_sheet, take_step
from app.kernel.errors import Refusal
from app.records.judging import JudgedForm
from app.web import cells
from app.web.conflicts import compared, conflict_of, version_of
from app.web.context import actor, read_session
from app.web.forms import Form
from app.web.pages import fact
from app.web.respond import done, form_key, is_htmx, render, submit

_UNPROCESSABLE = 422
CHECK = "check"


@dataclass(slots=True, kw_only=True)
class Editor:
    """One request to a sheet: its head, its lines, what is made of them and what is said then.

    `head` names the fields of the form beside its narrative. `path` is the address of the list,
    whose account picker answers below it; `aside` is a template beside the head.
    `columns` tells where the record keeps what a field is called otherwise.
    `command(lines, hand_in=)` makes the command; `told(answer, is_draft=)` gives the toast's title
    and text, and where to go.
    """

    form: Form
    head: tuple[str, ...]
    sheet: Sheet
    on: date
    path: str
    back: str
    title: str
    command: Callable[..., Any]
    told: Callable[..., tuple[str, str, str]]
    record: Any = None
    columns: dict[str, str] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    terms: Terms = AT_POSTING
    aside: str = ""


def typed_sheet(otherwise: Callable[[], Sheet] = empty_sheet) -> Sheet:
    """Return the sheet as it was sent, else the one the page opens with."""
    return read_sheet(request.form.items()) if request.method == "POST" else otherwise()


def edit_sheet(editor: Editor) -> Response:
    """Show the sheet, take a step on it, or carry out its command.

    What is refused comes back with every typed value kept; the step "check" answers with the
    balances alone where htmx asks.
    """
    step = request.form.get("step", "")
    take_step(editor.sheet, step)
    numbers = editor.sheet.numbers
    book = read_book(read_session(), actor(), numbers, on=editor.on, terms=editor.terms)
    judged = judge(editor.sheet, book)
    if step == CHECK and is_htmx():
        page = _page(editor, judged, book, with_errors=False)
        return render("journals/_balances.html", sheet=page)
    if not editor.form.is_posted or step:
        return _show(editor, judged, book)
    if not _is_sound(editor, judged):
        return _show(editor, judged, book, status=_UNPROCESSABLE)
    is_draft = bool(request.form.get("draft"))
    try:
        answer = submit(editor.command(judged.lines, hand_in=not is_draft))
    except Refusal as refusal:
        editor.form.attach(refusal)
        conflict = conflict_of(refusal, editor.record, lambda: _compared(editor, judged))
        return _show(editor, judged, book, status=refusal.status, conflict=conflict)
    title, text, to = editor.told(answer, is_draft=is_draft)
    return done(title, text, to=to)


def _is_sound(editor: Editor, judged: Judged) -> bool:
    """Check head and lines: where either is wrong, the command is heard of the head as well."""
    form = editor.form
    if not isinstance(form, JudgedForm):
        return form.validate() and not judged.faults
    form.judge = lambda: editor.command(judged.lines, hand_in=False)
    is_valid = form.validate()
    if is_valid and judged.faults:
        form.hear()
    return is_valid and not judged.faults


def business_date() -> date:
    """Return the business date of the organisation the request acts in."""
    return read_session().get_one(Organisation, actor().tenant_id).business_date


def show_accounts() -> Response:
    """Answer the account picker of a sheet."""
    found = find_accounts(read_session(), actor(), request.args.get("q", ""))
    return render("journals/_accounts.html", accounts=found)


def _compared(editor: Editor, judged: Judged) -> list[dict[str, str]]:
    """Return the fields and the lines that are saved otherwise than they were typed."""
    head = compared(editor.form, editor.record, names=editor.columns)
    saved = reopened(read_session(), editor.record.lines or ())
    numbers = [*saved.numbers, *editor.sheet.numbers]
    book = read_book(read_session(), actor(), numbers, on=editor.on, terms=editor.terms)
    return [*head, *compared_lines(judge(saved, book).lines, judged.lines, book)]


def _show(
    editor: Editor,
    judged: Judged,
    book: Book,
    *,
    status: int = 200,
    conflict: dict[str, Any] | None = None,
) -> Response:
    one = editor.record
    return render(
        "journals/form.html",
        status=status,
        form=editor.form,
        sheet=_page(editor, judged, book, with_errors=status != 200),  # noqa: PLR2004
        page={
            "title": editor.title,
            "subtitle": one.reference if one else "",
            "back": editor.back,
            "action_href": request.path,
            "cancel_href": f"{editor.path}/{one.id}" if one else editor.path,
            "key": form_key(),
            "version": version_of(one, conflict),
            "conflict": conflict,
            "facts": [*_company(), *editor.facts],
            "head": [editor.form[name] for name in editor.head if name in editor.form],
            "aside": editor.aside,
            "rejection": (one.rejection_reason or "") if one else "",
            "is_narrowed": actor().scope.chosen_project_id is not None,
        },
    )


def _page(editor: Editor, judged: Judged, book: Book, *, with_errors: bool) -> SheetPage:
    return sheet_page(
        editor.sheet,
        judged,
        book,
        list(usable_codes(read_session(), actor().tenant_id)),
        accounts_href=f"{editor.path}/accounts",
        with_errors=with_errors,
    )


def _company() -> list[dict[str, Any]]:
    """Tell the platform's people, who enter one company after another, whose books these are."""
    tenant = read_session().get_one(Organisation, actor().tenant_id)
    return [fact("Company", cells.text(tenant.name))] if actor().may(PLATFORM) else []
