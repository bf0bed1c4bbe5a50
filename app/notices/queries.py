"""Notices as their reader sees them: their own, of the organisation and project in sight."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.kernel.errors import Missing
from app.notices.models import Notice, NoticeChoice

MOST_LISTED = 100


def own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses of one's own notices; a chosen project leaves out the others' (M03.19)."""
    clauses: list[Any] = [
        Notice.user_id == (actor.user_id or 0),
        Notice.organisation_id == (actor.organisation_id or 0),
    ]
    projects = actor.scope.project_ids
    if projects is not None:
        clauses.append(or_(Notice.project_id.is_(None), Notice.project_id.in_(projects)))
    return tuple(clauses)


def notices_of(session: Session, actor: Actor, *, unread_only: bool) -> Sequence[Notice]:
    """Return the newest notices, a hundred at most."""
    query = select(Notice).where(*own(actor)).order_by(Notice.id.desc()).limit(MOST_LISTED)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    return session.scalars(query).all()


def unread_of(session: Session, actor: Actor) -> int:
    """Count what is unread."""
    query = select(func.count()).select_from(Notice).where(*own(actor), Notice.read_at.is_(None))
    return session.scalars(query).one()


def found_notice(session: Session, actor: Actor, notice_id: int) -> Notice:
    """Return one of one's own notices, or 404."""
    found = session.scalars(select(Notice).where(*own(actor), Notice.id == notice_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def is_told_of_postings(session: Session, actor: Actor) -> bool:
    """Tell whether the person chose to hear of what is posted for their clients."""
    query = select(NoticeChoice.on_posting).where(NoticeChoice.user_id == (actor.user_id or 0))
    return bool(session.scalar(query))
