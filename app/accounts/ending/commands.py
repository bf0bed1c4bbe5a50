"""An account that holds nothing is closed; one for another customer may be opened in its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select

from app.accounts.commands import OpenAccount, open_account
from app.accounts.terms import Terms
from app.assets.commands import has_balance, locked_assets
from app.controls.approvals import checked_reason
from app.controls.commands import handles
from app.controls.permissions import demand, find
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset

NOT_EMPTY = "Account cannot be closed: it contains assets with balance"
EXPECTED = "Account cannot be closed: transactions on it are waiting"
Obstacle: TypeAlias = Callable[[Work, Account], str]
_obstacles: list[Obstacle] = []


def keeps_open(function: Obstacle) -> Obstacle:
    """Register what higher floors know that stands in the way of closing; "" where nothing does."""
    _obstacles.append(function)
    return function


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """Close an account for good; its history stays (W01.02)."""

    account_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReassignAccount:
    """Close an account and open one like it for another customer.

    The owner of an account never changes (W07.06): what was booked stays with the first one.
    """

    account_id: int
    client_id: int
    reason: str


@handles(CloseAccount, permission="accounts.change-status")
def close_account(work: Work, command: CloseAccount) -> int:
    """Close it under the locks that postings take; refused (409) while anything is on it."""
    account = find(work.session, work.actor, Account, command.account_id)
    _close(work, account, command.reason)
    return account.id


@handles(ReassignAccount, permission="accounts.change-status")
def reassign_account(work: Work, command: ReassignAccount) -> int:
    """Close the one and open the other, which goes its way of approval; returns its id."""
    demand(work.actor, "accounts.create")
    account = find(work.session, work.actor, Account, command.account_id)
    if account.client_id is None:
        raise Conflict("Only a customer's account is reassigned")
    if account.client_id == command.client_id:
        raise Refusal("Choose another customer", field="client_id")
    _close(work, account, command.reason)
    return open_account(
        work,
        OpenAccount(
            account.product_id,
            account.currency,
            client_id=command.client_id,
            account_type_id=account.account_type_id,
            branch_id=account.branch_id,
            terms=Terms(
                is_schedule_defined=bool(account.schedule_frequency),
                schedule_frequency=account.schedule_frequency,
                signing_rule=account.signing_rule,
                sector=account.sector,
                services=tuple(account.services),
            ),
        ),
    )


def _close(work: Work, account: Account, reason: str) -> None:
    # Whoever is about to add to the account has it locked: what they add is seen here.
    work.session.refresh(account, with_for_update={"key_share": True})
    _demand_closable(account)
    given = checked_reason(reason)
    ids = select(Asset.id).where(
        Asset.organisation_id == account.organisation_id, Asset.account_id == account.id
    )
    for asset in locked_assets(work, list(work.session.scalars(ids))):
        if has_balance(asset):
            raise Conflict(NOT_EMPTY)
        if asset.pending_in_minor or asset.pending_out_minor:
            raise Conflict(EXPECTED)
        asset.is_active = False
    for obstacle in _obstacles:
        if sentence := obstacle(work, account):
            raise Conflict(sentence)
    account.is_active = False
    account.closed_on, account.closing_reason = work.business_date, given


def _demand_closable(account: Account) -> None:
    if account.holder == "internal":
        raise Conflict("The house's own accounts are not closed")
    if account.is_closed:
        raise Conflict("This account is closed already")
    if not account.is_authorised:
        raise Conflict("Only an authorized account is closed")
