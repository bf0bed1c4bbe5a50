"""What happened to one transaction, in order: the log's rows and the acts of its review."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.review import ReviewStep, steps_of
from app.ledger.models import Transaction
from app.reference.models import TransactionStatus
from app.transactions.review import TRANSACTION

_SHOWN = ("processing", "status_id", "amount_minor", "description", "source", "beneficiary")
_ACTIONS = {
    "submitted": "Submitted for approval",
    "self-authorised": "Submitted and authorized",
    "approved": "Approved at level {level}",
    "rejected": "Rejected",
    "denied": "Denied",
}
_TONES = {"approved": "success", "self-authorised": "success", "rejected": "danger"} | {
    "denied": "danger"
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history: who, what, how, when."""

    what: str
    who: str
    how: str
    when: datetime
    changes: tuple[dict[str, Any], ...] = ()
    reason: str = ""
    tone: str = "neutral"


def history_of(session: Session, transaction: Transaction) -> list[Happening]:
    """Return the whole history, oldest first (W09.54).

    A review's act and the log row of the same operation are one line.
    """
    logged = session.scalars(
        select(Activity)
        .where(
            Activity.organisation_id == transaction.organisation_id,
            Activity.entity == "transaction",
            Activity.entity_id == transaction.id,
        )
        .order_by(Activity.id)
    ).all()
    acts = steps_of(session, TRANSACTION.key, transaction)
    names = _status_names(session, logged)
    return sorted(_lines(logged, acts, names), key=lambda line: line.when)


def _lines(
    logged: Iterable[Activity], acts: Iterable[ReviewStep], names: dict[str, str]
) -> Iterator[Happening]:
    telling = {act.operation_id: act for act in acts if act.act in _ACTIONS}
    for row in logged:
        act = telling.pop(row.operation_id, None)
        changes = _changes(row, names)
        if act is None and row.tags == "modified" and not changes:
            continue
        what = row.action
        if act is not None and row.tags != "created":
            what = _ACTIONS[act.act].format(level=act.level)
        yield Happening(
            what=what,
            who=act.who if act is not None else row.actor_name,
            how=_how(row),
            when=row.occurred_at,
            changes=changes,
            reason=act.reason if act is not None else "",
            tone=_TONES.get(act.act, "neutral") if act is not None else "neutral",
        )
    for act in telling.values():
        what = _ACTIONS[act.act].format(level=act.level)
        yield Happening(what, act.who, "", act.at, reason=act.reason)


def _changes(row: Activity, names: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """Return the changes people ask about; a status is told by its name, a new row by none."""
    if row.tags == "created":
        return ()
    kept = [dict(one) for one in row.changes if one["field"] in _SHOWN]
    for one in kept:
        if one["field"] == "status_id":
            one["field"] = "status"
            one["old"], one["new"] = (names.get(one.get(side) or "") for side in ("old", "new"))
    return tuple(kept)


def _how(row: Activity) -> str:
    through = {"web": "in the portal", "worker": "by the worker"}.get(row.service, row.service)
    return f"{row.actor_role}, {through}" if row.actor_role else through


def _status_names(session: Session, logged: Iterable[Activity]) -> dict[str, str]:
    ids = {
        int(value)
        for row in logged
        for one in row.changes
        if one["field"] == "status_id"
        for value in (one.get("old"), one.get("new"))
        if value
    }
    if not ids:
        return {}
    query = select(TransactionStatus.id, TransactionStatus.name)
    return {
        str(row.id): row.name for row in session.execute(query.where(TransactionStatus.id.in_(ids)))
    }
