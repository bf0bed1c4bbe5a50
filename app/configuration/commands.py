"""A configuration leaves as a file and comes in whole or not at all; each time it is logged."""

from dataclasses import dataclass

from app.configuration.cloning import clone_of
from app.configuration.document import Document, Unreadable, document_of, parse, text_of
from app.configuration.plan import Plan, plan_of
from app.configuration.rights import unseen
from app.configuration.taking import carry_out
from app.controls.audit import RecordChange
from app.controls.commands import handles, perform
from app.controls.identity import Actor
from app.controls.permissions import demand, find
from app.controls.portable import portable_tables
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden
from app.organisation.models import Project
from app.reference.commands import CreateProject, create_project

CHANGED_MEANWHILE = "The configuration has changed since you looked at it. Look at it again."


@dataclass(frozen=True, slots=True)
class ExportConfiguration:
    """Write the configuration of the organisation acted in as a file's text."""


@dataclass(frozen=True, slots=True)
class ImportConfiguration:
    """Take a file over; `fingerprint` is that of the plan which was confirmed."""

    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RehearseConfiguration:
    """Carry a file out and take it all back: what the commands of the slices refuse shows."""

    document: Document


class _RehearsedError(Exception):
    """A rehearsal is over, so nothing of it is kept."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        """Carry what was found."""
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CloneProjectConfiguration:
    """Let a project be configured as another is; `fingerprint` as for an import."""

    project_id: int
    source_id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CreateProjectLike:
    """Add a project that is configured as another is."""

    name: str
    source_id: int


@handles(ExportConfiguration, permission="configuration.export")
def export_configuration(work: Work, command: ExportConfiguration) -> str:
    """Return the text, without the tables whose records the actor may not look at.

    Who does not see every project is refused (403).
    """
    del command
    demand_all_in_sight(work.actor)
    _log(work, "exported", {})
    left_out = unseen(work.actor, portable_tables())
    return text_of(document_of(work.session, work.organisation, now=work.now, left_out=left_out))


@handles(ImportConfiguration, permission="configuration.import")
def import_configuration(work: Work, command: ImportConfiguration) -> dict[str, int]:
    """Carry the file out; refuses (422) one with errors, (409) a plan nobody has seen."""
    demand_all_in_sight(work.actor)
    plan = plan_of(work.session, work.actor, work.organisation, parse(command.text))
    return _carry_out(work, plan, command.fingerprint)


@handles(CloneProjectConfiguration, permission="configuration.create")
def clone_project_configuration(work: Work, command: CloneProjectConfiguration) -> dict[str, int]:
    """Add what the project lacks and change what differs; what only it has stays."""
    demand(work.actor, "configuration.edit")
    project = find(work.session, work.actor, Project, command.project_id)
    source = find(work.session, work.actor, Project, command.source_id)
    plan = _plan_like(work, project, source)
    return _carry_out(work, plan, command.fingerprint)


@handles(CreateProjectLike, permission="projects.create")
def create_project_like(work: Work, command: CreateProjectLike) -> int:
    """Create the project and take the other's configuration over; returns the project's id."""
    for verb in ("create", "edit"):
        demand(work.actor, f"configuration.{verb}")
    source = find(work.session, work.actor, Project, command.source_id)
    project_id = create_project(work, CreateProject(command.name))
    work.session.flush()  # the plan sees the rows that every project starts with
    plan = _plan_like(work, work.session.get_one(Project, project_id), source)
    _carry_out(work, plan, plan.fingerprint)
    return project_id


@handles(RehearseConfiguration, permission="configuration.view")
def rehearse_configuration(work: Work, command: RehearseConfiguration) -> None:
    """Raise `_RehearsedError` in any case: it is no refusal to be logged, and nothing is kept."""
    plan = plan_of(work.session, work.actor, work.organisation, command.document)
    problems = plan.problems
    if not problems:
        try:
            carry_out(work, plan)
        except Unreadable as refusal:
            problems = refusal.problems
    raise _RehearsedError(problems)


def demand_possible(document: Document, actor: Actor) -> None:
    """Refuse (422) a file whose plan is sound but which a slice would refuse in some row."""
    try:
        perform(RehearseConfiguration(document), actor)
    except _RehearsedError as rehearsed:
        if rehearsed.problems:
            raise Unreadable(rehearsed.problems) from rehearsed


def demand_all_in_sight(actor: Actor) -> None:
    """Refuse with 403 who sees some projects or desks only: a file holds them all."""
    if actor.scope.allowed_project_ids is not None or actor.scope.desk_ids is not None:
        raise Forbidden("A file holds every project. You see some of them only.")


def _plan_like(work: Work, project: Project, source: Project) -> Plan:
    document = clone_of(work.session, work.actor, project, source).document
    return plan_of(work.session, work.actor, work.organisation, document)


def _carry_out(work: Work, plan: Plan, fingerprint: str) -> dict[str, int]:
    if plan.problems:
        raise Unreadable(plan.problems)
    if plan.fingerprint != fingerprint:
        raise Conflict(CHANGED_MEANWHILE)
    counted = carry_out(work, plan)
    _log(work, "imported", counted)
    return counted


def _log(work: Work, operation: str, counted: dict[str, int]) -> None:
    """Put the file itself first in the log, before the records that it changed."""
    tenant = work.organisation
    change = RecordChange("configuration", tenant.id, tenant.name, operation, tenant.id)
    change.fields = {
        key: {"field": key, "kind": "added", "old": None, "new": str(number)}
        for key, number in counted.items()
    }
    work.changes.insert(0, change)
