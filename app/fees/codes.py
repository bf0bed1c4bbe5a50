"""Transaction codes are drafted, approved, and deleted only while drafts or rejected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import STALE, handles
from app.controls.drafts import drafted
from app.controls.permissions import find
from app.controls.retiring import demand_live, retires
from app.controls.review import ReviewKind, demand_editable, in_use, review
from app.controls.work import Work
from app.fees.models import SIDES, TransactionCode
from app.kernel.errors import Conflict, Refusal

IN_APPROVAL = "Records in the approval process cannot be edited"
NOT_DELETABLE = "{name} can be deleted only in Draft or Rejected state"
CODE_EXISTS = "This transaction code already exists"
LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class CreateTransactionCode:
    """Add a code as a draft, for debits, credits or both."""

    code: str
    side: str
    description: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditTransactionCode:
    """Change a draft or rejected code."""

    code_id: int
    version: int
    code: str
    side: str
    description: str = ""
    submit: bool = False


def unless_draft(name: str) -> Callable[[Session, Any], str | None]:
    """Return what forbids to delete: the record is, or was, in approval (E40.16, E40.22)."""

    def obstacle(_session: Session, record: Any) -> str | None:
        return None if record.is_editable else NOT_DELETABLE.format(name=name)

    return obstacle


TRANSACTION_CODE = review(
    ReviewKind(
        key="transaction-code",
        model=TransactionCode,
        name="Transaction code",
        module="transaction-codes",
        path="/admin/transaction-codes",
        check=lambda _work, record: demand_live(record),
    )
)
retires(
    TransactionCode,
    TRANSACTION_CODE.name,
    permission="transaction-codes.delete",
    obstacle=unless_draft(TRANSACTION_CODE.name),
)


@handles(CreateTransactionCode, permission="transaction-codes.create")
def create_transaction_code(work: Work, command: CreateTransactionCode) -> int:
    """Create the draft (E17.01, E17.02); a code is used once (409). Returns its id."""
    values = _checked(work, command, None)
    row = work.add(
        TransactionCode(organisation_id=work.actor.tenant_id, maker_id=work.actor.user_id, **values)
    )
    return drafted(work, TRANSACTION_CODE, row, "created", hand_in=command.submit)


@handles(EditTransactionCode, permission="transaction-codes.edit")
def edit_transaction_code(work: Work, command: EditTransactionCode) -> int:
    """Save the draft; what waits or is approved is refused with 409 (E17.04)."""
    row = find(work.session, work.actor, TransactionCode, command.code_id)
    demand_draft(row, TRANSACTION_CODE.name, command.version)
    for key, value in _checked(work, command, row.id).items():
        setattr(row, key, value)
    return drafted(work, TRANSACTION_CODE, row, "edited", hand_in=command.submit)


def demand_draft(row: Any, name: str, version: int) -> None:
    """Refuse (409) to change what waits for approval, is final, was deleted, or moved on."""
    demand_unlocked(row, name)
    if row.version != version:
        raise Conflict(STALE)


def demand_unlocked(row: Any, name: str) -> None:
    """Refuse (409) what waits for approval, is final or was deleted; its form is not shown."""
    demand_live(row)
    if row.is_pending:
        raise Conflict(IN_APPROVAL)
    demand_editable(row, name)


def checked_code(
    work: Work, model: type[Any], *, typed: str, own_id: int | None, taken: str
) -> str:
    """Return a code in capitals; refuses none, a long one, and one that is in use (409).

    `own_id` is the record that may keep its code, `taken` the sentence of the refusal.
    """
    code = typed.strip().upper()
    if not code:
        raise Refusal("Code is required", field="code")
    if len(code) > LONGEST_CODE:
        raise Refusal(f"Code can have at most {LONGEST_CODE} characters", field="code")
    others = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        model.code == code,
        *in_use(model),
        model.id != (own_id or 0),
    )
    if work.session.scalar(others):
        raise Conflict(taken, field="code")
    return code


def _checked(
    work: Work, command: CreateTransactionCode | EditTransactionCode, own_id: int | None
) -> dict[str, str]:
    if command.side not in SIDES:
        raise Refusal("Choose Debit, Credit or Both", field="side")
    if not command.description.strip():
        raise Refusal("Description is required", field="description")
    return {
        "code": checked_code(
            work, TransactionCode, typed=command.code, own_id=own_id, taken=CODE_EXISTS
        ),
        "description": command.description.strip(),
        "side": command.side,
    }
