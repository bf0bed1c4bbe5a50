"""The addresses of compliance reports: the same pages for each of the three kinds."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.compliance.commands import LONGEST_TEXT, CloseReport, address_of
from app.compliance.models import KINDS, ComplianceReport
from app.compliance.resource import report_resource
from app.controls.permissions import find
from app.kernel.errors import Missing
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact
from app.web.resource import mount

blueprint = Blueprint("compliance", __name__)


def _close(kind: str, report_id: int) -> Response:
    """Close a report, saying how it ended."""
    report = find(read_session(), actor(), ComplianceReport, report_id)
    if report.kind != kind:
        raise Missing
    return confirm_view(
        command=lambda: CloseReport(report_id, request.form.get("reason", "")),
        title="Close report",
        body="A closed report stays as it is.",
        rows=[fact(KINDS[kind], cells.text(report.title()))],
        reason={"label": "Resolution", "minimum": 1, "maximum": LONGEST_TEXT},
        verb="Close",
        to=address_of(report),
        done_title="Report closed",
    )


def _mount(kind: str) -> None:
    mount(report_resource(kind), blueprint)
    blueprint.add_url_rule(
        f"/admin/{kind}-reports/<int:report_id>/close",
        f"{kind}_close",
        permit("compliance.edit")(lambda report_id: _close(kind, report_id)),
        methods=("GET", "POST"),
    )


for _kind in KINDS:
    _mount(_kind)
