"""What leaves as a file is logged: who took what, and what it was narrowed to."""

from dataclasses import dataclass

from app.controls.audit import RecordChange
from app.controls.commands import handles
from app.controls.work import Work


@dataclass(frozen=True, slots=True)
class ExportFile:
    """Log that rows are taken as a file; `query` is what the address narrows them by."""

    file: str
    query: str = ""


@handles(ExportFile, permission=None)
def export_file(work: Work, command: ExportFile) -> None:
    """Write the log row; who may see the rows was asked before."""
    change = RecordChange("file", None, command.file, "exported", work.actor.organisation_id)
    if command.query:
        change.fields["query"] = {
            "field": "query", "kind": "added", "old": None, "new": command.query,
        }  # fmt: skip
    work.changes.append(change)
