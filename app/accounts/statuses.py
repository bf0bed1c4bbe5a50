"""What may be booked on an account by its status, and where it may be edited in approval."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select

from app.accounts.rules.models import RuledAccount
from app.assets.commands import locked_assets
from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.review import AUTHORIZED, CAPTURED, REJECTED, demand_editable
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.ledger.closed import demand_not_closed
from app.ledger.models import Asset
from app.reference.codes import AccountStatus
from app.reference.lists import ACTIVE

_CHANGEABLE = frozenset({CAPTURED, REJECTED, AUTHORIZED})


@dataclass(frozen=True, slots=True)
class SetAccountStatus:
    """Give an account a status of the organisation's list; None takes it away."""

    account_id: int
    status_id: int | None


@handles(SetAccountStatus, permission="accounts.change-status")
def set_account_status(work: Work, command: SetAccountStatus) -> None:
    """Set the status under the locks that postings take, so that none slips through (E21.06).

    From now on it is a person's: activity rules leave it alone where it restricts the account.
    """
    account = find(work.session, work.actor, Account, command.account_id)
    demand_not_closed(work, account)
    _give_status(work, account, command.status_id)
    work.session.execute(delete(RuledAccount).where(*_of(account)))


def is_changeable(record_status: str) -> bool:
    """Tell whether an account of this record status may be edited: an approved one may (W07.18)."""
    return record_status in _CHANGEABLE


def demand_changeable(account: Account) -> None:
    """Refuse (409) to edit an account that waits for approval or was denied (E42.04)."""
    if not is_changeable(account.record_status):
        demand_editable(account, "Account")


def give_status_by_rule(work: Work, account: Account, status_id: int) -> None:
    """Move an account to the target of an activity rule, under the same locks."""
    _give_status(work, account, status_id)
    if work.session.scalar(select(RuledAccount.id).where(*_of(account))) is None:
        ruled = RuledAccount(organisation_id=account.organisation_id, account_id=account.id)
        work.session.add(ruled)


def _of(account: Account) -> tuple[ColumnElement[bool], ...]:
    return (
        RuledAccount.organisation_id == account.organisation_id,
        RuledAccount.account_id == account.id,
    )


def _give_status(work: Work, account: Account, status_id: int | None) -> None:
    """Give a status; the house's own accounts have none (409)."""
    if account.holder == "internal":
        raise Conflict("The house's own accounts have no status")
    assets = select(Asset.id).where(
        Asset.organisation_id == account.organisation_id, Asset.account_id == account.id
    )
    locked_assets(work, list(work.session.scalars(assets)))
    if status_id != account.account_status_id:
        referred(work, AccountStatus, status_id, field="status_id")
        account.account_status_id = status_id


def first_status(work: Work) -> int | None:
    """Return the status that new accounts have, unless the organisation did away with it."""
    query = select(AccountStatus.id).where(
        AccountStatus.organisation_id == work.actor.tenant_id,
        AccountStatus.code == ACTIVE,
        AccountStatus.retired_at.is_(None),
    )
    return work.session.scalar(query)
