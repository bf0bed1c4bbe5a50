"""Writes a postback for each hook that wants to hear of what a command did, in its transaction.

So nothing is lost that was committed, and nothing is told that was not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import app.invoices.paying  # noqa: F401  It follows first: what it changes is told as well.
from app.controls.commands import follows
from app.controls.configured import KeptByVersion
from app.controls.due import enqueue
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.integrations.happenings import Happening, concerns, happenings
from app.integrations.models import HELD, WAITING, Delivery, HookConfig

KIND = "postback"


@dataclass(frozen=True, slots=True)
class _Hook:
    """What telling needs of a hook: whose it is, what it hears, whether it is paused."""

    id: int
    project_id: int | None
    events: frozenset[str]
    is_paused: bool

    def hears(self, one: Happening) -> bool:
        """Tell whether the event is one of its own, in its project."""
        here = self.project_id is None or one.project_id in (None, self.project_id)
        return here and one.event in self.events


_kept: KeptByVersion[tuple[_Hook, ...]] = KeptByVersion()


@follows
def tell_systems(work: Work) -> None:
    """Write the postbacks of the command; it costs nothing where no hook listens."""
    if work.actor.organisation_id is None or not concerns(work):
        return
    hooks = _hooks(work)
    if not hooks:
        return
    for one in happenings(work):
        # One message, the same for every hook that hears it.
        message_id = f"msg_{uuid4().hex}"
        for hook in hooks:
            if hook.hears(one):
                write_delivery(work, hook.id, one, message_id, is_held=hook.is_paused)


def write_delivery(
    work: Work, hook_id: int, one: Happening, message_id: str, *, is_held: bool = False
) -> int:
    """Write one postback and let it be sent, unless its hook is paused; returns its id."""
    values: dict[str, Any] = {
        "organisation_id": work.actor.tenant_id,
        "hook_id": hook_id,
        "message_id": message_id,
        "event": one.event,
        "entity": one.entity,
        "entity_id": one.entity_id,
        "label": one.label,
        "project_id": one.project_id,
        "payload": {"type": one.event, "timestamp": work.now.isoformat(), "data": one.data},
        "state": HELD if is_held else WAITING,
        "attempts": 0,
        "next_at": None if is_held else work.now,
        "last_answer": "",
        "created_at": work.now,
    }
    delivery_id = int(
        work.session.execute(insert(Delivery).returning(Delivery.id), values).scalar_one()
    )
    if not is_held:
        let_send(work, delivery_id, 0)
    return delivery_id


def let_send(
    work: Work, delivery_id: int, occasion: object, *, due_at: datetime | None = None
) -> None:
    """Let a postback be sent when it is due: once for each occasion."""
    payload = {"delivery_id": delivery_id}
    enqueue(work, KIND, f"postback-{delivery_id}-{occasion}", payload, due_at=due_at)


def _hooks(work: Work) -> tuple[_Hook, ...]:
    """Return the organisation's hooks: movements read them once a version of the configuration.

    A movement has read that version under its locks and changes no configuration itself, so what
    is remembered was committed. Whoever else asks may be changing hooks just now, and reads them.
    """
    organisation_id, version = work.actor.tenant_id, work.configuration_version
    if version is None:
        return _read(work.session, organisation_id)
    return _kept.at(organisation_id, version, lambda: _read(work.session, organisation_id))


def _read(session: Session, organisation_id: int) -> tuple[_Hook, ...]:
    query = select(
        HookConfig.id, HookConfig.project_id, HookConfig.events, HookConfig.paused_at
    ).where(
        HookConfig.organisation_id == organisation_id,
        HookConfig.record_status == AUTHORIZED,
        HookConfig.retired_at.is_(None),
    )
    return tuple(
        _Hook(row.id, row.project_id, frozenset(row.events), row.paused_at is not None)
        for row in session.execute(query)
    )
