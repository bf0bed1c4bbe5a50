"""The worker's round for one organisation: what other tests left to do is none of this one's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.controls import due
from app.controls.commands import door
from app.controls.due_work import DueWork
from app.controls.leases import claimable
from app.db.session import database


def work_of(organisation_id: int) -> None:
    """Do what is due of an organisation until nothing is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(due, "_due_ids", lambda: _due_of(organisation_id))
        while due.sweep():
            pass


def _due_of(organisation_id: int) -> list[int]:
    query = select(DueWork.id).where(
        DueWork.organisation_id == organisation_id, claimable(door.clock())
    )
    with database.reading() as session:
        return list(session.scalars(query.order_by(DueWork.due_at, DueWork.id)))
