"""Who may decide on a reviewed record: in their own right, or in that of an absent colleague.

It is judged here and nowhere else: commands, pages and the interface ask.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls import review
from app.controls.identity import Actor
from app.controls.permissions import holds, scoped, visible
from app.controls.review import LEVEL_OF, REJECTED, ReviewKind
from app.controls.tenant import Organisation
from app.kernel.errors import Conflict, Forbidden, Missing

ANY_LEVEL = (1, 2, 3)
OWN_WORK = "You cannot act on your own work"
NOT_SUBMITTED = "Record must be submitted for approval first"
FINALIZED = "This record is already finalized"


def authorises_alone(actor: Actor, tenant: Organisation) -> bool:
    """Tell whether what the actor hands in is authorized at once, by right and switch (9.3)."""
    return actor.is_system or (
        holds(actor, "approvals.self-authorise") and tenant.may_self_authorise
    )


def judge(session: Session, actor: Actor, kind: ReviewKind, record: Any, *, verb: str) -> Actor:
    """Return as whom the person takes a decision: themselves before one who lent their right.

    `verb` is submit, approve, reject or deny. Refused: what the record's status lets nobody do
    (409), what this person may not do (403).
    """
    if verb == "submit":
        if not may_submit(actor, kind):
            raise Forbidden("You do not have permission to submit this record.")
        demand_unsubmitted(record)
        return actor
    if not record.is_pending and (verb != "deny" or record.record_status != REJECTED):
        raise Conflict(NOT_SUBMITTED if record.is_editable else FINALIZED)
    if verb != "approve":
        return _able(session, actor, kind, record, levels=ANY_LEVEL)[0]
    level = LEVEL_OF[record.record_status]
    able = _able(session, actor, kind, record, levels=(level,))
    taken = _approvers(session, kind, record)
    if actor.user_id in taken:
        raise Forbidden("You approved another level of this record already")
    free = [one for one in able if one.user_id not in taken]
    if not free:
        raise Forbidden(f"{able[0].name} approved another level of this record already")
    return free[0]


def obstacle_to(
    session: Session, actor: Actor, kind: ReviewKind, record: Any, *, verb: str = "approve"
) -> str | None:
    """Say why this person cannot take the decision now, or None when they can."""
    try:
        judge(session, actor, kind, record, verb=verb)
    except (Conflict, Forbidden) as refusal:
        return refusal.sentence
    return None


def demand_unsubmitted(record: Any) -> None:
    """Refuse (409) to hand in what is no draft and was not sent back."""
    if not record.is_editable:
        raise Conflict("This record was submitted already")


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


def _able(
    session: Session, actor: Actor, kind: ReviewKind, record: Any, *, levels: tuple[int, ...]
) -> list[Actor]:
    """Return as whom the person may decide at one of the levels; refused (403) where as nobody.

    A lent right reaches the lender's records only, and never a record that the lender worked on:
    it would approve their own work by another hand.
    """
    workers = review.workers_of(session, kind.key, record)
    if actor.user_id in workers:
        raise Forbidden(OWN_WORK)
    able = [
        one
        for one in (actor, *actor.stands_in_for)
        if _approves(one, kind, levels)
        and (not actor.stands_in_for or _sees(session, one, kind, record))
    ]
    if not able:
        more = f": approval of level {levels[0]}" if len(levels) == 1 else ""
        raise Forbidden(f"A higher permission level is needed{more}")
    others = [one for one in able if one.user_id not in workers]
    if not others:
        raise Forbidden(f"You stand in for {able[0].name}, who worked on this record")
    return others


def _approves(one: Actor, kind: ReviewKind, levels: tuple[int, ...]) -> bool:
    return any(holds(one, f"{kind.module}.approve-l{level}") for level in levels)


def _sees(session: Session, one: Actor, kind: ReviewKind, record: Any) -> bool:
    """Tell whether the record is in the scope; without a lent right it was found in one's own."""
    query = select(kind.model.id).where(*visible(one, kind.model), kind.model.id == record.id)
    return session.scalar(query) is not None


def _approvers(session: Session, kind: ReviewKind, record: Any) -> set[int | None]:
    """Return who approved in this cycle, and whom they stood in for: none of them does again."""
    approved = [
        act
        for act in review.steps_of(session, kind.key, record)
        if act.cycle == record.review_cycle and act.act == "approved"
    ]
    lenders = {act.for_user_id for act in approved if act.for_user_id is not None}
    return {act.user_id for act in approved} | lenders
