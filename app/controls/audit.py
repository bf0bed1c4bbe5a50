"""The log of everything: one row for each record that a command changed, with the diff.

Rows are written in the command's own transaction; the sealer chains them by hash afterwards.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, insert
from sqlalchemy.orm import InstanceState, Mapped, mapped_column

from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId, Instant

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
        Index("ix_activity_time", "organisation_id", "occurred_at", postgresql_using="brin"),
    )

    # No key: the row of the organisation would be locked by all who write to its log at once.
    organisation_id: Mapped[int | None] = mapped_column(BigId)
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
    reason: str = ""


def write(work: Work) -> None:
    """Write the log rows of a command that succeeded; called by `perform()` before its commit."""
    rows = [
        _row(work, change, is_primary=index == 0)
        for index, change in enumerate(_ordered(work.changes))
    ]
    if rows:
        work.session.execute(insert(Activity), rows)
        work.has_log_rows = True


def write_failure(
    work: Work, *, sentence: str, about: tuple[str, int | None, str] = ("", None, "")
) -> None:
    """Write the log row of a command that was refused, and what it was about where it is known."""
    change = RecordChange(*about, "refused", work.actor.organisation_id)
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


def _ordered(changes: list[RecordChange]) -> list[RecordChange]:
    """Put the command's subject first: the first record it touched that has a title."""
    titled = [change for change in changes if change.label]
    first = titled[:1] or changes[:1]
    return first + [change for change in changes if change is not first[0]]


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
        "reason": change.reason,
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
