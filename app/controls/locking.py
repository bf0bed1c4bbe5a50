"""Records that are found to be changed: under their lock, and as they are saved by then."""

from typing import TypeVar

from app.controls.commands import STALE
from app.controls.permissions import scoped
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing

Record = TypeVar("Record")


def find_locked(
    work: Work, model: type[Record], record_id: int, version: int | None = None
) -> Record:
    """Load one row inside the actor's scope, locked and afresh, or refuse as a missing id (404).

    Whoever asks for it at the same moment waits until this command ends, and sees what it saved.
    With the version that a form was opened on, a row that was changed since is refused (409).
    """
    query = scoped(work.actor, model).where(model.id == record_id)  # type: ignore[attr-defined]
    fresh = {"populate_existing": True}
    record = work.session.scalars(query.with_for_update(), execution_options=fresh).one_or_none()
    if record is None:
        raise Missing
    demand_version(record, version)
    return record


def demand_version(record: object, version: int | None) -> None:
    """Refuse (409) a record that was changed since its form was opened on a version."""
    if version is not None and record.version != version:  # type: ignore[attr-defined]
        raise Conflict(STALE)
