"""A failed payment is looked into, so that the close goes on without it (E43.52)."""

from dataclasses import dataclass

from app.controls.approvals import checked_reason
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.schedules.models import ForwardDated


@dataclass(frozen=True, slots=True)
class AcknowledgeFailure:
    """Say that a failed payment was looked into, and what becomes of it."""

    forward_dated_id: int
    reason: str


@handles(AcknowledgeFailure, permission="closing.resume")
def acknowledge_failure(work: Work, command: AcknowledgeFailure) -> None:
    """Keep the moment and the reason: it blocks no close any more.

    Refused: one that did not fail or was acknowledged (409), a reason too short or long (422).
    """
    one = find_locked(work, ForwardDated, command.forward_dated_id)
    if not one.is_unseen_failure:
        raise Conflict("Only a failed payment that nobody looked into is acknowledged")
    one.acknowledgement = checked_reason(command.reason)
    one.acknowledged_at = work.now
