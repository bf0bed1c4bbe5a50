"""Commands of the panel of transaction statuses: labels a project gives to processing statuses."""

from dataclasses import dataclass

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Project
from app.reference.models import PALETTE, PROCESSING, TransactionStatus
from app.reference.sections import (
    checked_label,
    checked_name,
    demand_free,
    editable_row,
    make_default,
    relabel,
)

STARTING = ("Pending", "Processing", "Completed")


@dataclass(frozen=True, slots=True)
class CreateTransactionStatus:
    """Add a status of a project's own, mapped to a processing status (W03.30)."""

    project_id: int
    label: str
    name: str
    processing: str
    colour: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EditTransactionStatus:
    """Change a status; of the system's own only colour and mark of default (design 9.8)."""

    row_id: int
    version: int
    label: str
    name: str
    processing: str
    colour: str
    is_default: bool = False


@handles(CreateTransactionStatus, permission="configuration.create")
def create_transaction_status(work: Work, command: CreateTransactionStatus) -> int:
    """Add the status; a new default replaces the one before (W03.32)."""
    project = find_locked(work, Project, command.project_id)
    _demand_known(command.processing, command.colour)
    label = checked_label(command.label)
    demand_free(work, TransactionStatus, project.id, label)
    if command.is_default:
        demand_may_start(command.processing)
    row = work.add(
        TransactionStatus(
            organisation_id=work.actor.tenant_id,
            project_id=project.id,
            label=label,
            name=checked_name(command.name),
            processing=command.processing,
            colour=command.colour,
        )
    )
    if command.is_default:
        make_default(work, row)
    return row.id


@handles(EditTransactionStatus, permission="configuration.edit")
def edit_transaction_status(work: Work, command: EditTransactionStatus) -> int:
    """Save what was typed; what a used status stands for cannot change (409)."""
    row = editable_row(work, TransactionStatus, command.row_id, command.version)
    _demand_known(command.processing, command.colour)
    name = checked_name(command.name)
    if row.is_system and (name, command.processing) != (row.name, row.processing):
        raise Conflict("A system status keeps its name and what it stands for", field="name")
    relabel(work, row, checked_label(command.label))
    _restate(work, row, command.processing)
    row.name = name
    row.colour = command.colour
    if command.is_default:
        demand_may_start(row.processing)
        make_default(work, row)
    elif row.is_default:
        raise Conflict(
            "Choose another default instead of taking this mark away", field="is_default"
        )
    return int(row.id)


def demand_may_start(processing: str) -> None:
    """Refuse a default in which no new transaction can start."""
    if processing not in STARTING:
        raise Refusal(
            f"New transactions cannot start in a status that stands for {processing}",
            field="is_default",
        )


def _demand_known(processing: str, colour: str) -> None:
    if processing not in PROCESSING:
        raise Refusal("Choose what the status stands for", field="processing")
    if colour not in PALETTE:
        raise Refusal("Choose a color of the palette", field="colour")


def _restate(work: Work, row: TransactionStatus, processing: str) -> None:
    if processing == row.processing:
        return
    noun = user_of(work.session, row)
    if noun is not None:
        raise Conflict(
            f"What this status stands for cannot change: it is used by {noun}", field="processing"
        )
    row.processing = processing
