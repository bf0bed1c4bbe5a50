"""Approval rules as a resource: which records ask for how many levels, from which amount on."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from app.approvals.commands import (
    MOST_LEVELS,
    RULES_PATH,
    CreateApprovalRule,
    DeleteApprovalRule,
    EditApprovalRule,
)
from app.controls.identity import Actor
from app.controls.levels import ApprovalRule
from app.controls.permissions import visible
from app.controls.review import review_kinds
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero, plain_decimal
from app.organisation.models import Branch, Project
from app.organisation.queries import branch_choices, project_choices
from app.records.pages import usual_actions
from app.web import cells
from app.web.context import organisation
from app.web.forms import Form, as_id, chosen, options, required, set_choices, stripped
from app.web.listing import Column, Filter, Listing, contains, equals
from app.web.resource import Resource, mount

blueprint = Blueprint("approval_rules", __name__)


class RuleForm(Form):
    """A rule; the amount is typed in base currency."""

    name = StringField("Name", required("Name"))
    kind = SelectField("Entity type", chosen("Entity type"), validate_choice=False)
    minimum = StringField(
        "Minimum amount",
        [Optional()],
        description="In base currency; the rule applies above it. Empty means always",
    )
    levels = SelectField(
        "Levels",
        choices=options((n, str(n or "None")) for n in range(MOST_LEVELS + 1)),
        default="1",
    )
    project_id = SelectField("Project", [Optional()], validate_choice=False)
    branch_id = SelectField("Branch", [Optional()], validate_choice=False)
    is_active = BooleanField("Active", default=True)


def kind_names() -> dict[str, str]:
    """Return the names of the kinds of record that are reviewed."""
    return {kind.key: kind.name for kind in review_kinds.values()}


def kind_choices(_session: Session, _actor: Actor) -> Sequence[tuple[str, str]]:
    """Return the kinds of record that are reviewed, for choices."""
    return tuple(kind_names().items())


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            ApprovalRule.id,
            ApprovalRule.name,
            ApprovalRule.kind,
            ApprovalRule.minimum_minor,
            ApprovalRule.levels,
            ApprovalRule.is_active,
            Project.name.label("project"),
            Branch.name.label("branch"),
            Organisation.base_currency,
            Organisation.base_exponent,
        )
        .join(Organisation, Organisation.id == ApprovalRule.organisation_id)
        .outerjoin(Project, Project.id == ApprovalRule.project_id)
        .outerjoin(Branch, Branch.id == ApprovalRule.branch_id)
        .where(*visible(actor, ApprovalRule))
    )


RULES = Listing(
    name="approval-rules",
    title="Approval Rules",
    section="Organisation",
    path=RULES_PATH,
    select=_select,
    key=ApprovalRule.id,
    columns=(
        Column(
            "name", "Name", lambda row: cells.text(row.name), sort=ApprovalRule.name, priority=1
        ),
        Column(
            "kind",
            "Entity type",
            lambda row: cells.text(kind_names().get(row.kind, row.kind)),
            sort=ApprovalRule.kind,
        ),
        Column(
            "minimum",
            "Above",
            lambda row: cells.money(row.minimum_minor, row.base_exponent, row.base_currency),
            sort=ApprovalRule.minimum_minor,
            money=True,
        ),
        Column(
            "levels",
            "Levels",
            lambda row: cells.text(row.levels),
            sort=ApprovalRule.levels,
            numeric=True,
            priority=1,
        ),
        Column("project", "Project", lambda row: cells.text(row.project or "All")),
        Column("branch", "Branch", lambda row: cells.text(row.branch or "All")),
        Column(
            "status",
            "Status",
            lambda row: cells.badge(
                "Active" if row.is_active else "Inactive",
                "success" if row.is_active else "neutral",
            ),
            priority=1,
        ),
    ),
    filters=(Filter("kind", "Entity type", "choices", equals(ApprovalRule.kind), kind_choices),),
    search=contains(ApprovalRule.name),
    search_hint="Name of a rule",
    sort="name",
    label=lambda row: row.name,
    actions=lambda row, actor: usual_actions(RULES_PATH, "approval-rules", row, actor),
    empty="Without a rule, one level of approval is asked for.",
)


def _prepare(form: RuleForm, session: Session, who: Actor, rule: ApprovalRule | None) -> None:
    set_choices(form.kind, kind_choices(session, who), empty="Choose an entity type")
    set_choices(form.project_id, project_choices(session, who), empty="All projects")
    set_choices(form.branch_id, branch_choices(session, who), empty="All branches")
    tenant = organisation()
    if rule is not None and tenant is not None and not form.is_posted and rule.minimum_minor:
        form.minimum.data = plain_decimal(rule.minimum_minor, tenant.base_exponent)


def _typed(form: RuleForm) -> dict[str, Any]:
    return {
        "name": form.name.data,
        "kind": form.kind.data,
        "levels": int(form.levels.data),
        "minimum_minor": _minimum(form),
        "project_id": as_id(form.project_id.data),
        "branch_id": as_id(form.branch_id.data),
        "is_active": form.is_active.data,
    }


def _minimum(form: RuleForm) -> int:
    typed, tenant = stripped(form.minimum.data), organisation()
    if not typed or tenant is None:
        return 0
    try:
        return parse_minor_or_zero(typed, tenant.base_exponent, name="Minimum amount")
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="minimum") from refusal


mount(
    Resource(
        listing=RULES,
        model=ApprovalRule,
        singular="Approval rule",
        module="approval-rules",
        form=RuleForm,
        prepare=_prepare,
        create=lambda form: CreateApprovalRule(**_typed(form)),
        edit=lambda rule, form, version: EditApprovalRule(rule.id, version, **_typed(form)),
        delete=lambda rule: DeleteApprovalRule(rule.id),
    ),
    blueprint,
)
