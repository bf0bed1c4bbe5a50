"""A draft or rejected transaction is deleted: it leaves the list and stays to be looked at."""

from dataclasses import dataclass

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.review import AUTHORIZED, DENIED
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.transactions.review import end_unposted
from app.transactions.statuses import GONE

WAITS = "A transaction that is awaiting approval cannot be deleted"
FINALIZED = "A transaction that is {status} cannot be deleted"


@dataclass(frozen=True, slots=True)
class DeleteTransaction:
    """Retire a draft or a rejected transaction (E41.60, E42.04)."""

    transaction_id: int
    version: int


@handles(DeleteTransaction, permission="transactions.delete")
def delete_transaction(work: Work, command: DeleteTransaction) -> int:
    """Take it off the list; of a reversal, the original is Processed again (design 9.4).

    Refused (409): one that waits for approval, is authorized or denied, or has changed since.
    """
    transaction = find_locked(work, Transaction, command.transaction_id, command.version)
    if transaction.retired_at is not None:
        raise Conflict(GONE)
    if not transaction.is_editable:
        raise Conflict(_refusal(transaction))
    end_unposted(work, transaction, "Canceled")
    transaction.retired_at = work.now
    return transaction.id


def _refusal(transaction: Transaction) -> str:
    if transaction.is_pending:
        return WAITS
    word = {AUTHORIZED: "authorized", DENIED: "denied"}[transaction.record_status]
    return FINALIZED.format(status=word)
