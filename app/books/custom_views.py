"""Pages of the reports that people compose."""

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from app.books.catalogue import Report
from app.books.commands import DeleteCustomReport
from app.books.custom import custom_table
from app.books.forms import CustomReportForm
from app.books.models import CustomReport
from app.books.tables import Table
from app.books.views import PATH, blueprint, parameters, report_page, send_table
from app.controls.permissions import find, holds
from app.kernel.errors import Refusal
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version
from app.web.respond import row_action

CUSTOM = f"{PATH}/custom"
_METHODS = ["GET", "POST"]


@blueprint.route(f"{CUSTOM}/new", methods=_METHODS)
@permit("reports.create")
def new() -> BaseResponse:
    """Compose a report."""
    form = CustomReportForm()
    form.offer(None)
    return form_view(
        form,
        command=form.create,
        title="Compose a report",
        submit_label="Create",
        to=PATH,
        done_title="Report created",
    )


@blueprint.get(f"{CUSTOM}/<int:report_id>")
@permit("reports.view")
def show_custom(report_id: int) -> Response:
    """Show a composed report for the days asked for."""
    found = _found(report_id)
    report = _as_report(found)
    actions = _actions(found)
    try:
        table = custom_table(read_session(), parameters(is_page=True), found)
    except Refusal as refusal:
        return report_page(report, None, refusal=refusal, actions=actions)
    return report_page(report, table, actions=actions)


@blueprint.get(f"{CUSTOM}/<int:report_id>.<extension>")
@permit("reports.view")
def export_custom(report_id: int, extension: str) -> BaseResponse:
    """Send a composed report as a file."""
    return send_table("report", extension, composed_table(report_id))


def composed_table(report_id: int) -> Table:
    """Work out the whole of a composed report; 404 for one out of sight."""
    return custom_table(read_session(), parameters(), _found(report_id))


@blueprint.route(f"{CUSTOM}/<int:report_id>/edit", methods=_METHODS)
@permit("reports.edit")
def edit(report_id: int) -> BaseResponse:
    """Change what a report is composed of."""
    found = _found(report_id)
    form = CustomReportForm(obj=found)
    form.offer(found)
    return form_view(
        form,
        command=lambda: form.edit(found, posted_version()),
        title="Edit report",
        submit_label="Save changes",
        to=f"{CUSTOM}/{found.id}",
        done_title="Report saved",
        record=found,
    )


@blueprint.route(f"{CUSTOM}/<int:report_id>/delete", methods=_METHODS)
@permit("reports.delete")
def delete(report_id: int) -> BaseResponse:
    """Drop a composed report."""
    found = _found(report_id)
    return confirm_view(
        command=lambda: DeleteCustomReport(found.id),
        title="Delete report",
        body="The report goes; the entries it adds up stay as they are.",
        rows=[fact("Report", cells.text(found.name))],
        verb="Delete",
        to=PATH,
        done_title="Report deleted successfully",
        danger=True,
    )


def _found(report_id: int) -> CustomReport:
    return find(read_session(), actor(), CustomReport, report_id)


def _as_report(found: CustomReport) -> Report:
    return Report(
        key=str(found.id),
        title=found.name,
        description="Entries in base currency, added up as this report was composed.",
        icon="table",
        asks=("first", "last", "branch"),
        build=lambda session, asked: custom_table(session, asked, found),
    )


def _actions(found: CustomReport) -> list[dict[str, object]]:
    path = f"{CUSTOM}/{found.id}"
    actions = []
    if holds(actor(), "reports.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True))
    if holds(actor(), "reports.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions
