"""Telling people: rows written inside a command, so that they are there when it is, or not."""

from collections.abc import Iterable

from sqlalchemy import insert, update

from app.controls.work import Work
from app.notices.models import WAITING, Notice

LONGEST_TITLE, LONGEST_TEXT = 120, 300


def notify(
    work: Work,
    user_ids: Iterable[int | None],
    *,
    kind: str,
    title: str,
    text: str = "",
    href: str = "",
    project_id: int | None = None,
) -> None:
    """Tell people of the organisation acted in something, in the command's own transaction.

    `kind` is one of `notices.models`; None among the people is the house itself, which needs no
    telling. `href` leads to what it is about.
    """
    values = {
        "organisation_id": work.actor.organisation_id,
        "project_id": project_id,
        "kind": kind,
        "title": title[:LONGEST_TITLE],
        "text": text[:LONGEST_TEXT],
        "href": href,
        "created_at": work.now,
    }
    rows = [values | {"user_id": one} for one in sorted({one for one in user_ids if one})]
    if rows and work.actor.organisation_id is not None:
        work.session.execute(insert(Notice), rows)


def settle(work: Work, href: str) -> None:
    """Mark as read what waited for people at an address: somebody has seen to it."""
    work.session.execute(
        update(Notice)
        .where(
            Notice.organisation_id == work.actor.organisation_id,
            Notice.href == href,
            Notice.kind == WAITING,
            Notice.read_at.is_(None),
        )
        .values(read_at=work.now)
    )
