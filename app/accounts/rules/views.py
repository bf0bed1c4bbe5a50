"""Account Configuration > Activity Rules: the list, one rule, and applying them."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.accounts.rules.applying import BATCH, ApplyActivityRules
from app.accounts.rules.commands import RULE
from app.accounts.rules.decision import BELOW, IDLE
from app.accounts.rules.forms import RuleForm
from app.accounts.rules.models import KIND_NAMES, ActivityRule
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.tenant import Organisation
from app.kernel.money import plain_decimal
from app.records.queries import code_choices
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.reference.codes import AccountStatus
from app.web import cells
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, contains, equals
from app.web.pages import confirm_view, fact
from app.web.respond import row_action

PATH = "/admin/activity-rules"
APPLIES = (
    "Every account whose activity meets an approved rule moves to the rule's target status. The "
    "first {batch} accounts are judged at once, the others by the worker right after. The close of "
    "business does the same by itself, unless its configuration leaves that out."
)
COUNTS = (
    "What a customer or a person at the counter or the API made happen. Interest, charges and what "
    "else the bank books by itself do not count."
)
OWES = (
    "What all assets of the account hold, in base currency. An account that is overdrawn is left "
    "alone, such as one that draws on a facility: what is owed is to be repaid."
)
MOVES = (
    "Accounts whose status lets money out and in, and those that a rule moved before. One that a "
    "person put into a status that forbids either is left alone, and so is one whose status allows "
    "no close of business transactions."
)
blueprint = Blueprint("activity_rules", __name__)


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            ActivityRule.id,
            ActivityRule.kind,
            ActivityRule.threshold,
            ActivityRule.priority,
            AccountStatus.code.label("target"),
            Organisation.base_currency,
            Organisation.base_exponent,
        )
        .join(AccountStatus, AccountStatus.id == ActivityRule.status_id)
        .join(Organisation, Organisation.id == ActivityRule.organisation_id)
        .where(*visible(actor, ActivityRule))
    )


def _threshold(row: Any) -> cells.Cell:
    if row.kind == IDLE:
        return cells.text(f"{row.threshold} days")
    if row.kind == BELOW:
        return cells.money(row.threshold, row.base_exponent, row.base_currency)
    return cells.text("")


_RULES = Listing(
    name="activity-rules",
    title="Activity Rules",
    section="Account Configuration",
    path=PATH,
    select=_select,
    key=ActivityRule.id,
    columns=(
        Column("type", "Rule type", lambda row: cells.text(KIND_NAMES[row.kind]),
               sort=ActivityRule.kind, priority=1),
        Column("threshold", "Threshold", _threshold, money=True),
        Column("target", "Target status", lambda row: cells.ident(row.target),
               sort=AccountStatus.code, priority=1),
        Column("priority", "Priority", lambda row: cells.text(row.priority),
               sort=ActivityRule.priority, numeric=True),
    ),
    filters=(
        Filter("type", "Rule type", "choices", equals(ActivityRule.kind),
               lambda _session, _actor: tuple(KIND_NAMES.items())),
    ),
    search=contains(AccountStatus.code, AccountStatus.name),
    search_hint="Target status",
    sort="priority",
    label=lambda row: KIND_NAMES[row.kind],
    empty="Create the first rule, such as: no transactions for 180 days makes an account dormant.",
)  # fmt: skip


def _detail(session: Session, who: Actor, rule: ActivityRule) -> dict[str, Any]:
    row = session.execute(_select(who).where(ActivityRule.id == rule.id)).one()
    may_apply = rule.is_authorised and holds(who, "activity-rules.apply")
    apply = row_action("Apply rules now", f"{PATH}/apply", "play", dialog=True)
    return {
        "rows": [
            fact("Rule type", cells.text(KIND_NAMES[rule.kind])),
            fact("Threshold", _threshold(row)),
            fact("Target status", cells.ident(row.target)),
            fact("Priority", cells.text(rule.priority)),
            *([fact("Transactions", cells.text(COUNTS))] if rule.kind == IDLE else []),
            *([fact("Balance", cells.text(OWES))] if rule.kind == BELOW else []),
            fact("Moves", cells.text(MOVES)),
        ],
        "actions": [apply] if may_apply else [],
    }


def _prepare(form: RuleForm, session: Session, who: Actor, rule: ActivityRule | None) -> None:
    kept = rule.status_id if rule else None
    set_choices(form.status_id, code_choices(session, who, AccountStatus, kept=kept),
                empty="Choose a status")  # fmt: skip
    if rule is not None and not form.is_posted:
        form.status_id.data = str(rule.status_id)
        if rule.kind == BELOW:
            tenant = session.get_one(Organisation, rule.organisation_id)
            form.threshold.data = plain_decimal(rule.threshold or 0, tenant.base_exponent)


@blueprint.route(f"{PATH}/apply", methods=["GET", "POST"])
@permit("activity-rules.apply")
def apply() -> Response:
    """Apply the approved rules to the accounts (E22.07)."""
    return confirm_view(
        command=ApplyActivityRules,
        title="Apply activity rules",
        body=APPLIES.format(batch=BATCH),
        verb="Apply",
        to=PATH,
        done_title="Activity rules applied",
        done_text="The log says which accounts were moved.",
    )


mount_reviewed(blueprint, ReviewedPages(RULE, "Activity Rule", _RULES, RuleForm, _prepare, _detail))
