"""Maker-checker: the commands that submit, approve, reject and deny any reviewed record."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.controls import review
from app.controls.commands import handles
from app.controls.deciding import approvers, find_reviewed, may_submit, standing
from app.controls.identity import Actor
from app.controls.levels import levels_of, rule_for
from app.controls.locking import demand_version, find_locked
from app.controls.permissions import holds
from app.controls.review import AUTHORIZED, DENIED, LEVEL_OF, PENDING, REJECTED, ReviewKind
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal

SHORTEST_REASON = 5
LONGEST_REASON = 500
NOT_SUBMITTED = "Record must be submitted for approval first"
FINALIZED = "This record is already finalized"


@dataclass(frozen=True, slots=True)
class SubmitRecord:
    """Hand a draft or rejected record in for approval."""

    kind: str
    record_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ApproveRecord:
    """Approve a record at the level where it waits."""

    kind: str
    record_id: int
    version: int


@dataclass(frozen=True, slots=True)
class RejectRecord:
    """Send a record back to its maker with a reason of 5 to 500 characters."""

    kind: str
    record_id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class DenyRecord:
    """Refuse a record for good, with a reason of 5 to 500 characters."""

    kind: str
    record_id: int
    version: int
    reason: str


def submit(work: Work, kind: ReviewKind, record: Any) -> str:
    """Submit a record inside a command: returns the status it comes to (E42.05-07, E37.08).

    One who may authorise alone, where the organisation allows it, submits straight to
    AUTHORIZED; otherwise the rules say how many levels must approve, from the highest down.
    """
    if not record.is_editable:
        raise Conflict("This record was submitted already")
    if kind.check is not None:
        kind.check(work, record)
    _open_cycle(work, record)
    places = kind.reaches(work.session, record) if kind.reaches is not None else ()
    rule = rule_for(
        work.session,
        kind,
        organisation_id=record.organisation_id,
        amount_minor=record.review_amount(),
        project_ids={getattr(record, "project_id", None), *(project for project, _ in places)},
        branch_ids={getattr(record, "branch_id", None), *(branch for _, branch in places)},
    )
    required = levels_of(kind, rule)
    record.levels_required = required
    if required == 0 or may_self_authorise(work):
        review.step(work, kind, record, "submitted" if required == 0 else "self-authorised")
        _authorise(work, kind, record)
    else:
        record.record_status = PENDING[required]
        review.step(work, kind, record, "submitted")
        if kind.awaiting is not None:
            kind.awaiting(work, record)
    return str(record.record_status)


def may_self_authorise(work: Work) -> bool:
    """Tell whether the actor's submit authorises at once, by permission and by the switch."""
    if work.actor.is_system:
        return True
    return holds(work.actor, "approvals.self-authorise") and work.organisation.may_self_authorise


@handles(SubmitRecord, permission=None)
def submit_record(work: Work, command: SubmitRecord) -> str:
    """Submit by kind and id; asks for the module's permission to create or to edit."""
    kind, record = _locked(work, command.kind, command.record_id, command.version)
    if not may_submit(work.actor, kind):
        raise Forbidden("You do not have permission to submit this record.")
    return submit(work, kind, record)


@handles(ApproveRecord, permission=None)
def approve_record(work: Work, command: ApproveRecord) -> str:
    """Approve at the waiting level; the last approval authorises. Returns the new status."""
    kind, record = _locked(work, command.kind, command.record_id, command.version, lent=True)
    obstacle, acting = _judged(work.session, work.actor, kind, record)
    if obstacle:
        raise Forbidden(obstacle) if record.is_pending else Conflict(obstacle)
    if record.content_hash != review.hash_of(record.content()):
        raise Conflict("The record is no longer what was submitted")
    level = LEVEL_OF[record.record_status]
    review.step(work, kind, record, "approved", level=level, acting=acting)
    if level > 1:
        record.record_status = PENDING[level - 1]
    else:
        _authorise(work, kind, record)
    return str(record.record_status)


@handles(RejectRecord, permission=None)
def reject_record(work: Work, command: RejectRecord) -> str:
    """Return a waiting record to its maker (E42.15-17)."""
    reason = checked_reason(command.reason)
    kind, record = _locked(work, command.kind, command.record_id, command.version, lent=True)
    acting = _deciding(work, kind, record, pending_only=True)
    record.record_status = REJECTED
    record.rejection_reason = reason
    review.step(work, kind, record, "rejected", reason=reason, acting=acting)
    if kind.returned is not None:
        kind.returned(work, record)
    return REJECTED


@handles(DenyRecord, permission=None)
def deny_record(work: Work, command: DenyRecord) -> str:
    """Refuse a waiting or rejected record for good (E42.22-24)."""
    reason = checked_reason(command.reason)
    kind, record = _locked(work, command.kind, command.record_id, command.version, lent=True)
    acting = _deciding(work, kind, record, pending_only=False)
    record.record_status = DENIED
    record.denial_reason = reason
    review.step(work, kind, record, "denied", reason=reason, acting=acting)
    if kind.returned is not None:
        kind.returned(work, record)
    return DENIED


def obstacle_to(session: Session, actor: Actor, kind: ReviewKind, record: Any) -> str | None:
    """Say why this person cannot approve the record now, or None when they can."""
    return _judged(session, actor, kind, record)[0]


def _judged(
    session: Session, actor: Actor, kind: ReviewKind, record: Any
) -> tuple[str | None, Actor | None]:
    if record.is_editable:
        return NOT_SUBMITTED, None
    if not record.is_pending:
        return FINALIZED, None
    level = LEVEL_OF[record.record_status]
    obstacle, able = standing(session, actor, kind, record, levels=(level,))
    if obstacle:
        return obstacle, None
    taken = approvers(session, kind, record)
    if actor.user_id in taken:
        return "You approved another level of this record already", None
    free = [one for one in able if one.user_id not in taken]
    if not free:
        return f"{able[0].name} approved another level of this record already", None
    return None, free[0]


def _open_cycle(work: Work, record: Any) -> None:
    if record.submitted_at is not None:
        record.review_cycle += 1
    record.submitted_at = work.now
    record.maker_id = work.actor.user_id
    record.content_hash = review.hash_of(record.content())
    if record.id is None:
        work.session.flush()  # the review's steps refer to the record by its id


def _authorise(work: Work, kind: ReviewKind, record: Any) -> None:
    record.record_status = AUTHORIZED
    record.authorised_at = work.now
    if kind.authorised is not None:
        kind.authorised(work, record)


def _locked(
    work: Work, key: str, record_id: int, version: int | None, *, lent: bool = False
) -> tuple[ReviewKind, Any]:
    kind = review.review_kinds.get(key)
    if kind is None:
        raise Missing
    if not lent:
        return kind, find_locked(work, kind.model, record_id, version)
    record = find_reviewed(work.session, work.actor, kind, record_id)
    work.session.refresh(record, with_for_update=True)
    demand_version(record, version)
    return kind, record


def _deciding(work: Work, kind: ReviewKind, record: Any, *, pending_only: bool) -> Actor:
    """Return as whom the person sends back or refuses; raises when they may not."""
    if not record.is_pending and (pending_only or record.record_status != REJECTED):
        raise Conflict(NOT_SUBMITTED if record.is_editable else FINALIZED)
    obstacle, able = standing(work.session, work.actor, kind, record)
    if obstacle:
        raise Forbidden(obstacle)
    return able[0]


def checked_reason(text: str) -> str:
    """Return a reason without blanks around it; refuses (422) what is shorter or longer."""
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Refusal(
            f"A reason of {SHORTEST_REASON} to {LONGEST_REASON} characters is required",
            field="reason",
        )
    return reason
