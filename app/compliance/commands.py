"""Reports are logged, tracked while something is done about them, and closed with a resolution."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.access.holders import demand_holder
from app.compliance.models import CLOSED, KINDS, SEVERITIES, TRACKED, ComplianceReport
from app.controls.commands import STALE, handles
from app.controls.locking import find_locked
from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.notices import models as notices
from app.notices.sending import notify, settle
from app.organisation.models import Project
from app.projects.commands import line_of, lines_of, one_of
from app.projects.numbering import REPORT, take_number

LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """What may change of a report until it is closed."""

    name: str
    severity: str
    found_on: date
    description: str
    owner_id: int | None = None
    steps_taken: str = ""


@dataclass(frozen=True, slots=True)
class LogReport:
    """Log an incident, a violation or a penetration test in a project."""

    kind: str
    project_id: int
    terms: ReportTerms


@dataclass(frozen=True, slots=True)
class TrackReport:
    """Write down what is known and done by now; the report is in progress from then on."""

    report_id: int
    version: int
    terms: ReportTerms


@dataclass(frozen=True, slots=True)
class CloseReport:
    """Close a report, saying how it ended."""

    report_id: int
    resolution: str


@handles(LogReport, permission="compliance.create")
def log_report(work: Work, command: LogReport) -> int:
    """Log it under the project's next number and tell its owner; returns its id."""
    kind = one_of({"kind": command.kind}, "kind", "Kind", KINDS)
    values = _checked(work, command.terms)
    project_id = referred(work, Project, command.project_id, field="project_id") or 0
    report = ComplianceReport(
        organisation_id=work.actor.tenant_id,
        project_id=project_id,
        kind=kind,
        number=take_number(work, project_id, REPORT),
        **values,
    )
    work.add(report)
    _give(work, report, command.terms.owner_id)
    return report.id


@handles(TrackReport, permission="compliance.edit")
def track_report(work: Work, command: TrackReport) -> int:
    """Save it; refused (409): a stale form, a report that is closed."""
    report = _open(work, command.report_id)
    if report.version != command.version:
        raise Conflict(STALE)
    for key, value in _checked(work, command.terms).items():
        setattr(report, key, value)
    report.status = TRACKED
    _give(work, report, command.terms.owner_id)
    return report.id


@handles(CloseReport, permission="compliance.edit")
def close_report(work: Work, command: CloseReport) -> None:
    """Close it for good; refused (422) without a resolution, (409) where it is closed already."""
    report = _open(work, command.report_id)
    typed = {"reason": command.resolution}
    report.resolution = lines_of(typed, "reason", "Resolution", longest=LONGEST_TEXT)
    report.status, report.closed_at = CLOSED, work.now
    settle(work, address_of(report))


def address_of(report: ComplianceReport) -> str:
    """Return where a report is read."""
    return f"/admin/{report.kind}-reports/{report.id}"


def _open(work: Work, report_id: int) -> ComplianceReport:
    report = find_locked(work, ComplianceReport, report_id)
    if report.status == CLOSED:
        raise Conflict("This report is closed and cannot be changed")
    return report


def _checked(work: Work, terms: ReportTerms) -> dict[str, Any]:
    """Return the columns.

    Refused (422): what lacks a name or a description, a day to come.
    """
    typed = {
        "name": terms.name,
        "severity": terms.severity,
        "description": terms.description,
        "steps_taken": terms.steps_taken,
    }
    today = work.calendar_date
    if terms.found_on > max(today, work.organisation.business_date):
        raise Refusal("Found on cannot be a day to come", field="found_on")
    return {
        "name": line_of(typed, "name", "Title"),
        "severity": one_of(typed, "severity", "Severity", SEVERITIES),
        "found_on": terms.found_on,
        "description": lines_of(typed, "description", "Description", longest=LONGEST_TEXT),
        "steps_taken": line_of(
            typed, "steps_taken", "Steps taken", longest=LONGEST_TEXT, needed=False
        ),
    }


def _give(work: Work, report: ComplianceReport, owner_id: int | None) -> None:
    """Give it to an employee who sees it (422) and is told of it unless they took it."""
    if owner_id == report.owner_id:
        return
    if owner_id is not None:
        demand_holder(work.session, owner_id, "compliance.view", report, field="owner_id")
    report.owner_id = owner_id
    notify(
        work,
        [None if owner_id == work.actor.user_id else owner_id],
        kind=notices.WAITING,
        title=f"{KINDS[report.kind]} for you: {report.name}",
        text=report.title(),
        href=address_of(report),
        project_id=report.project_id,
    )
