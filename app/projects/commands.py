"""Plain records of a project are created and edited by two commands, whatever their list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.permissions import demand
from app.controls.retiring import live, referred, retires
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.kernel.texts import can_be_kept, meant, meant_line
from app.organisation.models import Project
from app.projects.models import OfProject

# The values as typed and the saved record (None for a new one), to the values to be kept.
Check = Callable[[Work, Mapping[str, Any], Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ProjectList:
    """A list of records of projects: their model, what one is called, whose permissions rule it.

    `key` names the fields that tell a project's records apart; they stay as they were typed.
    """

    model: type[OfProject]
    singular: str
    module: str
    key: tuple[str, ...]
    check: Check

    @property
    def entity(self) -> str:
        """The record's name in the log."""
        return str(self.model.__tablename__).replace("_", "-")  # type: ignore[attr-defined]


_lists: dict[str, ProjectList] = {}


def project_list(
    model: type[OfProject],
    singular: str,
    *,
    module: str,
    key: tuple[str, ...],
    check: Check,
    obstacle: Callable[[Session, Any], str | None] = lambda _session, _record: None,
) -> ProjectList:
    """Register a list of records of projects, and that they are retired (E40)."""
    made = ProjectList(model, singular, module, key, check)
    retires(model, singular, permission=f"{module}.delete", obstacle=obstacle)
    _lists[made.entity] = made
    return made


@dataclass(frozen=True, slots=True)
class CreateInProject:
    """Add a record to a project."""

    entity: str
    project_id: int
    values: Mapping[str, Any]

    @property
    def action(self) -> str:
        """What the log calls it."""
        return f"Create {self.entity.replace('-', ' ')}"


@dataclass(frozen=True, slots=True)
class EditInProject:
    """Change a record; its project and its key stay."""

    entity: str
    record_id: int
    version: int
    values: Mapping[str, Any]

    @property
    def action(self) -> str:
        """What the log calls it."""
        return f"Edit {self.entity.replace('-', ' ')}"


@handles(CreateInProject, permission=None)
def create_in_project(work: Work, command: CreateInProject) -> int:
    """Add the record; refused (409) where the project has one with its key, and as its list checks.

    A project that is out of sight is missing (404); an inactive one is refused (422).
    """
    records = _list_of(command.entity)
    demand(work.actor, f"{records.module}.create")
    project_id = referred(work, Project, command.project_id, field="project_id")
    values = dict(records.check(work, command.values, None))
    _demand_free(work, records, project_id or 0, values)
    made = records.model(organisation_id=work.actor.tenant_id, project_id=project_id, **values)
    return work.add(made).id


@handles(EditInProject, permission=None)
def edit_in_project(work: Work, command: EditInProject) -> int:
    """Save the values; an inactive record and a stale version are refused (409)."""
    records = _list_of(command.entity)
    demand(work.actor, f"{records.module}.edit")
    record = live(work, records.model, command.record_id, command.version)
    kept = {name: getattr(record, name) for name in records.key}
    for name, value in records.check(work, {**command.values, **kept}, record).items():
        setattr(record, name, value)
    return int(record.id)


def line_of(
    values: Mapping[str, Any],
    name: str,
    label: str,
    *,
    longest: int = 200,
    needed: bool = True,
) -> str:
    """Return what was typed into a field of one line, on one line; refuses (422) as `lines_of`."""
    typed = meant_line(str(values.get(name) or ""))
    return lines_of({name: typed}, name, label, longest=longest, needed=needed)


def lines_of(
    values: Mapping[str, Any], name: str, label: str, *, longest: int = 200, needed: bool = True
) -> str:
    """Return the lines typed into a field, trimmed; refuses (422) none and what is too long.

    A program may send what no database keeps as text: that is refused as well.
    """
    typed = meant(str(values.get(name) or "")).strip()
    if not can_be_kept(typed):
        raise Refusal(f"{label} holds a character that cannot be kept", field=name)
    if needed and not typed:
        raise Refusal(f"{label} is required", field=name)
    if len(typed) > longest:
        raise Refusal(f"{label} can have at most {longest:,} characters", field=name)
    return typed


def one_of(values: Mapping[str, Any], name: str, label: str, known: Mapping[str, Any]) -> str:
    """Return the chosen key; refuses (422) one that is not offered."""
    typed = str(values.get(name) or "")
    if typed not in known:
        raise Refusal(f"Choose a {label.lower()} from the list", field=name)
    return typed


def _list_of(entity: str) -> ProjectList:
    if entity not in _lists:
        raise Missing
    return _lists[entity]


def _demand_free(
    work: Work, records: ProjectList, project_id: int, values: Mapping[str, Any]
) -> None:
    if not records.key:
        return
    model = records.model
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        model.retired_at.is_(None),
        *(getattr(model, name) == values[name] for name in records.key),
    )
    if work.session.scalar(taken):
        sentence = f"This project has the same {records.singular.lower()} already"
        raise Conflict(sentence, field=records.key[-1])
