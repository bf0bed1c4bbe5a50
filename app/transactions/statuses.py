"""A transaction's status by hand, and the one text of it that may change afterwards."""

from dataclasses import dataclass

from sqlalchemy import select

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.review import DENIED, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import FINAL, Transaction
from app.reference.models import TransactionStatus
from app.transactions.originals import abandon
from app.transactions.review import TRANSACTION, complete, release
from app.transactions.search import forget_text

LONGEST_DESCRIPTION = 500
FINISHED = "The status of a {status} transaction can no longer be changed"
IN_APPROVAL = "This transaction is still in approval and cannot be completed"
BY_REVERSAL = "A transaction becomes Reversed by its reversal, not by its status"
UNKNOWN = "Choose a status of the transaction's project from the list"
REASON_STAYS = "The reason of a reversal stays as it was given"
CANCELED_BY_HAND = "Canceled by its status"


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """Give a transaction another of its project's statuses (W09.11)."""

    transaction_id: int
    status_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class EditDescription:
    """Change a transaction's description, before or after posting (W09.15)."""

    transaction_id: int
    version: int
    description: str


@handles(ChangeStatus, permission="transactions.change-status")
def change_status(work: Work, command: ChangeStatus) -> str:
    """Complete, cancel or relabel a transaction; returns what its status maps to.

    Refused (409): one whose status is final, completing one that is still in approval, and what
    posting itself refuses. A status of another project, or none, is 422.
    """
    transaction = locked_transaction(work, command.transaction_id, command.version)
    if transaction.is_final:
        raise Conflict(FINISHED.format(status=transaction.processing.lower()))
    status = _status(work, transaction, command.status_id)
    if status.processing == "Completed":
        _complete(work, transaction)
    elif status.processing in FINAL:
        _end(work, transaction, status.processing)
    else:
        transaction.processing = status.processing
    transaction.status_id = status.id
    return transaction.processing


@handles(EditDescription, permission="transactions.edit-description")
def edit_description(work: Work, command: EditDescription) -> int:
    """Change the description and nothing else; the log keeps the old one (W09.18)."""
    description = command.description.strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(
            f"Description can have at most {LONGEST_DESCRIPTION} characters", field="description"
        )
    transaction = locked_transaction(work, command.transaction_id, command.version)
    if transaction.kind == "reversal":
        raise Conflict(REASON_STAYS)
    transaction.description = description
    forget_text(work, transaction.id)
    return transaction.id


def locked_transaction(work: Work, transaction_id: int, version: int | None) -> Transaction:
    """Return the transaction, locked; 404 out of scope, 409 when it is not the version seen."""
    find(work.session, work.actor, Transaction, transaction_id)
    query = select(Transaction).where(Transaction.id == transaction_id).with_for_update()
    transaction = work.session.scalars(query, execution_options={"populate_existing": True}).one()
    if version is not None and transaction.version != version:
        raise Conflict(STALE)
    return transaction


def _status(work: Work, transaction: Transaction, status_id: int) -> TransactionStatus:
    query = select(TransactionStatus).where(
        TransactionStatus.organisation_id == work.actor.tenant_id,
        TransactionStatus.id == status_id,
        TransactionStatus.project_id == transaction.project_id,
    )
    status = work.session.scalars(query).one_or_none()
    if status is None:
        raise Refusal(UNKNOWN, field="status_id")
    if status.processing == "Reversed":
        raise Conflict(BY_REVERSAL)
    return status


def _complete(work: Work, transaction: Transaction) -> None:
    if not transaction.is_authorised:
        raise Conflict(IN_APPROVAL)
    complete(work, transaction)


def _end(work: Work, transaction: Transaction, processing: str) -> None:
    """Free what is held and leave nothing to approve: one that waits for approval is denied."""
    release(work, transaction)
    abandon(work, transaction)
    transaction.processing = processing
    if transaction.is_pending:
        transaction.record_status = DENIED
        transaction.denial_reason = CANCELED_BY_HAND
        step(work, TRANSACTION, transaction, "denied", reason=CANCELED_BY_HAND)
