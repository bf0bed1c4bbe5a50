"""The four sections of a project's configuration, and the rules that all their rows share."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import STALE
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.organisation.models import Project
from app.reference.models import (
    AccountType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)

LONGEST_LABEL = 60
LONGEST_NAME = 100
DUPLICATE_LABEL = "This label is in use already"


@dataclass(frozen=True, slots=True)
class Section:
    """One panel of the configuration: its rows, the words for it, and how its default behaves.

    `needs_default`: the row marked as default can be removed only after another was chosen.
    """

    key: str
    model: type[Any]
    title: str
    singular: str
    has_default: bool = True
    needs_default: bool = True


SECTIONS: dict[str, Section] = {
    section.key: section
    for section in (
        Section(
            "account-types", AccountType, "Types of account", "Account type", needs_default=False
        ),
        Section("currencies", ProjectCurrency, "Currencies", "Currency"),
        Section(
            "sub-types",
            TransactionSubType,
            "Sub-types of transaction",
            "Sub-type",
            has_default=False,
            needs_default=False,
        ),
        Section("statuses", TransactionStatus, "Transaction statuses", "Status"),
    )
}


def section_of(key: str) -> Section:
    """Return the section with this key, or refuse with 404."""
    if key not in SECTIONS:
        raise Missing
    return SECTIONS[key]


def row_of(session: Session, actor: Actor, model: type[Any], row_id: int) -> Any:
    """Load a row of a project the actor may see, whichever project is chosen in the sidebar."""
    query = select(model).where(model.organisation_id == actor.organisation_id, model.id == row_id)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise Missing
    find(session, actor, Project, row.project_id)
    return row


def editable_row(work: Work, model: type[Any], row_id: int, version: int) -> Any:
    """Lock the row's project and return the row, unless it changed since it was read (409)."""
    row = row_of(work.session, work.actor, model, row_id)
    find_locked(work, Project, row.project_id)
    if row.version != version:
        raise Conflict(STALE)
    return row


def checked_label(text: str) -> str:
    """Return the trimmed label; refuses none and one that is too long."""
    label = text.strip()
    if not label:
        raise Refusal("Label is required", field="label")
    if len(label) > LONGEST_LABEL:
        raise Refusal(f"Label can have at most {LONGEST_LABEL} characters", field="label")
    return label


def checked_name(text: str) -> str:
    """Return the trimmed name; refuses none and one that is too long."""
    name = text.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Name can have at most {LONGEST_NAME} characters", field="name")
    return name


def demand_free(
    work: Work, model: type[Any], project_id: int, label: str, *, field: str = "label"
) -> None:
    """Refuse (409) a label that another row of the project has, whatever its case (W03.05)."""
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        func.lower(model.label) == label.lower(),
    )
    if work.session.scalar(taken):
        raise Conflict(DUPLICATE_LABEL, field=field)


def relabel(work: Work, row: Any, label: str) -> None:
    """Give the row another label; a system row keeps its own (design 9.8)."""
    if label == row.label:
        return
    if row.is_system:
        raise Conflict("A system entry keeps its label", field="label")
    if label.lower() != row.label.lower():
        demand_free(work, type(row), row.project_id, label)
    row.label = label


def make_default(work: Work, row: Any) -> None:
    """Let the row be its section's only default (W12.04)."""
    if not row.is_default:
        clear_default(work, type(row), row.project_id)
        row.is_default = True


def clear_default(work: Work, model: type[Any], project_id: int) -> None:
    """Take the mark from the row that has it."""
    query = select(model).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        model.is_default,
    )
    for row in work.session.scalars(query):
        row.is_default = False
    work.session.flush()  # the index allows one default at a time


def demand_unused(session: Session, section: Section, row: Any) -> None:
    """Refuse (409) to remove what other records refer to."""
    noun = user_of(session, row)
    if noun is not None:
        raise Conflict(f"{section.singular} cannot be deleted: it is used by {noun}")
