"""A closed account takes nothing new: whoever adds to an account asks here first."""

from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.accounts import Account

CLOSED = "This account is closed and stays closed"


def demand_not_closed(work: Work, account: Account) -> None:
    """Refuse (409) an account that was closed; it is not closed until the command ends either.

    Asked before anything of the account is changed: it is read again under its lock.
    """
    work.session.refresh(account, with_for_update={"key_share": True})
    if account.is_closed:
        raise Conflict(CLOSED)


def demand_account_not_closed(work: Work, account_id: int) -> None:
    """Refuse (409) what is to be added to something of a closed account, such as its asset."""
    demand_not_closed(work, work.session.get_one(Account, account_id))
