"""A forward-dated transaction is recorded, corrected while it is open, approved, or cancelled."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from app.controls.commands import handles
from app.controls.drafts import drafted
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.permissions import demand, find, holds
from app.controls.review import DENIED, ReviewKind, demand_editable, review, step
from app.controls.work import Work
from app.journals.keeping import Kept, checked_narrative, keep_lines
from app.journals.lines import NO_BRANCH, JournalLine
from app.kernel.errors import Conflict, Refusal, all_of
from app.ledger.places import places_of_lines
from app.mandates.queries import levels_for_joint_hands
from app.organisation.models import Branch
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.reserving import lock_assets_of, release
from app.schedules.scheduling import demand_near, next_reference, schedule, working_day
from app.schedules.words import (
    CANCELLED,
    CHOSEN_TYPES,
    DRAFT,
    EXECUTING,
    FORWARD_PATH,
    LOCKED,
    NO_TYPE,
    NOT_FUTURE,
    POLICIES,
    SCHEDULED,
)

Record = TypeVar("Record", ForwardDated, StandingOrder)
NO_DATE = "Scheduled date is required."
BY_HAND = "Cancelled before it was approved"
BEING_EXECUTED = "This transaction is being executed and can no longer be cancelled"
HAS_ENDED = "This transaction is {status} and can no longer be cancelled"
NO_LONGER_OPEN = "This transaction is {status} and can no longer be changed"
TYPE_STAYS = "The transaction type stays as it was when this was handed in"


@dataclass(frozen=True, slots=True)
class RecordForwardDated:
    """Plan a transaction for a later day (E43.02); `submit` hands it in at once."""

    kind: str
    branch_id: int | None
    scheduled_on: date | None
    lines: tuple[JournalLine, ...]
    policy: str = "forward"
    narrative: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditForwardDated:
    """Change one that was not handed in, or was sent back (E43.28, E43.29)."""

    forward_dated_id: int
    version: int
    kind: str
    branch_id: int | None
    scheduled_on: date | None
    lines: tuple[JournalLine, ...]
    policy: str = "forward"
    narrative: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class CancelForwardDated:
    """End one for good before its day (E43.38)."""

    forward_dated_id: int
    version: int | None = None


def _check(work: Work, one: ForwardDated) -> None:
    """Refuse (422) to hand in a draft whose day has come meanwhile."""
    demand_future(work, one.scheduled_on, one.policy)


FORWARD = review(
    ReviewKind(
        key="forward-dated",
        model=ForwardDated,
        name="Forward-dated transaction",
        module="forward-dated",
        path=FORWARD_PATH,
        becomes="transaction",
        reaches=places_of_lines,
        least=levels_for_joint_hands,
        authorised=schedule,
        check=_check,
    )
)


@handles(RecordForwardDated, permission="forward-dated.create")
def record_forward_dated(work: Work, command: RecordForwardDated) -> int:
    """Write the draft at the rates of today, which stay (E43.25); returns its id.

    Refused: no type or branch, a day that is not in the future, what the lines lack or do not
    balance (422), clients out of sight (403); handed in, what submission refuses (409).
    """
    branch_id, (scheduled_on, execution_on), narrative = _head(work, command)
    rated_on = work.business_date
    kept = keep_lines(work, command.lines, on=rated_on, branch_id=branch_id, terms=LOCKED)
    one = work.add(
        ForwardDated(
            organisation_id=work.actor.tenant_id,
            reference=next_reference(work, "FWD"),
            kind=command.kind,
            branch_id=branch_id,
            scheduled_on=scheduled_on,
            policy=command.policy,
            execution_on=execution_on,
            narrative=narrative,
            rated_on=rated_on,
            maker_id=work.actor.user_id,
            **columns_of(kept),
        )
    )
    return drafted(work, FORWARD, one, "created", hand_in=command.submit)


@handles(EditForwardDated, permission="forward-dated.edit")
def edit_forward_dated(work: Work, command: EditForwardDated) -> int:
    """Write the correction at the rates of the day it was made on; the rolled day follows (E43.31).

    Refused: what waits or is final, a stale version (409), another type once it was handed in,
    and whatever recording refuses. Returns the id.
    """
    one = find_locked(work, ForwardDated, command.forward_dated_id, command.version)
    demand_editable(one, FORWARD.name)
    if one.status != DRAFT:
        raise Conflict(NO_LONGER_OPEN.format(status=one.status.lower()))
    one.branch_id, days, one.narrative = _head(work, command, of=one)
    one.scheduled_on, one.execution_on = days
    one.kind, one.policy = command.kind, command.policy
    kept = keep_lines(work, command.lines, on=one.rated_on, branch_id=one.branch_id, terms=LOCKED)
    for name, value in columns_of(kept).items():
        setattr(one, name, value)
    return drafted(work, FORWARD, one, "edited", hand_in=command.submit)


def _head(
    work: Work, command: RecordForwardDated | EditForwardDated, of: ForwardDated | None = None
) -> tuple[int, tuple[date, date], str]:
    """Return branch, days and narrative; refused with all that is wrong of the head at once."""
    _, branch_id, days, narrative = all_of(
        lambda: _demand_kind(command.kind, of),
        lambda: checked_branch(work, command.branch_id),
        lambda: demand_future(work, command.scheduled_on, command.policy),
        lambda: checked_narrative(command.narrative),
    )
    return branch_id, days, narrative


def _demand_kind(kind: str, of: ForwardDated | None) -> None:
    if kind not in CHOSEN_TYPES:
        raise Refusal(NO_TYPE, field="kind")
    if of is not None and kind != of.kind and of.submitted_at is not None:
        raise Refusal(TYPE_STAYS, field="kind")


def may_cancel(who: Actor, one: ForwardDated) -> bool:
    """Tell whether a person may cancel one: by permission, or its maker while it is a draft."""
    is_own_draft = one.is_editable and who.user_id is not None and one.maker_id == who.user_id
    return holds(who, "forward-dated.cancel") or (
        is_own_draft and holds(who, "forward-dated.create")
    )


def demand_may_cancel(who: Actor, one: ForwardDated) -> None:
    """Refuse (403) whoever may not cancel it."""
    if not may_cancel(who, one):
        demand(who, "forward-dated.cancel")


def demand_cancellable(one: ForwardDated) -> None:
    """Refuse (409) to cancel what is being executed, or has ended (E43.41, E43.42)."""
    if one.status == EXECUTING:
        raise Conflict(BEING_EXECUTED)
    if not one.can_cancel:
        word = "denied" if one.status == DRAFT else one.status.lower()
        raise Conflict(HAS_ENDED.format(status=word))


def end_cancelled(work: Work, one: ForwardDated, *, reason: str) -> None:
    """Cancel a locked one: what it holds is freed, what waits for approval is denied (E43.39)."""
    if one.status == SCHEDULED:
        release(work, one, lock_assets_of(work, one.lines), reason=reason)
    one.status = CANCELLED
    one.ended_at = work.now
    if one.is_pending:
        one.record_status, one.denial_reason = DENIED, BY_HAND
        step(work, FORWARD, one, "denied", reason=BY_HAND)


def checked_branch(work: Work, branch_id: int | None) -> int:
    """Return the id of a branch in use; refused (422) without one."""
    if branch_id is None:
        raise Refusal(NO_BRANCH, field="branch_id")
    branch = find(work.session, work.actor, Branch, branch_id)
    if branch.retired_at is not None:
        raise Refusal(NO_BRANCH, field="branch_id")
    return branch.id


def columns_of(kept: Kept) -> dict[str, Any]:
    """Return the columns that a record keeps of its lines."""
    names = ("client_id", "project_id", "asset_id", "counter_asset_id")
    total = sum(line["base_minor"] for line in kept.lines if line["side"] == "D")
    return {name: kept.header[name] for name in names} | {
        "lines": kept.lines,
        "total_minor": total,
    }


def demand_future(work: Work, day: date | None, policy: str) -> tuple[date, date]:
    """Return the day and the working day it is rolled to, both after the business date (E43.19)."""
    if day is None:
        raise Refusal(NO_DATE, field="scheduled_on")
    if policy not in POLICIES:
        raise Refusal("Choose a working day policy from the list", field="policy")
    today = work.business_date
    if day <= today:
        raise Refusal(NOT_FUTURE, field="scheduled_on")
    demand_near(work, day, name="Scheduled date", field="scheduled_on")
    execution_on = working_day(work.session, work.actor.tenant_id, day, policy)
    if execution_on <= today:
        raise Refusal(NOT_FUTURE, field="scheduled_on")
    return day, execution_on
