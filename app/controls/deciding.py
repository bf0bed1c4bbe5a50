"""Who may decide on a reviewed record: in their own right, or in that of an absent colleague.

Lending is judged here and nowhere else.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls import review
from app.controls.identity import Actor
from app.controls.permissions import holds, scoped, visible
from app.controls.review import ReviewKind
from app.kernel.errors import Missing

ANY_LEVEL = (1, 2, 3)
OWN_WORK = "You cannot act on your own work"


def obstacle_to_decision(
    session: Session, actor: Actor, kind: ReviewKind, record: Any
) -> str | None:
    """Say why this person can neither send the record back nor refuse it, or None."""
    return standing(session, actor, kind, record)[0]


def may_submit(actor: Actor, kind: ReviewKind) -> bool:
    """Tell whether the person hands this kind of record in: who makes it or changes it."""
    return any(holds(actor, f"{kind.module}.{action}") for action in ("create", "edit"))


def may_decide(actor: Actor, kind: ReviewKind) -> bool:
    """Tell whether the person approves this kind of record at any level (E42.09)."""
    return any(_approves(one, kind, ANY_LEVEL) for one in (actor, *actor.stands_in_for))


def find_reviewed(session: Session, actor: Actor, kind: ReviewKind, record_id: int) -> Any:
    """Load a record inside one's own scope, or one that a lent right lets the person decide on.

    What they decided on in a colleague's place they may still look at while they stand in.
    """
    for one in (actor, *actor.stands_in_for):
        query = scoped(one, kind.model).where(kind.model.id == record_id)
        record = session.scalars(query).one_or_none()
        if record is not None and (
            one is actor or (may_decide(one, kind) and _concerns(session, actor, kind, record))
        ):
            return record
    raise Missing


def _concerns(session: Session, actor: Actor, kind: ReviewKind, record: Any) -> bool:
    return record.is_pending or any(
        act.user_id == actor.user_id for act in review.steps_of(session, kind.key, record)
    )


def standing(
    session: Session,
    actor: Actor,
    kind: ReviewKind,
    record: Any,
    *,
    levels: tuple[int, ...] = ANY_LEVEL,
) -> tuple[str | None, list[Actor]]:
    """Return why the person may not decide, or as whom they may: themselves before a lender.

    A lent right reaches the lender's records only, and
    never a record that the lender worked on: it would approve their own work by another hand.
    """
    workers = review.workers_of(session, kind.key, record)
    if actor.user_id in workers:
        return OWN_WORK, []
    able = [
        one
        for one in (actor, *actor.stands_in_for)
        if _approves(one, kind, levels)
        and (not actor.stands_in_for or _sees(session, one, kind, record))
    ]
    if not able:
        more = f": approval of level {levels[0]}" if len(levels) == 1 else ""
        return f"A higher permission level is needed{more}", []
    others = [one for one in able if one.user_id not in workers]
    if not others:
        return f"You stand in for {able[0].name}, who worked on this record", []
    return None, others


def _approves(one: Actor, kind: ReviewKind, levels: tuple[int, ...]) -> bool:
    return any(holds(one, f"{kind.module}.approve-l{level}") for level in levels)


def _sees(session: Session, one: Actor, kind: ReviewKind, record: Any) -> bool:
    """Tell whether the record is in the scope; without a lent right it was found in one's own."""
    query = select(kind.model.id).where(*visible(one, kind.model), kind.model.id == record.id)
    return session.scalar(query) is not None


def approvers(session: Session, kind: ReviewKind, record: Any) -> set[int | None]:
    """Return who approved in this cycle, and whom they stood in for: none of them does again."""
    approved = [
        act
        for act in review.steps_of(session, kind.key, record)
        if act.cycle == record.review_cycle and act.act == "approved"
    ]
    lenders = {act.for_user_id for act in approved if act.for_user_id is not None}
    return {act.user_id for act in approved} | lenders
