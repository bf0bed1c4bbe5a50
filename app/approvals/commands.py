"""Approval rules: how many levels a kind of record asks for, from an amount on."""

from dataclasses import dataclass

from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.review import ApprovalRule, review_kinds
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.organisation.models import Branch, Project

MOST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class CreateApprovalRule:
    """Ask for levels of approval above `minimum_minor` of base currency; 0 means always."""

    name: str
    kind: str
    levels: int
    minimum_minor: int = 0
    project_id: int | None = None
    branch_id: int | None = None


@handles(CreateApprovalRule, permission="approval-rules.create")
def create_approval_rule(work: Work, command: CreateApprovalRule) -> int:
    """Create the rule for a kind of record that is reviewed (E42.40, E42.41)."""
    if not command.name.strip():
        raise Refusal("Name is required", field="name")
    if command.kind not in review_kinds:
        raise Refusal("Choose an entity type from the list", field="kind")
    if not 0 <= command.levels <= MOST_LEVELS:
        raise Refusal(f"Choose 0 to {MOST_LEVELS} levels", field="levels")
    if command.minimum_minor < 0:
        raise Refusal("The minimum amount cannot be below 0", field="minimum_minor")
    for model, record_id in ((Project, command.project_id), (Branch, command.branch_id)):
        if record_id is not None:
            find(work.session, work.actor, model, record_id)
    rule = ApprovalRule(
        organisation_id=work.actor.tenant_id,
        name=command.name.strip(),
        kind=command.kind,
        levels=command.levels,
        minimum_minor=command.minimum_minor,
        project_id=command.project_id,
        branch_id=command.branch_id,
    )
    return work.add(rule).id
