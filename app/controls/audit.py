"""The log of everything: a flush listener turns each change of a record into rows with its diff.

Rows are written in the command's own transaction; the sealer chains them by hash afterwards.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, event, insert, inspect
from sqlalchemy.orm import InstanceState, Mapped, Session, UOWTransaction, mapped_column

from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId, Instant
from app.kernel.errors import Conflict

_TECHNICAL = frozenset({"version", "updated_at", "created_at", "organisation_id", "id"})
FROZEN = frozenset(
    {"PENDING_AUTH_L3", "PENDING_AUTH_L2", "PENDING_AUTH_L1", "AUTHORIZED", "DENIED"}
)


class Activity(Identified, Base):
    """One row of the log: who did what to which record, from where, and what changed."""

    __tablename__ = "activity"
    __audited__ = False
    __table_args__ = (
        CheckConstraint("status in ('Success', 'Failure')", name="status"),
        CheckConstraint("actor_kind in ('Human', 'System')", name="actor_kind"),
        Index("ix_activity_list", "organisation_id", "is_primary", "id"),
        Index("ix_activity_record", "organisation_id", "entity", "entity_id", "id"),
        Index("ix_activity_operation", "operation_id"),
        Index("ix_activity_time", "organisation_id", "occurred_at"),
    )

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    operation_id: Mapped[str]
    is_primary: Mapped[bool]
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    logged_at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor_name: Mapped[str]
    actor_role: Mapped[str]
    actor_branch: Mapped[str]
    action: Mapped[str]
    module: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[int | None] = mapped_column(BigId)
    entity_label: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    status_before: Mapped[str]
    status_after: Mapped[str]
    tags: Mapped[str]
    is_sensitive: Mapped[bool]
    method: Mapped[str]
    path: Mapped[str]
    address: Mapped[str]
    browser: Mapped[str]
    request_id: Mapped[str]
    session_id: Mapped[str]
    service: Mapped[str]
    environment: Mapped[str]
    changes: Mapped[list[dict[str, Any]]]


@dataclass(slots=True)
class RecordChange:
    """What one command did to one record: its fields before and after."""

    entity: str
    entity_id: int | None
    label: str
    operation: str
    organisation_id: int | None
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    status_before: str = ""
    status_after: str = ""
    is_sensitive: bool = False
    state: InstanceState[Any] | None = None


def listen() -> None:
    """Attach the listeners to every session; called once by the application's factory."""
    if not event.contains(Session, "before_flush", _collect):
        event.listen(Session, "before_flush", _collect)
        event.listen(Session, "after_flush", _number)


def write(work: Work) -> None:
    """Write the log rows of a command that succeeded; called by `perform()` before its commit."""
    rows = [
        _row(work, change, is_primary=index == 0)
        for index, change in enumerate(_ordered(work.changes))
    ]
    if rows:
        work.session.execute(insert(Activity), rows)
        work.has_log_rows = True


def write_failure(work: Work, *, sentence: str) -> None:
    """Write the log row of a command that was refused."""
    change = RecordChange("", None, "", "refused", work.actor.organisation_id)
    row = _row(work, change, is_primary=True) | {"status": "Failure", "reason": sentence}
    work.session.execute(insert(Activity), [row])


def activity_values(
    work: Work,
    *,
    entity: str,
    entity_id: int | None,
    label: str,
    changes: list[dict[str, Any]],
    is_primary: bool,
) -> dict[str, Any]:
    """Return the columns of a log row for a writer that goes around the ORM, such as `post()`."""
    change = RecordChange(entity, entity_id, label, "created", work.actor.organisation_id)
    return _row(work, change, is_primary=is_primary) | {"changes": changes}


def readable(value: Any) -> str | None:
    """Write a column's value as the text that the log keeps; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str)
    return str(value)


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
    if record.__configuration__ and work.actor.organisation_id is not None:
        work.organisation.configuration_version += 1


def _raise_version(record: Any, work: Work, *, is_new: bool) -> None:
    """Count one up for the whole command, however often it is flushed (E36.01)."""
    state = inspect(record)
    if not is_new and state not in work.versioned:
        record.version += 1
    work.versioned.add(state)


def _change_of(record: Any, operation: str, work: Work) -> RecordChange:
    state: InstanceState[Any] = inspect(record)
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
    _refuse_frozen(record, state, key)
    if key == "record_status":
        change.status_before, change.status_after = old or "", new or ""
    change.fields[key] = _kept(record, key, old, new)
    change.is_sensitive |= key in record.__personal__


def _refuse_frozen(record: Any, state: Any, key: str) -> None:
    if key not in getattr(record, "__content__", ()) or not state.has_identity:
        return
    history = state.attrs["record_status"].load_history()
    status = history.deleted[0] if history.deleted else record.record_status
    if status in FROZEN:
        raise Conflict("A record that was submitted for approval cannot be changed")


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
    for earlier in work.changes:
        if earlier.state is change.state:
            for key, kept in change.fields.items():
                first = earlier.fields.get(key)
                earlier.fields[key] = (
                    kept | {"old": first["old"]} if first and "old" in first else kept
                )
            earlier.status_before = earlier.status_before or change.status_before
            earlier.status_after = change.status_after or earlier.status_after
            earlier.label = change.label or earlier.label
            return
    work.changes.append(change)


def _number(session: Session, _context: UOWTransaction) -> None:
    work: Work | None = session.info.get("work")
    for change in work.changes if work else ():
        if change.entity_id is None and change.state is not None:
            record = change.state.obj()
            if record is not None:
                change.entity_id = record.id
                change.label = record.title() if hasattr(record, "title") else change.label


def _ordered(changes: list[RecordChange]) -> list[RecordChange]:
    """Put the command's subject first: the first record it touched that has a title."""
    titled = [change for change in changes if change.label]
    first = titled[:1] or changes[:1]
    return first + [change for change in changes if change not in first]


def _row(work: Work, change: RecordChange, *, is_primary: bool) -> dict[str, Any]:
    actor, context = work.actor, work.actor.context
    return {
        "organisation_id": change.organisation_id,
        "operation_id": work.operation_id,
        "is_primary": is_primary,
        "occurred_at": work.now,
        "logged_at": work.now,
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "actor_role": actor.role,
        "actor_branch": actor.branch,
        "action": work.action,
        "module": change.entity.replace("_", " "),
        "entity": change.entity,
        "entity_id": change.entity_id,
        "entity_label": change.label,
        "status": "Success",
        "reason": "",
        "status_before": change.status_before,
        "status_after": change.status_after,
        "tags": change.operation,
        "is_sensitive": change.is_sensitive,
        "method": context.method,
        "path": context.path,
        "address": context.address,
        "browser": context.browser,
        "request_id": context.request_id,
        "session_id": context.session_id,
        "service": context.service,
        "environment": os.environ.get("COUNTINGHOUSE_ENV", "development"),
        "changes": list(change.fields.values()),
    }
