"""Pages of payment files: upload, verdicts, hand-in, progress and report."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, make_response, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from app.controls.due_work import DueWork
from app.controls.permissions import find, holds
from app.payments.commands import PAYMENTS, DeletePayments, ResumePayments, obstacle_to_posting
from app.payments.files import HEADS
from app.payments.forms import PaymentsForm
from app.payments.models import POLICIES, ROW_STATES, PaymentFile, PaymentRow
from app.payments.queries import earlier_file
from app.payments.resource import FILES, PATH, ROWS, ROWS_PATH, STATES
from app.records.pages import inactive, record_badge, with_zone
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, show_detail
from app.web.respond import render, row_action

blueprint = Blueprint("payments", __name__)
register(FILES)
register(ROWS)
_EXAMPLE = ("ACC-00000001", "ACC-00000002", "1250.00", "KES", "Salary November", "SAL-2026-11-001")


@blueprint.get(PATH)
@permit("payments.view")
def index() -> BaseResponse:
    """List the files."""
    may = holds(actor(), "payments.create")
    return show_list(FILES, create={"label": "Upload", "href": f"{PATH}/new"} if may else None)


@blueprint.get(f"{PATH}.csv")
@permit("payments.view")
def export() -> Response:
    """Send the list of files as CSV."""
    return send_csv(FILES)


@blueprint.get(ROWS_PATH)
@permit("payments.view")
def rows() -> BaseResponse:
    """List rows with their verdicts, of one file or of all."""
    return show_list(ROWS)


@blueprint.get(f"{ROWS_PATH}.csv")
@permit("payments.view")
def report() -> Response:
    """Send rows with what became of them as CSV."""
    return send_csv(ROWS)


@blueprint.get(f"{PATH}/example.csv")
@permit("payments.view")
def example() -> Response:
    """Send a file to start from."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows((HEADS, _EXAMPLE))
    response = Response(buffer.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="payments.csv")
    return response


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("payments.create")
def new() -> BaseResponse:
    """Upload a file; every row is judged, nothing is posted."""
    form = PaymentsForm()
    return form_view(
        form,
        command=form.upload,
        title="Upload payments",
        submit_label="Upload",
        to=PATH,
        done_title="File uploaded",
        done_text="Look at its rows before you hand it in.",
        opened=lambda file_id: f"{PATH}/{file_id}",
        form_fields="payments/_fields.html",
        multipart=True,
    )


@blueprint.get(f"{PATH}/<int:file_id>")
@permit("payments.view")
def show(file_id: int) -> Response:
    """Show a file, its verdicts and how far its posting is."""
    record = _found(file_id)
    detail = _detail(record) | {"extra": "payments/_rows.html"}
    return show_detail(detail, payments=_rows_of(record))


@blueprint.get(f"{PATH}/<int:file_id>/progress")
@permit("payments.view")
def progress(file_id: int) -> Response:
    """Tell an open page how far the posting is; at its end the page reads itself again."""
    record = _found(file_id)
    payments = _rows_of(record)
    if payments["is_posting"]:
        return render("payments/_progress.html", payments=payments)
    response = make_response("")
    response.headers["HX-Trigger"] = '{"panel:refresh": {}}'
    return response


@blueprint.route(f"{PATH}/<int:file_id>/resume", methods=["GET", "POST"])
@permit("payments.create")
def resume(file_id: int) -> BaseResponse:
    """Go on with a posting that was given up."""
    record = _found(file_id)
    return confirm_view(
        command=lambda: ResumePayments(record.id),
        title="Go on with the posting",
        body="What was posted stays as it is. Nothing is posted twice.",
        rows=[fact("File", cells.text(record.title())), fact("Total", _total(record))],
        verb="Go on",
        to=f"{PATH}/{file_id}",
        done_title="The posting goes on",
    )


@blueprint.route(f"{PATH}/<int:file_id>/delete", methods=["GET", "POST"])
@permit("payments.delete")
def delete(file_id: int) -> BaseResponse:
    """Take a file off the list that was not handed in."""
    record = _found(file_id)
    return confirm_view(
        command=lambda: DeletePayments(record.id),
        title="Delete payment file",
        body="The file leaves the list. Nothing of it was posted.",
        rows=[fact("File", cells.text(record.title())), fact("Total", _total(record))],
        verb="Delete",
        to=PATH,
        done_title="Payment file deleted successfully",
        danger=True,
    )


def _found(file_id: int) -> PaymentFile:
    return find(read_session(), actor(), PaymentFile, file_id)


def _total(record: PaymentFile) -> cells.Cell:
    return _base(record.total_minor)


def _base(minor: int) -> cells.Cell:
    tenant = organisation()
    assert tenant is not None  # noqa: S101  the file was found inside one
    return cells.money(minor, tenant.base_exponent, tenant.base_currency)


def _fees(record: PaymentFile) -> list[dict[str, Any]]:
    """Return what its payments cost; nothing of a file that was judged before it was kept."""
    if record.fees_minor is None:
        return []
    return [fact("Fees of good rows", _base(record.fees_minor))]


def _detail(record: PaymentFile) -> dict[str, Any]:
    session = read_session()
    shown, tone = STATES[record.state]
    facts = [
        fact("Total of good rows", _total(record)),
        *_fees(record),
        fact("Rows", cells.count(record.row_count)),
        fact("Wrong rows", cells.count(record.wrong_count)),
        fact("When a row fails", cells.text(POLICIES[record.policy])),
        fact("File", cells.text(record.file_name)),
        fact("Uploaded", cells.instant(record.created_at)),
        fact("Fingerprint of the rows", cells.ident(record.rows_sha256)),
    ]
    if (earlier := earlier_file(session, record)) is not None:
        again = cells.text(f"{earlier.reference} {earlier.name}", href=f"{PATH}/{earlier.id}")
        facts.insert(0, fact("The same rows as", again))
    if record.refusal:
        facts.insert(0, fact("Why nothing was posted", cells.text(record.refusal)))
    page = {
        "title": record.name,
        "subtitle": "Payment file",
        "ident": record.reference,
        "badges": [record_badge(record), {"text": shown, "tone": tone}],
        "badge": None,
        "back": {"label": "Payment files", "href": PATH},
        "actions": _actions(record),
        "cards": [{"title": "General", "rows": facts, "open": True}],
        "tabs": [],
        "workflow": _workflow(record),
        "timeline": review_timeline(session, PAYMENTS, record),
        "version": record.version,
    }
    if record.retired_at is None:
        return with_zone(page, "The file leaves the list. Nothing of it was posted.")
    return inactive(page, record) | {"actions": page["actions"]}


def _workflow(record: PaymentFile) -> dict[str, Any] | None:
    """Return the workflow; a file that could not be posted is not offered to be handed in."""
    panel = workflow_panel(read_session(), actor(), PAYMENTS, record)
    obstacle = obstacle_to_posting(record) if record.is_editable else ""
    if panel is None or not obstacle:
        return panel
    buttons = [button for button in panel["buttons"] if button["label"] != "Submit"]
    return panel | {"buttons": buttons, "note": obstacle}


def _actions(record: PaymentFile) -> list[dict[str, Any]]:
    href = f"{ROWS_PATH}?file={record.id}"
    actions = [row_action("Show rows", href, "list", primary=True)]
    actions.append(row_action("Report", f"{ROWS_PATH}.csv?file={record.id}", "download"))
    if record.is_editable and record.retired_at is None and holds(actor(), "payments.delete"):
        delete = row_action("Delete", f"{PATH}/{record.id}/delete", "trash-2", dialog=True,
                            danger=True)  # fmt: skip
        actions.append(delete)
    if _is_stopped(record) and holds(actor(), "payments.create"):
        actions.append(row_action("Go on", f"{PATH}/{record.id}/resume", "play", dialog=True))
    return actions


def _is_stopped(record: PaymentFile) -> bool:
    """Whether the worker has given its posting up."""
    job = read_session().get(DueWork, record.work_id) if record.work_id else None
    return record.state == "posting" and job is not None and job.state == "failed"


def _rows_of(record: PaymentFile) -> dict[str, Any]:
    """Return the counts by verdict, the first wrong rows, and the progress while it posts."""
    session = read_session()
    mine = PaymentRow.payment_file_id == record.id
    query = select(PaymentRow.state, func.count()).where(mine).group_by(PaymentRow.state)
    counts = dict(session.execute(query).all())
    wrong = (
        select(PaymentRow)
        .where(mine, PaymentRow.state.in_(("wrong", "failed")))
        .order_by(PaymentRow.line)
        .limit(10)
    )
    job = session.get(DueWork, record.work_id) if record.work_id else None
    is_stopped = _is_stopped(record)
    return {
        "counts": [
            {
                "label": name,
                "number": f"{counts[key]:,}",
                "href": f"{ROWS_PATH}?file={record.id}&state={key}",
            }
            for key, name in ROW_STATES.items()
            if key in counts
        ],
        "wrong": session.scalars(wrong).all(),
        "unused": record.unused_columns,
        "is_posting": record.state == "posting" and not is_stopped,
        "is_stopped": is_stopped,
        "percent": job.progress_percent if job else 0,
        "poll_href": f"{PATH}/{record.id}/progress",
        "path": request.path,
    }
