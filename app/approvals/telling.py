"""Tells approvers that something waits for them, and makers how it ended, with the decision."""

from typing import Any

from app.access.holders import Place, holders_of
from app.controls.audit import RecordChange
from app.controls.commands import follows
from app.controls.review import (
    AUTHORIZED,
    DENIED,
    LEVEL_OF,
    REJECTED,
    ReviewKind,
    review_kinds,
    workers_of,
)
from app.controls.work import Work
from app.invoices.telling import tell_client
from app.notices.models import FAILED, FINISHED, WAITING
from app.notices.sending import notify, settle

_ENDS = {
    AUTHORIZED: (FINISHED, "was approved"),
    REJECTED: (FAILED, "was sent back to you"),
    DENIED: (FAILED, "was denied"),
}


@follows
def tell_of_reviews(work: Work) -> None:
    """Write notices for each record whose place in approval this command has changed."""
    moved = [one for one in work.changes if one.status_after and one.entity_id is not None]
    if not moved:
        return
    kinds = {kind.model.__tablename__: kind for kind in review_kinds.values()}
    for change in moved:
        kind = kinds.get(change.entity)
        if kind is not None and change.status_after in (*LEVEL_OF, *_ENDS):
            record = work.session.get_one(kind.model, change.entity_id)
            _tell(work, kind, record, change)


def _tell(work: Work, kind: ReviewKind, record: Any, change: RecordChange) -> None:
    href = f"/admin/approvals/{kind.key}/{record.id}"
    project_id = getattr(record, "project_id", None)
    if change.status_before in LEVEL_OF:
        settle(work, href)
    level = LEVEL_OF.get(change.status_after)
    if level is not None:
        people = set(_approvers(work, kind, record, level)) - {work.actor.user_id}
        notify(
            work,
            people - workers_of(work.session, kind.key, record),
            kind=WAITING,
            title=f"{kind.name} waits for your approval",
            text=f"{record.title()}, level {level}, from {work.actor.name}",
            href=href,
            project_id=project_id,
        )
    elif change.status_after in _ENDS and change.status_before:
        sort, words = _ENDS[change.status_after]
        if record.maker_id != work.actor.user_id and not tell_client(work, record):
            notify(
                work,
                [record.maker_id],
                kind=sort,
                title=f"{kind.name} {words}",
                text=f"{record.title()}, by {work.actor.name}",
                href=f"{kind.path}/{record.id}" if kind.path else href,
                project_id=project_id,
            )


def _approvers(work: Work, kind: ReviewKind, record: Any, level: int) -> list[int]:
    place = None
    if hasattr(kind.model, "project_id"):
        place = Place(
            record.project_id,
            getattr(record, "desk_id", None),
            getattr(record, "manager_id", None),
        )
    permission = f"{kind.module}.approve-l{level}"
    return holders_of(work.session, record.organisation_id, permission, place)
