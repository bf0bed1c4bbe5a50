"""An export is asked for; the worker writes its parts, and drops them after a week."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.due import enqueue
from app.controls.work import Work
from app.exports.models import Export, ExportPart
from app.kernel.counts import counted
from app.kernel.errors import Missing, Refusal
from app.notices.models import FAILED, FINISHED
from app.notices.sending import notify

WRITE, DROP = "export", "export-drop"
KEPT_DAYS = 7
_LONGEST_QUERY = 4_000


@dataclass(frozen=True, slots=True)
class RequestExport:
    """Ask for a list as its address narrows it; the view has asked for the list's permission.

    `list_name` is a list's, or the address of another file that the worker knows to write.
    """

    list_name: str
    title: str
    query: str


@dataclass(frozen=True, slots=True)
class StartExport:
    """Begin to write, anew after a crash; answers False when it is written or gone."""

    export_id: int


@dataclass(frozen=True, slots=True)
class StorePart:
    """Keep a compressed part of the file."""

    export_id: int
    number: int
    content: bytes


@dataclass(frozen=True, slots=True)
class FinishExport:
    """Say that the file is whole, or why it cannot be."""

    export_id: int
    row_count: int = 0
    size_bytes: int = 0
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DropExport:
    """Drop the parts of an export whose week is over."""

    export_id: int


@handles(RequestExport, permission=None)
def request_export(work: Work, command: RequestExport) -> int:
    """Write the request and enqueue its writing and its end; returns the export's id."""
    if work.actor.user_id is None or len(command.query) > _LONGEST_QUERY:
        raise Refusal("This list cannot be exported")
    expires_at = work.now + timedelta(days=KEPT_DAYS)
    export = work.add(
        Export(
            organisation_id=work.actor.tenant_id,
            list_name=command.list_name,
            title_text=command.title,
            query=command.query,
            requested_by=work.actor.user_id,
            expires_at=expires_at,
        )
    )
    # The switcher's choice narrows the list as well, and lasts no longer than its session.
    payload = {"export_id": export.id, "project_id": work.actor.scope.chosen_project_id}
    export.work_id = enqueue(work, WRITE, f"{WRITE}-{export.id}", payload)
    enqueue(work, DROP, f"{DROP}-{export.id}", payload, due_at=expires_at)
    return export.id


@handles(StartExport, permission=SYSTEM_ONLY)
def start_export(work: Work, command: StartExport) -> bool:
    """Drop what an attempt before this one has left."""
    export = _locked(work, command.export_id)
    if not export.is_under_way:
        return False
    _drop_parts(work, export)
    export.state = "running"
    return True


@handles(StorePart, permission=SYSTEM_ONLY)
def store_part(work: Work, command: StorePart) -> None:
    """Keep the part."""
    export = _locked(work, command.export_id)
    work.session.add(
        ExportPart(
            organisation_id=export.organisation_id,
            export_id=export.id,
            number=command.number,
            content=command.content,
        )
    )


@handles(FinishExport, permission=SYSTEM_ONLY)
def finish_export(work: Work, command: FinishExport) -> None:
    """Show the file as ready, or as failed with its sentence."""
    export = _locked(work, command.export_id)
    export.state = "failed" if command.sentence else "ready"
    export.refusal = command.sentence
    export.row_count, export.size_bytes = command.row_count, command.size_bytes
    if command.sentence:
        _drop_parts(work, export)
    notify(
        work,
        [export.requested_by],
        kind=FAILED if command.sentence else FINISHED,
        title="Your export could not be made" if command.sentence else "Your export is ready",
        text=f"{export.title_text}: {command.sentence or counted(export.row_count, 'row')}",
        href="/admin/exports",
    )


@handles(DropExport, permission=SYSTEM_ONLY)
def drop_export(work: Work, command: DropExport) -> None:
    """Leave the line of what was exported, without its content."""
    export = _locked(work, command.export_id)
    _drop_parts(work, export)
    export.state = "expired"


def _locked(work: Work, export_id: int) -> Export:
    query = select(Export).where(
        Export.organisation_id == work.actor.tenant_id, Export.id == export_id
    )
    export = work.session.scalars(query.with_for_update()).one_or_none()
    if export is None:
        raise Missing
    return export


def _drop_parts(work: Work, export: Export) -> None:
    work.session.execute(
        delete(ExportPart)
        .where(ExportPart.export_id == export.id)
        .execution_options(synchronize_session=False)
    )
