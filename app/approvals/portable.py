"""What a configuration file carries of approval rules, by the commands of their pages."""

from typing import Any

from app.approvals.commands import (
    CreateApprovalRule,
    EditApprovalRule,
    create_approval_rule,
    edit_approval_rule,
)
from app.controls.levels import ApprovalRule
from app.controls.portable import Portable, portable
from app.controls.review import review_kinds
from app.controls.work import Work


def add_rule(work: Work, columns: dict[str, Any]) -> ApprovalRule:
    """Add a rule; returns it."""
    rule_id = create_approval_rule(work, CreateApprovalRule(**columns))
    return work.session.get_one(ApprovalRule, rule_id)


def save_rule(work: Work, rule: ApprovalRule, columns: dict[str, Any]) -> None:
    """Save a rule."""
    edit_approval_rule(work, EditApprovalRule(rule.id, rule.version, **columns))


portable(
    Portable(
        "approval_rules",
        "Approval rules",
        ApprovalRule,
        "approval-rules",
        identity=("name",),
        fields=("kind", "minimum_minor", "levels", "project", "branch", "is_active"),
        references={"project": "projects", "branch": "branches"},
        choices={"kind": lambda: review_kinds},
        create=add_rule,
        edit=save_rule,
        words={"minimum": "minimum_minor"},
    )
)
