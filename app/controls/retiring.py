"""Retiring: configuration is taken out of use and kept, by one command and with one event.

A slice says once which of its records can be retired (`retires`); the rest is here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.locking import demand_version, find_locked
from app.controls.permissions import demand, find
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal


@dataclass(frozen=True, slots=True)
class Retirement:
    """How a kind of record is retired. `obstacle` gives the sentence that forbids it, or None."""

    model: type[Any]
    name: str
    permission: str
    obstacle: Callable[[Session, Any], str | None]

    @property
    def entity(self) -> str:
        """The record's name in the log and in the event."""
        return str(self.model.__tablename__).replace("_", "-")


retirements: dict[str, Retirement] = {}


@dataclass(frozen=True, slots=True)
class RetireRecord:
    """Take a record out of use; it stays to be read (E40.01)."""

    entity: str
    record_id: int

    @property
    def action(self) -> str:
        """The name of the event, such as "department.delete" (E40.31)."""
        return f"{self.entity}.delete"


def retires(
    model: type[Any],
    name: str,
    *,
    permission: str,
    obstacle: Callable[[Session, Any], str | None] = lambda _session, _record: None,
) -> Retirement:
    """Let the records of a model be retired by those who hold the permission."""
    retirement = Retirement(model, name, permission, obstacle)
    if retirement.entity in retirements:
        raise KeyError(f"{retirement.entity} is retired by a rule already")
    retirements[retirement.entity] = retirement
    return retirement


def retirement_of(model: type[Any]) -> Retirement:
    """Return how a model's records are retired; KeyError where they are not."""
    return retirements[str(model.__tablename__).replace("_", "-")]


@handles(RetireRecord, permission=None)
def retire_record(work: Work, command: RetireRecord) -> None:
    """Retire the record; refused (409) where it is inactive already or something forbids it."""
    retirement = retirements.get(command.entity)
    if retirement is None:
        raise Missing
    demand(work.actor, retirement.permission)
    # Whoever is about to refer to the record has it locked: they end first, or see it retired.
    record = find_locked(work, retirement.model, command.record_id)
    demand_live(record)
    sentence = retirement.obstacle(work.session, record)
    if sentence is not None:
        raise Conflict(sentence)
    record.retired_at = work.now


def live(work: Work, model: type[Any], record_id: int, version: int | None = None) -> Any:
    """Return a record to change, in scope and in use, as it was when its form was opened (409)."""
    record = find(work.session, work.actor, model, record_id)
    demand_current(record, version)
    return record


def demand_current(record: Any, version: int | None) -> None:
    """Refuse (409) a record that is inactive, or was changed since its form was opened."""
    demand_live(record)
    demand_version(record, version)


def demand_live(record: Any) -> None:
    """Refuse (409) a record that is inactive."""
    if record.retired_at is not None:
        raise Conflict(f"{record.title()} is inactive and cannot be changed")


def referred(work: Work, model: type[Any], record_id: int | None, *, field: str) -> int | None:
    """Return the id of a record that another is about to refer to, if one is given (`usable`)."""
    return None if record_id is None else int(usable(work, model, record_id, field=field).id)


def usable(work: Work, model: type[Any], record_id: int, *, field: str) -> Any:
    """Return a record that another is about to refer to.

    It is in scope and in use, and stays in use until the command ends; otherwise refused.
    """
    record = find(work.session, work.actor, model, record_id)
    lock = select(model.retired_at).where(model.id == record.id)
    if work.session.execute(lock.with_for_update(read=True, key_share=True)).scalar_one():
        raise Refusal(f"{record.title()} is inactive. Choose another", field=field)
    return record


def unless_used(name: str) -> Callable[[Session, Any], str | None]:
    """Return an obstacle: other records belong to this one."""

    def obstacle(session: Session, record: Any) -> str | None:
        noun = user_of(session, record)
        return f"{name} cannot be deleted: {noun} belong to it" if noun else None

    return obstacle
