"""What a project opens for its customers is configured, and opened for who was approved."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.accounts.commands import OpenAccount, open_account
from app.clients.models import Client
from app.controls.commands import STALE, follows, handles
from app.controls.due import enqueue
from app.controls.permissions import find
from app.controls.retiring import usable
from app.controls.review import just_authorised
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account, Product
from app.mail.letters import write_letter
from app.onboarding.models import OnboardingRule
from app.organisation.models import Project
from app.organisation.queries import kept_currency
from app.reference.codes import CLIENT_KINDS
from app.reference.models import AccountType

KIND = "onboarding"
THERE_ALREADY = "This project has a rule for these customers already"


@dataclass(frozen=True, slots=True)
class Opening:
    """The account that is opened, and whether its holder is welcomed by mail."""

    product_id: int
    currency: str
    account_type_id: int | None = None
    sends_welcome: bool = True


@dataclass(frozen=True, slots=True)
class CreateOnboardingRule:
    """Open an account for each customer of a kind of a project, when they are approved."""

    project_id: int
    kind: str
    opening: Opening


@dataclass(frozen=True, slots=True)
class EditOnboardingRule:
    """Change what is opened."""

    rule_id: int
    version: int
    opening: Opening


@dataclass(frozen=True, slots=True)
class DeleteOnboardingRule:
    """Open nothing by itself any more; what was opened stays."""

    rule_id: int


@dataclass(frozen=True, slots=True)
class OnboardClient:
    """Open what the rule of an approved customer's project says."""

    client_id: int


@handles(CreateOnboardingRule, permission="configuration.create")
def create_onboarding_rule(work: Work, command: CreateOnboardingRule) -> int:
    """Add the rule; a project has one for each kind of customer (409). Returns the id."""
    project = usable(work, Project, command.project_id, field="project_id")
    if command.kind not in CLIENT_KINDS:
        raise Refusal("Choose individual or corporate", field="kind")
    if _rule(work, project.id, command.kind) is not None:
        raise Conflict(THERE_ALREADY, field="kind")
    rule = OnboardingRule(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        kind=command.kind,
        **_checked(work, command.opening, project.id),
    )
    return work.add(rule).id


@handles(EditOnboardingRule, permission="configuration.edit")
def edit_onboarding_rule(work: Work, command: EditOnboardingRule) -> int:
    """Save the rule; a stale version is refused (409)."""
    rule = find(work.session, work.actor, OnboardingRule, command.rule_id)
    if rule.version != command.version:
        raise Conflict(STALE)
    for key, value in _checked(work, command.opening, rule.project_id).items():
        setattr(rule, key, value)
    return rule.id


@handles(DeleteOnboardingRule, permission="configuration.delete")
def delete_onboarding_rule(work: Work, command: DeleteOnboardingRule) -> None:
    """Delete the rule."""
    work.session.delete(find(work.session, work.actor, OnboardingRule, command.rule_id))


@follows
def plan_onboarding(work: Work) -> None:
    """Leave the account of who was approved to the worker: its obstacles hold no approval up."""
    for client_id in just_authorised(work, Client.__tablename__):
        client = work.session.get_one(Client, client_id)
        if _rule(work, client.project_id, client.kind) is not None:
            enqueue(work, KIND, f"client-{client.id}", {"client_id": client.id})


@handles(OnboardClient, permission="accounts.create")
def onboard_client(work: Work, command: OnboardClient) -> int | None:
    """Open the account and welcome its holder, in one transaction (W02.01-04).

    Returns the account's id; None where the rule is gone or the customer has one already.
    """
    client = find(work.session, work.actor, Client, command.client_id)
    rule = _rule(work, client.project_id, client.kind)
    kept = select(Account.id).where(
        Account.organisation_id == client.organisation_id, Account.client_id == client.id
    )
    if rule is None or work.session.scalar(kept.limit(1)) is not None:
        return None
    account_id = open_account(
        work,
        OpenAccount(
            rule.product_id,
            rule.currency,
            client_id=client.id,
            account_type_id=rule.account_type_id,
        ),
    )
    if rule.sends_welcome and client.email:
        account = work.session.get_one(Account, account_id)
        write_letter(
            work,
            "account-opened",
            to=client.email,
            subject="Your account is open",
            values={"name": client.name, "number": account.number, "account": account.name},
            client_id=client.id,
        )
    return account_id


@used_by(Product, "onboarding rules")
def rules_of_product(row: Product) -> Select[int]:
    """Select the rules that open accounts under a product."""
    return _rules_of(row, OnboardingRule.product_id)


@used_by(AccountType, "onboarding rules")
def rules_of_type(row: AccountType) -> Select[int]:
    """Select the rules that open accounts of a type."""
    return _rules_of(row, OnboardingRule.account_type_id)


def _rules_of(row: Any, column: Any) -> Select[int]:
    return select(OnboardingRule.id).where(
        OnboardingRule.organisation_id == row.organisation_id, column == row.id
    )


def _rule(work: Work, project_id: int, kind: str) -> OnboardingRule | None:
    query = select(OnboardingRule).where(
        OnboardingRule.organisation_id == work.actor.tenant_id,
        OnboardingRule.project_id == project_id,
        OnboardingRule.kind == kind,
    )
    return work.session.scalars(query).one_or_none()


def _checked(work: Work, opening: Opening, project_id: int) -> dict[str, Any]:
    """Return the columns; refuses (422) what no account could be opened with."""
    product = find(work.session, work.actor, Product, opening.product_id)
    if not (product.is_authorised and product.is_contract and product.retired_at is None):
        raise Refusal("Choose an authorized contract product", field="product_id")
    if product.currency and product.currency != opening.currency:
        raise Refusal("Account currency must match the product's currency", field="currency")
    kept_currency(work.session, work.actor, opening.currency)
    if opening.account_type_id is not None:
        account_type = find(work.session, work.actor, AccountType, opening.account_type_id)
        if account_type.project_id != project_id:
            raise Refusal("Choose a type of the project", field="account_type_id")
    return {
        "product_id": product.id,
        "currency": opening.currency,
        "account_type_id": opening.account_type_id,
        "sends_welcome": opening.sends_welcome,
    }
