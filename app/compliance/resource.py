"""Compliance: three lists of reports, the page of one, and its form."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.access.models import User
from app.clients.resource import managers
from app.compliance.commands import LONGEST_TEXT, LogReport, ReportTerms, TrackReport
from app.compliance.models import (
    CLOSED,
    INCIDENT,
    KINDS,
    PENETRATION,
    SEVERITIES,
    STATUSES,
    TONES,
    VIOLATION,
    ComplianceReport,
)
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.kernel.errors import Missing
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.projects.pages import ProjectForm, project_column, project_filter
from app.records.pages import record_page
from app.web import cells
from app.web.forms import as_id, chosen, optional, options, required, set_choices
from app.web.listing import Column, Filter, Listing, between, by_id, contains, equals
from app.web.pages import fact
from app.web.resource import Resource
from app.web.respond import row_action

_PATHS = {kind: f"/admin/{kind}-reports" for kind in KINDS}
_GRAVE = {"high": "warning", "critical": "danger"}
_EMPTY = {
    INCIDENT: "Log what went wrong, who sees to it and what was done about it.",
    VIOLATION: "Log where a policy was not kept, and what came of it.",
    PENETRATION: "Log each test of the bank's defences with what it found.",
}


def _severity(row: Any) -> cells.Cell:
    return cells.badge(SEVERITIES[row.severity], _GRAVE.get(row.severity, "neutral"))


def _status(row: Any) -> cells.Cell:
    return cells.badge(STATUSES[row.status], TONES[row.status])


_COLUMNS = (
    Column("number", "Number", lambda row: cells.ident(row.number),
           sort=ComplianceReport.number, priority=1),
    Column("name", "Title", lambda row: cells.text(row.name), sort=ComplianceReport.name,
           priority=1),
    Column("severity", "Severity", _severity),
    Column("status", "Status", _status, sort=ComplianceReport.status, priority=1),
    Column("found", "Found on", lambda row: cells.day(row.found_on),
           sort=ComplianceReport.found_on),
    Column("owner", "Owner",
           lambda row: cells.text(f"{row.first_name or ''} {row.last_name or ''}".strip())),
    project_column(),
)  # fmt: skip
_FILTERS = (
    Filter("status", "Status", "choices", equals(ComplianceReport.status),
           lambda _session, _who: list(STATUSES.items())),
    Filter("severity", "Severity", "choices", equals(ComplianceReport.severity),
           lambda _session, _who: list(SEVERITIES.items())),
    Filter("owner", "Owner", "choices", by_id(ComplianceReport.owner_id), managers),
    Filter("found", "Found", "dates", between(ComplianceReport.found_on)),
    project_filter(ComplianceReport),
)  # fmt: skip


class ReportForm(ProjectForm):
    """A report; its project stays."""

    name = StringField("Title", required("Title"))
    severity = SelectField("Severity", chosen("Severity"), choices=options(SEVERITIES))
    found_on = DateField("Found on", [InputRequired("Found on is required")])
    owner_id = SelectField("Owner", optional("Owner"), validate_choice=False)
    description = TextAreaField("Description", optional("Description", LONGEST_TEXT))
    steps_taken = TextAreaField("Steps taken", optional("Steps taken", LONGEST_TEXT))

    def terms(self) -> ReportTerms:
        """Return what was typed."""
        return ReportTerms(
            self.name.data,
            self.severity.data,
            self.found_on.data,
            self.description.data or "",
            as_id(self.owner_id.data),
            self.steps_taken.data or "",
        )


def report_resource(kind: str) -> Resource:
    """Return the pages of one kind of report."""
    listing = _listing(kind)

    def detail(session: Session, who: Actor, report: ComplianceReport) -> dict[str, Any]:
        _demand_kind(report, kind)
        return _page(session, who, report, listing)

    def prepare(form: Any, session: Session, who: Actor, report: ComplianceReport | None) -> None:
        set_choices(form.owner_id, managers(session, who), empty="Nobody yet")
        if report is None:
            set_choices(form.project_id, project_choices(session, who), empty="Choose a project")
        else:
            _demand_kind(report, kind)
            del form.project_id

    return Resource(
        listing=listing,
        model=ComplianceReport,
        singular=KINDS[kind],
        module="compliance",
        detail=detail,
        form=ReportForm,
        prepare=prepare,
        create=lambda form: LogReport(kind, as_id(form.project_id.data) or 0, form.terms()),
        edit=lambda report, form, version: TrackReport(report.id, version, form.terms()),
    )


def _demand_kind(report: ComplianceReport, kind: str) -> None:
    if report.kind != kind:
        raise Missing


def _listing(kind: str) -> Listing:
    path = _PATHS[kind]

    def rows(who: Actor) -> Select[Any]:
        one = ComplianceReport
        return (
            select(one.id, one.number, one.name, one.severity, one.status, one.found_on,
                   Project.name.label("project"), User.first_name, User.last_name)
            .join(Project, Project.id == one.project_id)
            .outerjoin(User, User.id == one.owner_id)
            .where(*visible(who, one), one.kind == kind)
        )  # fmt: skip

    return Listing(
        name=f"{kind}-reports",
        title=f"{KINDS[kind]}s",
        section="Compliance",
        path=path,
        select=rows,
        key=ComplianceReport.id,
        columns=_COLUMNS,
        filters=_FILTERS,
        search=contains(ComplianceReport.number, ComplianceReport.name),
        search_hint="Number or title",
        sort="-found",
        href=lambda row: f"{path}/{row.id}",
        label=lambda row: row.number,
        actions=lambda row, who: _actions(path, row, who),
        empty=_EMPTY[kind],
    )  # fmt: skip


def _page(
    session: Session, who: Actor, report: ComplianceReport, listing: Listing
) -> dict[str, Any]:
    project = session.get_one(Project, report.project_id)
    owner = session.get(User, report.owner_id) if report.owner_id else None
    facts = [
        fact("Number", cells.ident(report.number)),
        fact("Project", cells.text(project.name)),
        fact("Severity", _severity(report)),
        fact("Found on", cells.day(report.found_on)),
        fact("Owner", cells.text(owner.name if owner else "")),
        fact("Description", cells.text(report.description)),
        fact("Steps taken", cells.text(report.steps_taken)),
    ]
    if report.status == CLOSED:
        facts += [
            fact("Resolution", cells.text(report.resolution)),
            fact("Closed", cells.instant(report.closed_at)),
        ]
    return record_page(listing, report, facts, subtitle=KINDS[report.kind]) | {
        "title": report.name,
        "badge": {"text": STATUSES[report.status], "tone": TONES[report.status]},
        "actions": _actions(listing.path, report, who),
    }


def _actions(path: str, row: Any, who: Actor) -> list[dict[str, Any]]:
    if row.status == CLOSED or not holds(who, "compliance.edit"):
        return []
    return [
        row_action("Track", f"{path}/{row.id}/edit", "pencil", drawer=True),
        row_action("Close", f"{path}/{row.id}/close", "circle-check", dialog=True),
    ]
