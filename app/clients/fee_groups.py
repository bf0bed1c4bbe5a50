"""A customer's fee group: chosen in the profile, and changed later without a new approval."""

from dataclasses import dataclass

from app.clients.models import Client
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.reference.fee_groups import FeeGroup

NOT_OFFERED = "Choose a fee group of the customer's project"


@dataclass(frozen=True, slots=True)
class AssignFeeGroup:
    """Let a customer, approved or not, pay by a group's fees; None is the general ones."""

    client_id: int
    version: int
    fee_group_id: int | None


@handles(AssignFeeGroup, permission="clients.edit")
def assign_fee_group(work: Work, command: AssignFeeGroup) -> int:
    """Set the group (W04.22); a stale version is refused."""
    client = find(work.session, work.actor, Client, command.client_id)
    if client.version != command.version:
        raise Conflict(STALE)
    client.fee_group_id = checked_group(work, client.project_id, command.fee_group_id)
    return client.id


def checked_group(work: Work, project_id: int, group_id: int | None) -> int | None:
    """Return the group's id; refuses (422) one that was deleted or is another project's."""
    if group_id is None:
        return None
    try:
        group = find(work.session, work.actor, FeeGroup, group_id)
    except Missing:
        raise Refusal(NOT_OFFERED, field="fee_group_id") from None
    if group.project_id != project_id or group.retired_at is not None:
        raise Refusal(NOT_OFFERED, field="fee_group_id")
    return group.id
