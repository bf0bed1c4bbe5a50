"""Activity rules are drafted, edited while drafts, and approved (E22)."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from app.accounts.rules.decision import BELOW, IDLE, ZERO
from app.accounts.rules.models import KIND_NAMES, ActivityRule
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.retiring import referred
from app.controls.review import ReviewKind, review
from app.controls.tenant import Organisation
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_MINOR
from app.records.drafts import demand_not_deleted, retires_while_open
from app.reference.codes import AccountStatus

MOST_DAYS = 36_500
LOWEST_PRIORITY = 999
RULE = review(
    ReviewKind(
        key="activity-rule",
        model=ActivityRule,
        name="Activity rule",
        module="activity-rules",
        path="/admin/activity-rules",
        check=demand_not_deleted,
    )
)
retires_while_open(ActivityRule, "Activity rule", permission="activity-rules.delete")


@dataclass(frozen=True, slots=True)
class CreateActivityRule:
    """Draft a rule; `threshold` is days or minor units of base currency, by its kind."""

    kind: str
    threshold: int | None
    status_id: int
    priority: int = 1
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditActivityRule:
    """Change a draft or rejected rule."""

    rule_id: int
    version: int
    kind: str
    threshold: int | None
    status_id: int
    priority: int
    submit: bool = False


@handles(CreateActivityRule, permission="activity-rules.create")
def create_activity_rule(work: Work, command: CreateActivityRule) -> int:
    """Create the draft, which moves no account until it is approved (E22.06). Returns the id."""
    referred(work, AccountStatus, command.status_id, field="status_id")
    rule = work.add(
        ActivityRule(
            organisation_id=work.actor.tenant_id,
            maker_id=work.actor.user_id,
            status_id=command.status_id,
            **_checked(command),
        )
    )
    return drafted(work, RULE, rule, "created", hand_in=command.submit)


@handles(EditActivityRule, permission="activity-rules.edit")
def edit_activity_rule(work: Work, command: EditActivityRule) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409 (E42.04)."""
    rule: ActivityRule = draft(work, RULE, command.rule_id, command.version)
    if command.status_id != rule.status_id:
        referred(work, AccountStatus, command.status_id, field="status_id")
        rule.status_id = command.status_id
    for key, value in _checked(command).items():
        setattr(rule, key, value)
    return drafted(work, RULE, rule, "edited", hand_in=command.submit)


@used_by(AccountStatus, "activity rules")
def rules_of_status(row: AccountStatus) -> Select[int]:
    """Select the rules that move accounts to a status."""
    return select(ActivityRule.id).where(
        ActivityRule.organisation_id == row.organisation_id,
        ActivityRule.status_id == row.id,
        ActivityRule.retired_at.is_(None),
    )


@used_by(Organisation, "activity rules")
def rules_with_amounts(row: Organisation) -> Select[int]:
    """Select the rules whose threshold is an amount, which is in base currency."""
    return select(ActivityRule.id).where(
        ActivityRule.organisation_id == row.id,
        ActivityRule.kind == BELOW,
        ActivityRule.retired_at.is_(None),
    )


def _checked(command: CreateActivityRule | EditActivityRule) -> dict[str, object]:
    kind, threshold = command.kind, command.threshold
    if kind not in KIND_NAMES:
        raise Refusal("Choose a rule type from the list", field="kind")
    if kind == ZERO:
        threshold = None
    elif kind == IDLE and not 1 <= (threshold or 0) <= MOST_DAYS:
        raise Refusal(f"Threshold must be 1 to {MOST_DAYS:,} days", field="threshold")
    elif kind != IDLE and not 1 <= (threshold or 0) <= MAXIMUM_MINOR:
        raise Refusal("Threshold must be an amount greater than 0", field="threshold")
    if not 1 <= command.priority <= LOWEST_PRIORITY:
        raise Refusal(f"Priority must be 1 to {LOWEST_PRIORITY}", field="priority")
    return {"kind": kind, "threshold": threshold, "priority": command.priority}
