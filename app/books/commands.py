"""Compose, change and drop a report of one's own."""

from dataclasses import dataclass

from sqlalchemy import select

from app.books.custom import DIMENSIONS, MEASURES
from app.books.models import CustomReport
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

MOST_GROUPS = 3
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class CreateCustomReport:
    """Compose a report of one to three groups and at least one figure."""

    name: str
    groups: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditCustomReport:
    """Change what a report is composed of."""

    report_id: int
    version: int
    name: str
    groups: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeleteCustomReport:
    """Drop a composed report; the entries it added up stay as they are."""

    report_id: int


@handles(CreateCustomReport, permission="reports.create")
def create_custom_report(work: Work, command: CreateCustomReport) -> int:
    """Write the report; returns its id."""
    report = CustomReport(organisation_id=work.actor.tenant_id, name="", groups=[], measures=[])
    _write(work, report, command)
    return work.add(report).id


@handles(EditCustomReport, permission="reports.edit")
def edit_custom_report(work: Work, command: EditCustomReport) -> int:
    """Save what was chosen; a stale version is refused (409)."""
    report = find(work.session, work.actor, CustomReport, command.report_id)
    if report.version != command.version:
        raise Conflict(STALE)
    _write(work, report, command)
    return report.id


@handles(DeleteCustomReport, permission="reports.delete")
def delete_custom_report(work: Work, command: DeleteCustomReport) -> None:
    """Delete the report; the log keeps what it was."""
    work.session.delete(find(work.session, work.actor, CustomReport, command.report_id))


def _write(
    work: Work, report: CustomReport, command: CreateCustomReport | EditCustomReport
) -> None:
    name = command.name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal(f"Name must have 1 to {_LONGEST_NAME} characters", field="name")
    twin = select(CustomReport.id).where(
        CustomReport.organisation_id == work.actor.tenant_id,
        CustomReport.name == name,
        CustomReport.id != (report.id or 0),
    )
    with work.session.no_autoflush:
        if work.session.scalar(twin) is not None:
            raise Conflict("A report with this name exists already", field="name")
    groups = list(dict.fromkeys(command.groups))
    if not 0 < len(groups) <= MOST_GROUPS or not set(groups) <= set(DIMENSIONS):
        raise Refusal(f"Choose one to {MOST_GROUPS} groups from the list", field="first_group")
    measures = [key for key in MEASURES if key in command.measures]
    if not measures:
        raise Refusal("Choose at least one figure", field="measures")
    report.name, report.groups, report.measures = name, groups, measures
