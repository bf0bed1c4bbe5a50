"""Approval rules: how many levels a record asks for, from an amount on; settings of approving."""

from dataclasses import dataclass
from typing import Any

from app.access.holders import Place, holders_of
from app.controls.commands import STALE, handles
from app.controls.levels import ApprovalRule
from app.controls.permissions import find
from app.controls.review import review_kinds
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.notices.models import REMINDER
from app.notices.sending import notify
from app.organisation.models import Branch
from app.organisation.queries import checked_project

MOST_LEVELS = 3
LONGEST_DAYS = 30
RULES_PATH = "/admin/approval-rules"
SHARED = "This rule counts in all projects: only somebody who sees them all can change it"
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
    rule = ApprovalRule(organisation_id=work.actor.tenant_id, **_checked(work, command))
    _tell(work, f"Approval rule added: {rule.name}", rule.project_id)
    return work.add(rule).id


@handles(EditApprovalRule, permission="approval-rules.edit")
def edit_approval_rule(work: Work, command: EditApprovalRule) -> int:
    """Save the rule; a stale version is refused (409)."""
    rule = _own_rule(work, command.rule_id)
    if rule.version != command.version:
        raise Conflict(STALE)
    former_id, checked = rule.project_id, _checked(work, command)
    changed = {key: value for key, value in checked.items() if value != getattr(rule, key)}
    for key, value in changed.items():
        setattr(rule, key, value)
    for project_id in {former_id, rule.project_id} if changed else ():
        _tell(work, f"Approval rule changed: {rule.name}", project_id)
    return rule.id


@handles(DeleteApprovalRule, permission="approval-rules.delete")
def delete_approval_rule(work: Work, command: DeleteApprovalRule) -> None:
    """Delete the rule; the log keeps what it was."""
    rule = _own_rule(work, command.rule_id)
    _tell(work, f"Approval rule deleted: {rule.name}", rule.project_id)
    work.session.delete(rule)


@handles(SaveApprovalSettings, permission="approval-rules.edit")
def save_approval_settings(work: Work, command: SaveApprovalSettings) -> None:
    """Save them; a stale version is refused (409)."""
    if not 0 <= command.reminder_days <= LONGEST_DAYS:
        raise Refusal(DAYS_RANGE, field="reminder_days")
    if work.organisation.version != command.version:
        raise Conflict(STALE)
    work.organisation.reminder_days = command.reminder_days
    if work.organisation.may_self_authorise != command.may_self_authorise:
        work.organisation.may_self_authorise = command.may_self_authorise
        may = "may" if command.may_self_authorise else "may no longer"
        _tell(work, f"Administrators {may} authorise their own work")


def _own_rule(work: Work, rule_id: int) -> ApprovalRule:
    """Return a rule that counts for nobody whom the actor does not see (403)."""
    rule = find(work.session, work.actor, ApprovalRule, rule_id)
    if rule.project_id is None and work.actor.scope.allowed_project_ids is not None:
        raise Forbidden(SHARED)
    return rule


def _tell(work: Work, title: str, project_id: int | None = None) -> None:
    """Tell all others who keep the rules there: nobody weakens them for a moment unseen."""
    place = Place(project_id) if project_id is not None else None
    keepers = holders_of(work.session, work.actor.tenant_id, "approval-rules.edit", place)
    others = [one for one in keepers if one != work.actor.user_id]
    told = {"title": title, "text": f"By {work.actor.name}", "href": RULES_PATH}
    notify(work, others, kind=REMINDER, project_id=project_id, **told)


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
    if command.branch_id is not None:
        find(work.session, work.actor, Branch, command.branch_id)
    return {
        "name": command.name.strip(),
        "kind": command.kind,
        "levels": command.levels,
        "minimum_minor": command.minimum_minor,
        "project_id": checked_project(work, command.project_id),
        "branch_id": command.branch_id,
        "is_active": command.is_active,
    }
