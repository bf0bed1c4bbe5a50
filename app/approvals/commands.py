"""Approval rules: how many levels a record asks for, from an amount on; settings of approving."""

from dataclasses import dataclass
from typing import Any

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.review import ApprovalRule, review_kinds
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Branch, Project

MOST_LEVELS = 3
LONGEST_DAYS = 30
DAYS_RANGE = f"Choose from 0 to {LONGEST_DAYS} days"


@dataclass(frozen=True, slots=True)
class CreateApprovalRule:
    """Ask for levels of approval above `minimum_minor` of base currency; 0 means always."""

    name: str
    kind: str
    levels: int
    minimum_minor: int = 0
    project_id: int | None = None
    branch_id: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class EditApprovalRule:
    """Change a rule; it judges what is submitted from then on."""

    rule_id: int
    version: int
    name: str
    kind: str
    levels: int
    minimum_minor: int = 0
    project_id: int | None = None
    branch_id: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class DeleteApprovalRule:
    """Remove a rule; what waits for approval keeps the levels it was submitted with."""

    rule_id: int


@dataclass(frozen=True, slots=True)
class SaveApprovalSettings:
    """Say who may authorise alone and after how many days of waiting approvers are reminded."""

    version: int
    reminder_days: int
    may_self_authorise: bool


@handles(CreateApprovalRule, permission="approval-rules.create")
def create_approval_rule(work: Work, command: CreateApprovalRule) -> int:
    """Create the rule for a kind of record that is reviewed (E42.40, E42.41)."""
    values = _checked(work, command)
    return work.add(ApprovalRule(organisation_id=work.actor.tenant_id, **values)).id


@handles(EditApprovalRule, permission="approval-rules.edit")
def edit_approval_rule(work: Work, command: EditApprovalRule) -> int:
    """Save the rule; a stale version is refused (409)."""
    rule = find(work.session, work.actor, ApprovalRule, command.rule_id)
    if rule.version != command.version:
        raise Conflict(STALE)
    for key, value in _checked(work, command).items():
        setattr(rule, key, value)
    return rule.id


@handles(DeleteApprovalRule, permission="approval-rules.delete")
def delete_approval_rule(work: Work, command: DeleteApprovalRule) -> None:
    """Delete the rule; the log keeps what it was."""
    work.session.delete(find(work.session, work.actor, ApprovalRule, command.rule_id))


@handles(SaveApprovalSettings, permission="approval-rules.edit")
def save_approval_settings(work: Work, command: SaveApprovalSettings) -> None:
    """Save them; a stale version is refused (409)."""
    if not 0 <= command.reminder_days <= LONGEST_DAYS:
        raise Refusal(DAYS_RANGE, field="reminder_days")
    if work.organisation.version != command.version:
        raise Conflict(STALE)
    work.organisation.reminder_days = command.reminder_days
    work.organisation.may_self_authorise = command.may_self_authorise


def _checked(work: Work, command: CreateApprovalRule | EditApprovalRule) -> dict[str, Any]:
    if not command.name.strip():
        raise Refusal("Name is required", field="name")
    if command.kind not in review_kinds:
        raise Refusal("Choose an entity type from the list", field="kind")
    if not 0 <= command.levels <= MOST_LEVELS:
        raise Refusal(f"Choose 0 to {MOST_LEVELS} levels", field="levels")
    if command.minimum_minor < 0:
        raise Refusal("The minimum amount cannot be below 0", field="minimum")
    if command.minimum_minor and not review_kinds[command.kind].has_amount:
        raise Refusal("These have no amount: leave the minimum empty", field="minimum")
    for model, record_id in ((Project, command.project_id), (Branch, command.branch_id)):
        if record_id is not None:
            find(work.session, work.actor, model, record_id)
    return {
        "name": command.name.strip(),
        "kind": command.kind,
        "levels": command.levels,
        "minimum_minor": command.minimum_minor,
        "project_id": command.project_id,
        "branch_id": command.branch_id,
        "is_active": command.is_active,
    }
