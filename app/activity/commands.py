"""Reading what the log keeps encrypted: by permission, for a reason, and itself logged."""

from dataclasses import dataclass

from app.activity.queries import found_activity
from app.controls.audit import RecordChange
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

SHORTEST_REASON, LONGEST_REASON = 10, 300
NO_REASON = f"A reason of {SHORTEST_REASON} to {LONGEST_REASON} characters is required"


@dataclass(frozen=True, slots=True)
class DecryptPersonalFields:
    """Ask for the personal fields of one row of the log, and say why."""

    activity_id: int
    reason: str

    @property
    def about(self) -> tuple[str, int]:
        """Name the event in the log of a refusal too: who tried to read what is to be known."""
        return "activity", self.activity_id


@handles(DecryptPersonalFields, permission="activity.decrypt")
def decrypt_personal_fields(work: Work, command: DecryptPersonalFields) -> None:
    """Write down who reads which row and why (E39.30); the values are not part of the answer.

    An answer is remembered under the form's key, and what was decrypted must be kept nowhere.
    """
    row = found_activity(work.session, work.actor, command.activity_id)
    if not row.is_sensitive:
        raise Conflict("This event holds nothing that is encrypted")
    reason = command.reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Refusal(NO_REASON, field="reason")
    label = f"{row.id}: {row.action}, {row.entity_label or row.entity}"
    work.changes.append(
        RecordChange("activity", row.id, label, "decrypted", row.organisation_id, reason=reason)
    )
