"""A draft or rejected transaction is corrected by its maker and handed in again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.controls.approvals import submit
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.review import demand_editable, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden
from app.ledger.models import Transaction
from app.mandates.commands import sign_anew
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw, built
from app.transactions.days import demand_value_date
from app.transactions.exchange import Exchange
from app.transactions.kinds import Particulars
from app.transactions.movement import restate
from app.transactions.orders import is_top_up
from app.transactions.review import TRANSACTION, demand_open, lines_of
from app.transactions.search import forget_text
from app.transactions.settings import current_settings
from app.transactions.wallets import CreditEarning, Payout, TopUp

NOT_THE_MAKER = "Only its maker can correct a transaction"
NOT_A_MOVEMENT = "This kind of transaction is not corrected here"


@dataclass(frozen=True, slots=True)
class EditTransaction:
    """Correct one that was not authorised; `submit` hands it in again.

    Without a value date, the label of a sub-type or a source's email it keeps its own;
    `signed_by` are mandates, None those who signed before for the same amount and payee.
    """

    transaction_id: int
    version: int
    amount_minor: int
    description: str = ""
    source: str = ""
    beneficiary: str = ""
    submit: bool = False
    value_date: date | None = None
    signed_by: tuple[int, ...] | None = None
    sub_type: str | None = None
    source_email: str | None = None


@handles(EditTransaction, permission="transactions.edit")
def edit_transaction(work: Work, command: EditTransaction) -> int:
    """Write the correction and work the lines out anew at today's rate (E42.18, E42.29).

    Refused: to another than the maker (403), while it waits or is final, or where it is no
    teller's movement (409), an amount below the currency's limit, one that the signatures do not
    suffice for, or a value date that cannot be (422).
    """
    transaction = find_locked(work, Transaction, command.transaction_id, command.version)
    demand_editable(transaction, TRANSACTION.name)
    if transaction.maker_id != work.actor.user_id:
        raise Forbidden(NOT_THE_MAKER)
    demand_open(transaction)
    sign_anew(
        work,
        transaction,
        command.signed_by,
        amount_minor=command.amount_minor,
        is_same_payment=_is_same_payment(transaction, command),
    )
    if command.value_date not in (None, transaction.value_date):
        demand_value_date(work, command.value_date, on=transaction.posting_date)
        transaction.value_date = command.value_date
    kind = "top-up" if is_top_up(work.session, transaction) else transaction.kind
    texts = Particulars(
        value_date=transaction.value_date,
        posting_date=transaction.posting_date,
        sub_type=_sub_type(work, transaction, command),
    )
    anew = _command_of(transaction, kind, command.amount_minor, texts)
    restate(work, transaction, *built(work, anew))
    transaction.description = command.description.strip()
    transaction.source = command.source.strip()
    transaction.beneficiary = command.beneficiary.strip()
    if command.source_email is not None:
        transaction.source_email = command.source_email.strip()
    step(work, TRANSACTION, transaction, "edited")
    forget_text(work, transaction.id)
    if command.submit:
        submit(work, TRANSACTION, transaction)
    return transaction.id


def _sub_type(work: Work, transaction: Transaction, command: EditTransaction) -> str:
    if command.sub_type is not None:
        return command.sub_type
    return current_settings(work).label_of(transaction.sub_type_id)


def _is_same_payment(transaction: Transaction, command: EditTransaction) -> bool:
    """Tell whether as much goes to the same payee as before."""
    return (transaction.amount_minor, transaction.beneficiary) == (
        command.amount_minor,
        command.beneficiary.strip(),
    )


def _command_of(transaction: Transaction, kind: str, amount_minor: int, texts: Particulars) -> Any:
    """Return the command that the transaction came from, with another amount."""
    lines = lines_of(transaction)
    asset_id, counter_id = transaction.asset_id, transaction.counter_asset_id or 0
    platform_id, source_id = transaction.platform_id, transaction.funding_source_id or 0
    of_bonus = [line for line in lines if line.bucket == "bonus"]
    makers: dict[str, Callable[[], Any]] = {
        "deposit": lambda: Deposit(
            asset_id,
            amount_minor,
            texts,
            bonus_minor=sum(line.amount_minor for line in of_bonus if line.side == "C"),
        ),
        "top-up": lambda: TopUp(
            asset_id, amount_minor, platform_id or 0, transaction.external_id or "", texts
        ),
        "withdrawal": lambda: Withdraw(asset_id, amount_minor, texts, is_bonus=bool(of_bonus)),
        "payout": lambda: Payout(asset_id, amount_minor, source_id, texts),
        "earning": lambda: CreditEarning(asset_id, amount_minor, texts),
        "transfer_out": lambda: Transfer(asset_id, counter_id, amount_minor, texts),
        "exchange": lambda: Exchange(asset_id, counter_id, amount_minor, particulars=texts),
        "bonus": lambda: CreditBonus(asset_id, amount_minor, texts),
    }
    if kind not in makers:
        raise Conflict(NOT_A_MOVEMENT)
    return makers[kind]()
