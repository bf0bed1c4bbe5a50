"""Applying the approved rules to accounts, a batch in a command, each batch calling the next.

The accounts of a batch that are to be moved are judged again under the locks that postings take,
so that a deposit made in the meantime counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select

from app.accounts.rules.decision import AccountActivity, Rule, status_for
from app.accounts.rules.models import ActivityRule, RuledAccount
from app.accounts.statuses import give_status_by_rule
from app.controls.commands import handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import system_actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.kernel.money import convert_minor
from app.ledger.accounts import Account, open_to_close
from app.ledger.entries import Entry
from app.ledger.kinds import CUSTOMER_KINDS
from app.ledger.locking import lock_assets
from app.ledger.models import Asset, Transaction
from app.organisation.models import OrganisationCurrency
from app.reference.codes import AccountStatus

KIND = "activity-rules"
BATCH = 200


@dataclass(frozen=True, slots=True)
class ApplyActivityRules:
    """Move the accounts whose conditions are met, as of the business date.

    `run` and `after_id` say where a run goes on; a new one leaves them out.
    """

    run: str = ""
    after_id: int = 0


@dataclass(frozen=True, slots=True)
class ApplyRulesAtClose:
    """Judge the next batch of accounts as of the day that is being closed."""

    after_id: int


@handles(ApplyActivityRules, permission="activity-rules.apply")
def apply_activity_rules(work: Work, command: ApplyActivityRules) -> int:
    """Do one batch and enqueue the next; returns how many accounts were moved (E22.07).

    Left alone are the house's own accounts, those not authorized, those whose status takes no part
    in the close of business (E21.04), those that a person put into a status that restricts them,
    and rules whose target is out of use.
    """
    moved, last_id = _apply_batch(work, command.after_id)
    if last_id is not None:
        run = command.run or work.operation_id
        enqueue(work, KIND, f"{KIND}-{run}-{last_id}", {"run": run, "after_id": last_id})
    return moved


@handles(ApplyRulesAtClose, permission="activity-rules.apply")
def apply_rules_at_close(work: Work, command: ApplyRulesAtClose) -> tuple[int, int | None]:
    """Do one batch; returns how many were moved, and the last account where others may follow."""
    return _apply_batch(work, command.after_id)


def _apply_batch(work: Work, after_id: int) -> tuple[int, int | None]:
    rules = _rules(work)
    accounts = _next_accounts(work, after_id) if rules else []
    moving = _decided(work, rules, accounts)
    if moving:
        assets = select(Asset.id).where(
            Asset.organisation_id == work.actor.tenant_id, Asset.account_id.in_(moving)
        )
        lock_assets(work, work.session.scalars(assets))
        moving = _decided(work, rules, [one for one in accounts if one.id in moving])
    for account in accounts:
        if account.id in moving:
            give_status_by_rule(work, account, moving[account.id])
    return len(moving), accounts[-1].id if len(accounts) == BATCH else None


@does(KIND)
def apply_next_batch(job: Job) -> None:
    """Go on with a run; the job's own key lets a repeated one do nothing."""
    worker = system_actor(job.organisation_id, frozenset({"activity-rules.apply"}), "Worker")
    command = ApplyActivityRules(str(job.payload["run"]), int(job.payload["after_id"]))
    perform(command, worker, key=job.occurrence_key)


def _rules(work: Work) -> list[Rule]:
    query = (
        select(ActivityRule)
        .join(AccountStatus, AccountStatus.id == ActivityRule.status_id)
        .where(
            ActivityRule.organisation_id == work.actor.tenant_id,
            ActivityRule.record_status == AUTHORIZED,
            ActivityRule.retired_at.is_(None),
            AccountStatus.retired_at.is_(None),
        )
    )
    return [
        Rule(one.id, one.kind, one.threshold, one.status_id, one.priority)
        for one in work.session.scalars(query)
    ]


def _next_accounts(work: Work, after_id: int) -> list[Account]:
    query = (
        select(Account)
        .where(
            *visible(work.actor, Account),
            Account.id > after_id,
            Account.holder != "internal",
            Account.record_status == AUTHORIZED,
            open_to_close(),
            _movable(),
        )
        .order_by(Account.id)
        .limit(BATCH)
    )
    return list(work.session.scalars(query))


def _movable() -> ColumnElement[bool]:
    """Return the clause of the accounts whose status the rules may change.

    It restricts nothing, or a rule set it: a freeze that a person set is a person's to end.
    """
    restricts = exists().where(
        AccountStatus.id == Account.account_status_id,
        ~and_(AccountStatus.allow_debit, AccountStatus.allow_credit),
    )
    is_ruled = exists().where(
        RuledAccount.organisation_id == Account.organisation_id,
        RuledAccount.account_id == Account.id,
    )
    return or_(is_ruled, ~restricts)


def _decided(work: Work, rules: Sequence[Rule], accounts: Sequence[Account]) -> dict[int, int]:
    """Return the accounts that go to another status, each with its target."""
    if not accounts:
        return {}
    activities = _activities(work, accounts)
    targets = {one.id: status_for(rules, activities[one.id]) for one in accounts}
    return {
        one.id: target
        for one in accounts
        if (target := targets[one.id]) is not None and target != one.account_status_id
    }


def _activities(work: Work, accounts: Sequence[Account]) -> dict[int, AccountActivity]:
    ids = [one.id for one in accounts]
    last, holdings = _last_made(work, ids), _worths(work, ids)
    found = {}
    for one in accounts:
        since = last.get(one.id) or (one.authorised_at or one.created_at).date()
        worths = holdings.get(one.id, [])
        found[one.id] = AccountActivity(
            idle_days=(work.business_date - since).days,
            is_empty=all(is_empty for is_empty, _worth in worths),
            worth_minor=sum(worth for _is_empty, worth in worths),
            owes=any(worth < 0 for _is_empty, worth in worths),
        )
    return found


def _last_made(work: Work, ids: Sequence[int]) -> dict[int, date]:
    """Return the day of each account's last movement that somebody made, where there is one."""
    tenant = work.actor.tenant_id
    last = (
        select(Entry.posting_date)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .where(Entry.organisation_id == tenant, Entry.asset_id == Asset.id, _made_by_somebody())
        .order_by(Entry.posting_date.desc())
        .limit(1)
        .correlate(Asset)
        .scalar_subquery()
    )
    query = select(Asset.account_id, last.label("last")).where(
        Asset.organisation_id == tenant, Asset.account_id.in_(ids)
    )
    found: dict[int, date] = {}
    for account_id, day in work.session.execute(query):
        if day is not None:
            found[account_id] = max(day, found.get(account_id, day))
    return found


def _made_by_somebody() -> ColumnElement[bool]:
    """Return the clause of what a customer or a person at the counter or the API made happen.

    What the house books by its own rules has no maker and is a journal or an earning: interest,
    charges on schedule, whatever a close posts. What the worker only carries out for somebody,
    such as a file of payments, and what was taken over from another bank is the customer's still.
    """
    return or_(Transaction.maker_id.is_not(None), Transaction.kind.in_(CUSTOMER_KINDS))


def _worths(work: Work, ids: Sequence[int]) -> dict[int, list[tuple[bool, int]]]:
    """Return of each account's assets whether they are empty and what they are worth in base."""
    query = (
        select(
            Asset.account_id,
            Asset.balance_minor + Asset.bonus_minor,
            (Asset.balance_minor == 0) & (Asset.bonus_minor == 0) & (Asset.held_minor == 0),
            Asset.exponent,
            OrganisationCurrency.mid_rate,
        )
        .join(
            OrganisationCurrency,
            (OrganisationCurrency.organisation_id == Asset.organisation_id)
            & (OrganisationCurrency.code == Asset.currency),
        )
        .where(Asset.organisation_id == work.actor.tenant_id, Asset.account_id.in_(ids))
    )
    found: dict[int, list[tuple[bool, int]]] = {}
    base = work.organisation.base_exponent
    for account_id, minor, is_empty, exponent, rate in work.session.execute(query):
        worth = convert_minor(minor, rate, exponent=exponent, base_exponent=base)
        found.setdefault(account_id, []).append((bool(is_empty), worth))
    return found
