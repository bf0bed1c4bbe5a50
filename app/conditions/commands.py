"""Account conditions are drafted, approved, superseded by later versions, followed by accounts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete

from app.conditions.checks import (
    Terms,
    checked_terms,
    condition_code,
    condition_currency,
    demand_first_version,
    demand_new_version,
)
from app.conditions.leaning import demand_base_rate_begun
from app.conditions.linking import link
from app.conditions.models import AccountCondition, ConditionAccount
from app.conditions.queries import can_be_superseded, linked_ids
from app.controls.commands import follows, handles
from app.controls.drafts import draft, drafted
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.review import DENIED, ReviewKind, review
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.records.drafts import retires_while_open

TOO_EARLY = "Date must be at least tomorrow"
TOO_SOON = "Date must be after {day}, on which the version before it begins"
_DAY = timedelta(days=1)
NOT_OPEN = "Only an authorized condition without Effective To can be superseded"


def _demand_fitting(work: Work, record: AccountCondition) -> None:
    """Refuse what begins before its base rate, and a second condition of a code."""
    demand_base_rate_begun(work, record)
    if record.supersedes_id is None:
        _demand_first(work, record, record.effective_from)


def _come_into_force(work: Work, record: AccountCondition) -> None:
    _demand_fitting(work, record)
    record.authorised_on = work.business_date


CONDITION = review(
    ReviewKind(
        key="account-condition",
        model=AccountCondition,
        name="Account condition",
        module="account-conditions",
        path="/admin/account-conditions",
        check=_demand_fitting,
        authorised=_come_into_force,
    )
)
retires_while_open(AccountCondition, "Account condition", permission="account-conditions.delete")


@dataclass(frozen=True, slots=True)
class CreateAccountCondition:
    """Draft a condition; code and currency never change afterwards (E32.08)."""

    code: str
    currency: str
    terms: Terms
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditAccountCondition:
    """Change a draft or rejected condition."""

    condition_id: int
    version: int
    terms: Terms
    submit: bool = False


@dataclass(frozen=True, slots=True)
class SupersedeAccountCondition:
    """Draft the next version of an authorized condition; this one ends the day before it."""

    condition_id: int
    effective_from: date
    comments: str = ""


@handles(CreateAccountCondition, permission="account-conditions.create")
def create_account_condition(work: Work, command: CreateAccountCondition) -> int:
    """Create the draft; refused as `checked_terms` says, (409) a code whose versions go on."""
    code = condition_code(command.code)
    currency = condition_currency(work, command.currency)
    values = checked_terms(work, command.terms, currency.code)
    work.take_turns()
    demand_new_version(work, AccountCondition, code=code, on=values["effective_from"])
    demand_first_version(work, code=code, currency=currency.code, begins=values["effective_from"])
    record = work.add(
        AccountCondition(
            organisation_id=work.actor.tenant_id,
            code=code,
            currency=currency.code,
            exponent=currency.exponent,
            maker_id=work.actor.user_id,
            **values,
        )
    )
    return drafted(work, CONDITION, record, "created", hand_in=command.submit)


@handles(EditAccountCondition, permission="account-conditions.edit")
def edit_account_condition(work: Work, command: EditAccountCondition) -> int:
    """Save the draft; what waits or is approved is refused with 409 (E32.20)."""
    record: AccountCondition = draft(work, CONDITION, command.condition_id, command.version)
    values = checked_terms(work, command.terms, record.currency)
    begins = values["effective_from"]
    demand_new_version(work, AccountCondition, code=record.code, on=begins, own_id=record.id)
    if record.supersedes_id is None:
        _demand_first(work, record, begins)
    _demand_succession(work, record, begins)
    for key, value in values.items():
        setattr(record, key, value)
    return drafted(work, CONDITION, record, "edited", hand_in=command.submit)


@follows
def open_again(work: Work) -> None:
    """Let the version before a draft that was deleted or denied be open-ended, as it was."""
    for one in work.changes:
        is_given_up = "retired_at" in one.fields or one.status_after == DENIED
        if one.entity != AccountCondition.__tablename__ or not is_given_up:
            continue
        given_up = work.session.get_one(AccountCondition, one.entity_id)
        if given_up.supersedes_id is None:
            continue
        old = work.session.get_one(AccountCondition, given_up.supersedes_id)
        if old.effective_to == given_up.effective_from - _DAY:
            old.effective_to = None
            work.session.flush()  # the log is written right after the followers


@handles(SupersedeAccountCondition, permission="account-conditions.supersede")
def supersede_account_condition(work: Work, command: SupersedeAccountCondition) -> int:
    """Draft the new version with all product links; returns its id (E32.21-26).

    Refused: a date of today or before (422), a condition that is not authorized or has its end
    already, a date on which its code begins already (409).
    """
    old = find_locked(work, AccountCondition, command.condition_id)
    if not can_be_superseded(work.session, old):
        raise Conflict(NOT_OPEN)
    begins = command.effective_from
    _demand_later(work, old, begins)
    demand_new_version(work, AccountCondition, code=old.code, on=begins)
    old.effective_to = begins - _DAY
    values = {"effective_from": begins, "comments": command.comments.strip()}
    new = _successor(work, old, values)
    return drafted(work, CONDITION, new, "created", hand_in=False)


def continue_account_condition(work: Work, old: AccountCondition, terms: Terms) -> int:
    """Draft and hand in what a file says of the version after one that has its end (ADR 25)."""
    new = _successor(work, old, checked_terms(work, terms, old.currency))
    return drafted(work, CONDITION, new, "created", hand_in=True)


def follow(work: Work, account: Account, condition_id: int | None) -> None:
    """Let a new account follow a condition of its own, inside of the command that opens it.

    Refused (422): one that is not authorized, or is of another currency than the account.
    """
    if condition_id is None:
        return
    field = "interest_condition_id"
    condition = find(work.session, work.actor, AccountCondition, condition_id)
    if not condition.is_authorised or condition.retired_at is not None:
        raise Refusal("Choose an authorized interest condition", field=field)
    if condition.currency != account.currency:
        sentence = f"This interest condition is for accounts in {condition.currency}"
        raise Refusal(sentence, field=field)
    work.session.add(
        ConditionAccount(
            organisation_id=account.organisation_id,
            account_id=account.id,
            condition_id=condition.id,
        )
    )


def unfollow(work: Work, account: Account) -> None:
    """Forget the condition of an account's own, before the account is deleted."""
    work.session.execute(
        delete(ConditionAccount).where(
            ConditionAccount.organisation_id == account.organisation_id,
            ConditionAccount.account_id == account.id,
        )
    )


def _successor(work: Work, old: AccountCondition, values: dict[str, Any]) -> AccountCondition:
    kept = {name: getattr(old, name) for name in AccountCondition.__content__}
    new = work.add(
        AccountCondition(
            organisation_id=old.organisation_id,
            exponent=old.exponent,
            supersedes_id=old.id,
            maker_id=work.actor.user_id,
            **kept | values,
        )
    )
    for product_id in linked_ids(work.session, old):
        link(work, new, product_id)
    return new


def _demand_first(work: Work, record: AccountCondition, begins: date) -> None:
    demand_first_version(
        work, code=record.code, currency=record.currency, begins=begins, own_id=record.id
    )


def _demand_later(work: Work, old: AccountCondition, begins: date) -> None:
    """Refuse (422) a day that has come, and one on which the version before begins or waits."""
    if begins <= work.business_date:
        raise Refusal(TOO_EARLY, field="effective_from")
    if begins <= old.effective_from:
        sentence = TOO_SOON.format(day=old.effective_from.isoformat())
        raise Refusal(sentence, field="effective_from")


def _demand_succession(work: Work, record: AccountCondition, begins: date) -> None:
    """Keep the end of the version before in step with a corrected beginning."""
    if record.supersedes_id is None or begins == record.effective_from:
        return
    old = work.session.get_one(AccountCondition, record.supersedes_id)
    _demand_later(work, old, begins)
    old.effective_to = begins - _DAY
