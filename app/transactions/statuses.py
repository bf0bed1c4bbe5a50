"""A transaction's status by hand, and the one text of it that may change afterwards."""

from dataclasses import dataclass

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.review import DENIED, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import FINAL, Transaction
from app.reference.models import TransactionStatus
from app.transactions.orders import demand_not_sent
from app.transactions.review import TRANSACTION, complete, demand_payee, end_unposted
from app.transactions.search import forget_text
from app.transactions.settings import current_settings

LONGEST_DESCRIPTION = 500
LONGEST_CODE = 60
FINISHED = "The status of a {status} transaction can no longer be changed"
IN_APPROVAL = "This transaction is still in approval and cannot be completed"
BY_REVERSAL = "A transaction becomes Reversed by its reversal, not by its status"
UNKNOWN = "Choose a status of the transaction's project from the list"
ENDED_BY_HAND = "{status} by its status"
GONE = "This transaction was deleted already"
REASON_STAYS = "The reason of a reversal stays as it was given"


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """Give a transaction another of its project's statuses (W09.11)."""

    transaction_id: int
    status_id: int
    version: int | None = None
    failure_code: str = ""
    failure_reason: str = ""


@dataclass(frozen=True, slots=True)
class EditDescription:
    """Change a transaction's description, before or after posting (W09.15)."""

    transaction_id: int
    version: int
    description: str


@handles(ChangeStatus, permission="transactions.change-status")
def change_status(work: Work, command: ChangeStatus) -> str:
    """Complete, cancel or relabel a transaction; returns what its status maps to.

    Refused (409): one whose status is final, completing one that is still in approval, one that
    a platform carries out, and what posting itself refuses. A status of another project, or
    none, is 422.
    """
    transaction = find_locked(work, Transaction, command.transaction_id, command.version)
    if transaction.is_final:
        raise Conflict(FINISHED.format(status=transaction.processing.lower()))
    demand_not_sent(work, transaction)
    status = _status(work, transaction, command.status_id)
    if status.processing == "Completed":
        demand_payee(work, transaction)
        _complete(work, transaction)
    elif status.processing in FINAL:
        _demand_reason(status, command.failure_reason)
        end(
            work,
            transaction,
            status.processing,
            code=command.failure_code,
            reason=command.failure_reason,
        )
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
    transaction = find_locked(work, Transaction, command.transaction_id, command.version)
    if transaction.kind == "reversal":
        raise Conflict(REASON_STAYS)
    if transaction.retired_at is not None:
        raise Conflict(GONE)
    transaction.description = description
    forget_text(work, transaction.id)
    return transaction.id


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


def finish(work: Work, transaction: Transaction) -> None:
    """Complete a transaction by another's word than a click, under the project's own status."""
    _complete(work, transaction)
    transaction.status_id = current_settings(work).completed_status(transaction.project_id)


def end(
    work: Work, transaction: Transaction, processing: str, *, code: str = "", reason: str = ""
) -> None:
    """End a transaction without posting it: Canceled, Failed with code and reason, or Expired.

    What is held is freed and nothing is left to approve: one that waits for approval is denied.
    """
    end_unposted(work, transaction, processing)
    if processing == "Failed":
        transaction.failure_code = code.strip()[:LONGEST_CODE] or None
        transaction.failure_reason = reason.strip()[:LONGEST_DESCRIPTION] or None
    if processing == "Expired" and transaction.expires_at is None:
        transaction.expires_at = work.now
    transaction.status_id = current_settings(work).status_of(transaction.project_id, processing)
    if transaction.is_pending:
        transaction.record_status = DENIED
        transaction.denial_reason = ENDED_BY_HAND.format(status=processing)
        step(work, TRANSACTION, transaction, "denied", reason=transaction.denial_reason)


def _complete(work: Work, transaction: Transaction) -> None:
    if not transaction.is_authorised:
        raise Conflict(IN_APPROVAL)
    complete(work, transaction)


def _demand_reason(status: TransactionStatus, reason: str) -> None:
    if status.processing == "Failed" and not reason.strip():
        raise Refusal("Failure reason is required", field="failure_reason")
