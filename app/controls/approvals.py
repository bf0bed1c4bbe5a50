"""Maker-checker: the commands that submit, approve, reject and deny any reviewed record."""

from dataclasses import dataclass
from typing import Any

from app.controls import review
from app.controls.commands import handles
from app.controls.deciding import authorises_alone, demand_unsubmitted, find_reviewed, judge
from app.controls.levels import levels_of, rule_for, rules_of
from app.controls.locking import demand_version, find_locked
from app.controls.review import AUTHORIZED, DENIED, LEVEL_OF, PENDING, REJECTED, ReviewKind
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

SHORTEST_REASON = 5
LONGEST_REASON = 500


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
    What needs a level whatever the rules say is authorised by no person alone.
    """
    demand_unsubmitted(record)
    if kind.check is not None:
        kind.check(work, record)
    _open_cycle(work, record)
    places = kind.reaches(work.session, record) if kind.reaches is not None else ()
    rule = rule_for(
        kind,
        rules_of(work.session, kind, record.organisation_id),
        amount_minor=record.review_amount(),
        project_ids={getattr(record, "project_id", None), *(project for project, _ in places)},
        branch_ids={getattr(record, "branch_id", None), *(branch for _, branch in places)},
    )
    least = kind.least_levels(work.session, record)
    required = max(levels_of(kind, rule), least)
    record.levels_required = required
    is_alone = authorises_alone(work.actor, work.organisation)
    if required == 0 or (is_alone and (not least or work.actor.is_system)):
        review.step(work, kind, record, "submitted" if required == 0 else "self-authorised")
        _authorise(work, kind, record)
    else:
        record.record_status = PENDING[required]
        review.step(work, kind, record, "submitted")
        if kind.awaiting is not None:
            kind.awaiting(work, record)
    return str(record.record_status)


@handles(SubmitRecord, permission=None)
def submit_record(work: Work, command: SubmitRecord) -> str:
    """Submit by kind and id; asks for the module's permission to create or to edit."""
    kind, record = _locked(work, command.kind, command.record_id, command.version)
    judge(work.session, work.actor, kind, record, verb="submit")
    return submit(work, kind, record)


@handles(ApproveRecord, permission=None)
def approve_record(work: Work, command: ApproveRecord) -> str:
    """Approve at the waiting level; the last approval authorises. Returns the new status."""
    kind, record = _locked(work, command.kind, command.record_id, command.version, lent=True)
    acting = judge(work.session, work.actor, kind, record, verb="approve")
    if record.content_hash != review.hash_of(record.content()):
        raise Conflict("The record is no longer what was submitted")
    level, following = LEVEL_OF[record.record_status], status_when_approved(record)
    review.step(work, kind, record, "approved", level=level, acting=acting)
    if following == AUTHORIZED:
        _authorise(work, kind, record)
    else:
        record.record_status = following
    return str(record.record_status)


@handles(RejectRecord, permission=None)
def reject_record(work: Work, command: RejectRecord) -> str:
    """Return a waiting record to its maker (E42.15-17)."""
    reason = checked_reason(command.reason)
    kind, record = _locked(work, command.kind, command.record_id, command.version, lent=True)
    acting = judge(work.session, work.actor, kind, record, verb="reject")
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
    acting = judge(work.session, work.actor, kind, record, verb="deny")
    record.record_status = DENIED
    record.denial_reason = reason
    review.step(work, kind, record, "denied", reason=reason, acting=acting)
    if kind.returned is not None:
        kind.returned(work, record)
    return DENIED


def status_when_approved(record: Any) -> str:
    """Return where a waiting record stands once it is approved at its level."""
    level = LEVEL_OF[record.record_status]
    return PENDING[level - 1] if level > 1 else AUTHORIZED


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
    kind = review.kind_of(key)
    if not lent:
        return kind, find_locked(work, kind.model, record_id, version)
    record = find_reviewed(work.session, work.actor, kind, record_id)
    work.session.refresh(record, with_for_update=True)
    demand_version(record, version)
    return kind, record


def checked_reason(text: str) -> str:
    """Return a reason without blanks around it; refuses (422) what is shorter or longer."""
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Refusal(
            f"A reason of {SHORTEST_REASON} to {LONGEST_REASON} characters is required",
            field="reason",
        )
    return reason
