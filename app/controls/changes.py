"""Watching the records: a flush listener notes each change of a record with its fields' diff.

It also stamps the record, raises its version once a command, and refuses to change what was
submitted for approval. The log writes the notes down before the commit.
"""

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import InstanceState, Session, UOWTransaction

from app.controls.audit import FROZEN, RecordChange, readable
from app.controls.review import hash_of
from app.controls.secrecy import cipher
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.base import Base
from app.kernel.errors import Conflict

_TECHNICAL = frozenset(
    {"version", "updated_at", "created_at", "organisation_id", "id", "configuration_version"}
)


def listen() -> None:
    """Attach the listeners to every session; called once by the application's factory."""
    if not event.contains(Session, "before_flush", _collect):
        event.listen(Session, "before_flush", _collect)
        event.listen(Session, "after_flush", _number)


def _collect(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    work: Work | None = session.info.get("work")
    for record in (*session.new, *session.dirty, *session.deleted):
        if not record.__audited__ or (record in session.dirty and not session.is_modified(record)):
            continue
        if work is None:
            raise RuntimeError(f"{type(record).__name__} is written outside of a command")
        _stamp(record, work, is_new=record in session.new)
        operation = _operation(session, record)
        _merge(work, _change_of(record, operation, work))


def _operation(session: Session, record: Base) -> str:
    if record in session.new:
        return "created"
    return "deleted" if record in session.deleted else "modified"


def _stamp(record: Any, work: Work, *, is_new: bool) -> None:
    if is_new and hasattr(record, "created_at") and record.created_at is None:
        record.created_at = work.now
    if hasattr(record, "updated_at"):
        record.updated_at = work.now
    if hasattr(record, "version"):
        _raise_version(record, work, is_new=is_new)
    if hasattr(record, "part_of"):
        _raise_version(record.part_of(), work, is_new=False)
    if record.__configuration__ and work.actor.organisation_id is not None:
        # Counted by the database: two changes at once must not end in the same version.
        work.organisation.configuration_version = Organisation.configuration_version + 1


def _raise_version(record: Any, work: Work, *, is_new: bool) -> None:
    """Count one up for the whole command, however often it is flushed (E36.01)."""
    if not is_new and record not in work.versioned:
        record.version += 1
    # The record itself: forgotten and loaded anew, it would be another to the session.
    work.versioned.add(record)


def _change_of(record: Any, operation: str, work: Work) -> RecordChange:
    state: InstanceState[Any] = inspect(record)
    if hasattr(record, "told_under"):
        return _change_of_owner(record, operation, work)
    change = RecordChange(
        entity=record.__tablename__,
        entity_id=record.id if state.has_identity else None,
        label=record.title() if hasattr(record, "title") else "",
        operation=operation,
        organisation_id=getattr(record, "organisation_id", work.actor.organisation_id),
        state=state,
    )
    for attribute in state.mapper.column_attrs:
        if attribute.key not in _TECHNICAL:
            _compare(change, record, state, attribute.key)
    return change


def _change_of_owner(record: Any, operation: str, work: Work) -> RecordChange:
    """Tell of a link as what its owner was given or lost, both by name, which changes the owner."""
    owner, field, name = record.told_under()
    _raise_version(owner, work, is_new=False)
    kind, old, new = ("removed", name, None) if operation == "deleted" else ("added", None, name)
    return RecordChange(
        entity=owner.__tablename__,
        entity_id=owner.id,
        label=f"{owner.title()}: {name}",
        operation="modified",
        organisation_id=owner.organisation_id,
        fields={field: {"field": field, "kind": kind, "old": old, "new": new}},
        state=inspect(record),
    )


def _compare(change: RecordChange, record: Any, state: Any, key: str) -> None:
    history = state.attrs[key].load_history() if change.operation == "modified" else None
    if change.operation == "created":
        old, new = None, getattr(record, key)
    elif change.operation == "deleted":
        old, new = getattr(record, key), None
    elif history is not None and history.has_changes():
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
    else:
        return
    if old is None and new is None:
        return
    if change.operation == "modified":
        _refuse_frozen(record, state, key, old)
    if key == "record_status":
        change.status_before, change.status_after = old or "", new or ""
    change.fields[key] = _kept(record, key, old, new)
    change.is_sensitive |= key in record.__personal__


def _refuse_frozen(record: Any, state: Any, key: str, old: Any) -> None:
    """Refuse a change of what was reviewed; a record may keep that beside what it moved on to."""
    if key not in getattr(record, "__content__", ()) or not state.has_identity:
        return
    history = state.attrs["record_status"].load_history()
    status = history.deleted[0] if history.deleted else record.record_status
    if status in FROZEN and not _is_as_reviewed(record, key, old):
        raise Conflict("A record that was submitted for approval cannot be changed")


def _is_as_reviewed(record: Any, key: str, old: Any) -> bool:
    """Tell whether the content is still what was reviewed; what the house made has no hash."""
    if record.content_hash is None:
        return bool(record.content()[key] == readable(old))
    return bool(hash_of(record.content()) == record.content_hash)


def _kept(record: Any, key: str, old: Any, new: Any) -> dict[str, Any]:
    before, after = readable(old), readable(new)
    kind = "modified" if before is not None and after is not None else None
    kind = kind or ("added" if before is None else "removed")
    if key in record.__redacted__:
        return {"field": key, "kind": kind, "guard": "redacted"}
    if key in record.__personal__:
        before = cipher.encrypt(before) if before else None
        after = cipher.encrypt(after) if after else None
        return {"field": key, "kind": kind, "guard": "encrypted", "old": before, "new": after}
    return {"field": key, "kind": kind, "old": before, "new": after}


def _merge(work: Work, change: RecordChange) -> None:
    earlier = work.noted.setdefault(change.state, change)
    if earlier is change:
        work.changes.append(change)
        return
    for key, kept in change.fields.items():
        first = earlier.fields.get(key)
        earlier.fields[key] = kept | {"old": first["old"]} if first and "old" in first else kept
    earlier.status_before = earlier.status_before or change.status_before
    earlier.status_after = change.status_after or earlier.status_after
    earlier.label = change.label or earlier.label


def _number(session: Session, _context: UOWTransaction) -> None:
    work: Work | None = session.info.get("work")
    if work is None:
        return
    for record in session.new:
        change = work.noted.get(inspect(record))
        if change is not None and change.entity_id is None:
            change.entity_id = record.id
            change.label = record.title() if hasattr(record, "title") else change.label
