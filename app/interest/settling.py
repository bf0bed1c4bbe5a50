"""Interest of an account that is to be closed: all that accrued is posted before."""

from dataclasses import dataclass

from app.accounts.ending.commands import keeps_open
from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.work import Work
from app.interest.posting import PostInterest, post_interest
from app.interest.queries import accrued_of, assets_of
from app.kernel.errors import Conflict
from app.kernel.money import format_minor
from app.ledger.accounts import Account


@dataclass(frozen=True, slots=True)
class SettleInterest:
    """Post all that an account accrued up to today, without waiting for the end of the period."""

    account_id: int


@handles(SettleInterest, permission="accounts.change-status")
def settle_interest(work: Work, command: SettleInterest) -> int:
    """Post it, worth today; refused (409) where there is none, or why it cannot be posted."""
    account = find(work.session, work.actor, Account, command.account_id)
    ids = tuple(assets_of(work.session, account))
    today = work.business_date
    done = post_interest(work, PostInterest(today, today, ids, is_final=True))
    if done.left:
        raise Conflict(done.left[0].reason)
    if not done.posted + done.waived:
        raise Conflict("No interest of this account is waiting to be posted")
    return account.id


@keeps_open
def unposted_interest(work: Work, account: Account) -> str:
    """Name accrued interest: on a closed account it could never be posted."""
    assets = assets_of(work.session, account)
    for asset_id, one in accrued_of(work.session, work.actor.tenant_id, list(assets)).items():
        if minor := one.credit_minor or one.debit_minor:
            asset = assets[asset_id]
            shown = f"{format_minor(minor, asset.exponent)} {asset.currency}"
            return (
                f"Account cannot be closed: interest of {shown} is accrued and not posted. "
                "Post accrued interest first, under Interest on its page"
            )
    return ""
