"""What goes out over the counter is signed for: by whom, and whether their mandates suffice."""

from dataclasses import dataclass
from typing import Any, Protocol

from app.controls.commands import action_of, handles
from app.controls.permissions import demand, find
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.mandates.commands import demand_signed, is_signed_by_any, keep_signatures
from app.transactions.commands import Transfer, Withdraw, transfer, withdraw
from app.transactions.wallets import Payout, payout

# What is done with each, and the permission it asks for; the slices above add theirs.
ACTS: dict[type[Any], tuple[str, Any]] = {
    Withdraw: ("assets.withdraw", withdraw),
    Transfer: ("assets.transfer", transfer),
    Payout: ("assets.withdraw", payout),
}
NOBODY = "Nobody signs for the house's own accounts"


class TakenOut(Protocol):
    """What every movement that is signed for says: which asset it takes how many minor units of."""

    @property
    def asset_id(self) -> int:
        """The asset."""

    @property
    def amount_minor(self) -> int:
        """The amount, in minor units of its currency."""


@dataclass(frozen=True, slots=True)
class MoveAtCounter:
    """Take money out of an account, signed by those who hold these mandates.

    `is_by_program` says that a program asks, on behalf of its own user: where it names nobody it
    stands for the one holder whom an account asks for that any one may sign for.
    """

    movement: TakenOut
    signed_by: tuple[int, ...] = ()
    is_by_program: bool = False

    @property
    def action(self) -> str:
        """The name of the event: that of what is done."""
        return action_of(type(self.movement))


@handles(MoveAtCounter, permission=None)
def move_at_counter(work: Work, command: MoveAtCounter) -> int:
    """Carry the movement out and keep who signed; returns the transaction's id.

    Refused (422) where the account's signing rule or a signatory's limit is not met (E34.09-12);
    otherwise as the movement itself. Nobody signs for the house's own accounts.
    """
    permission, act = ACTS[type(command.movement)]
    demand(work.actor, permission)
    asset = find(work.session, work.actor, Asset, command.movement.asset_id)
    account = work.session.get_one(Account, asset.account_id)
    if account.holder == "internal":
        if command.signed_by:
            raise Refusal(NOBODY, field="signed_by")
        return int(act(work, command.movement))
    if command.is_by_program and not command.signed_by and is_signed_by_any(account):
        return int(act(work, command.movement))
    demand_signed(
        work,
        account,
        command.signed_by,
        amount_minor=command.movement.amount_minor,
        currency=asset.currency,
    )
    transaction_id = int(act(work, command.movement))
    keep_signatures(work, account, transaction_id, command.signed_by)
    return transaction_id
