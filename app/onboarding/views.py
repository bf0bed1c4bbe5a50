"""Account Configuration > Onboarding: which account who gets when they are approved."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from app.accounts.queries import offered_currencies, offered_products, offered_types
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.ledger.accounts import Product
from app.onboarding.commands import (
    CreateOnboardingRule,
    DeleteOnboardingRule,
    EditOnboardingRule,
    Opening,
)
from app.onboarding.models import OnboardingRule
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.records.pages import record_page, usual_actions, with_zone
from app.reference.codes import CLIENT_KINDS
from app.reference.models import AccountType
from app.web import cells
from app.web.forms import Form, as_id, chosen, options, set_choices, stripped
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact
from app.web.resource import Resource, mount

PATH = "/admin/onboarding-rules"
blueprint = Blueprint("onboarding", __name__)


class RuleForm(Form):
    """For whom, and what is opened."""

    project_id = SelectField("Project", chosen("Project"), validate_choice=False)
    kind = SelectField("Customers", choices=options(CLIENT_KINDS))
    product_id = SelectField("Product", chosen("Product"), validate_choice=False)
    account_type_id = SelectField("Account Type", [Optional()], validate_choice=False)
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    sends_welcome = BooleanField("Welcome by mail", default=True)

    def opening(self) -> Opening:
        """Return what is opened."""
        return Opening(
            as_id(self.product_id.data) or 0,
            stripped(self.currency.data),
            as_id(self.account_type_id.data),
            sends_welcome=self.sends_welcome.data,
        )


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            OnboardingRule.id,
            OnboardingRule.kind,
            OnboardingRule.currency,
            OnboardingRule.sends_welcome,
            Project.name.label("project"),
            Product.name.label("product"),
            AccountType.name.label("account_type"),
        )
        .join(Project, Project.id == OnboardingRule.project_id)
        .join(Product, Product.id == OnboardingRule.product_id)
        .outerjoin(AccountType, AccountType.id == OnboardingRule.account_type_id)
        .where(*visible(actor, OnboardingRule))
    )


_RULES = Listing(
    name="onboarding-rules",
    title="Onboarding",
    section="Account Configuration",
    path=PATH,
    select=_select,
    key=OnboardingRule.id,
    columns=(
        Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name,
               priority=1),
        Column("kind", "Customers", lambda row: cells.text(CLIENT_KINDS[row.kind]),
               sort=OnboardingRule.kind, priority=1),
        Column("product", "Product", lambda row: cells.text(row.product), sort=Product.name),
        Column("type", "Account Type", lambda row: cells.text(row.account_type)),
        Column("currency", "Currency", lambda row: cells.text(row.currency),
               sort=OnboardingRule.currency),
        Column("welcome", "Welcome by mail", lambda row: cells.flag(is_set=row.sends_welcome)),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(OnboardingRule.project_id), project_choices),
    ),
    search=contains(Project.name, Product.name),
    search_hint="Project or product",
    sort="project",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: f"{row.project}, {CLIENT_KINDS[row.kind].lower()}",
    actions=lambda row, who: usual_actions(PATH, "configuration", row, who),
    empty="Create a rule, and customers have an account as soon as they are approved.",
)  # fmt: skip


def _detail(session: Session, who: Actor, rule: OnboardingRule) -> dict[str, Any]:
    row = session.execute(_select(who).where(OnboardingRule.id == rule.id)).one()
    page = record_page(
        _RULES,
        rule,
        [
            fact("Project", cells.text(row.project)),
            fact("Customers", cells.text(CLIENT_KINDS[rule.kind])),
            fact("Product", cells.text(row.product)),
            fact("Account Type", cells.text(row.account_type)),
            fact("Currency", cells.text(rule.currency)),
            fact("Welcome by mail", cells.flag(is_set=rule.sends_welcome)),
        ],
        subtitle="Onboarding rule",
    )
    page |= {"actions": usual_actions(PATH, "configuration", rule, who)}
    return with_zone(page, "Customers who are approved from then on have no account of this rule.")


def _prepare(form: RuleForm, session: Session, who: Actor, rule: OnboardingRule | None) -> None:
    products = offered_products(session, who, of_holders=True)
    set_choices(form.product_id, products, empty="Choose a product")
    types = offered_types(session, who, rule.project_id if rule else None)
    set_choices(form.account_type_id, types, empty="Not set")
    set_choices(form.currency, offered_currencies(session, who), empty="Choose a currency")
    if rule is None:
        set_choices(form.project_id, project_choices(session, who), empty="Choose a project")
        return
    del form.project_id
    del form.kind
    if not form.is_posted:
        form.product_id.data = str(rule.product_id)
        form.account_type_id.data = str(rule.account_type_id or "")


mount(
    Resource(
        _RULES,
        OnboardingRule,
        "Onboarding rule",
        "configuration",
        detail=_detail,
        form=RuleForm,
        prepare=_prepare,
        create=lambda form: CreateOnboardingRule(
            as_id(form.project_id.data) or 0, form.kind.data, form.opening()
        ),
        edit=lambda rule, form, version: EditOnboardingRule(rule.id, version, form.opening()),
        delete=lambda rule: DeleteOnboardingRule(rule.id),
    ),
    blueprint,
)
