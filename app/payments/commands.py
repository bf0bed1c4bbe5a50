"""A file of payments is uploaded and judged, handed in, and posted after its approval."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, insert, select, union
from sqlalchemy.orm import Session

from app.controls.approvals import submit
from app.controls.commands import handles
from app.controls.due import enqueue
from app.controls.permissions import find
from app.controls.review import ReviewKind, demand_editable, review, step
from app.controls.turns import begin_anew
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import MAXIMUM_BASE_MINOR
from app.ledger.places import Places, places_of
from app.payments.files import TypedRow, read_payments
from app.payments.judging import columns_of, judged, rows_hash, typed_hash
from app.payments.models import POLICIES, PaymentFile, PaymentRow
from app.payments.queries import earlier_file
from app.payments.repricing import demand_price, price_anew

KIND = "payments"
_LONGEST_NAME = 100
_NO_GOOD_ROW = "No row of this file can be posted"
_WRONG_ROWS = "{count:,} of its rows cannot be posted, and all or none was chosen"
TOO_MUCH = "The payments add up to more than can be processed at once: send them in parts"


@dataclass(frozen=True, slots=True)
class UploadPayments:
    """Read and judge a file; `policy` is "all" (or none) or "skip" (what fails).

    `again` says that the same rows as those of an earlier file are to be paid once more.
    """

    name: str
    policy: str
    file_name: str
    content: bytes
    again: bool = False


@dataclass(frozen=True, slots=True)
class SettlePayments:
    """Judge payments that a program sends, hand them in, and post them once approved (W01.30).

    `again` says that the same payments as those of an earlier file are to be made once more.
    """

    name: str
    policy: str
    rows: tuple[TypedRow, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class ResumePayments:
    """Go on with a posting that was given up: what was posted stays, nothing is posted twice."""

    payment_file_id: int


@dataclass(frozen=True, slots=True)
class DeletePayments:
    """Retire a file that was not handed in, or was sent back."""

    payment_file_id: int


def _demand_live(record: PaymentFile) -> None:
    if record.retired_at is not None:
        raise Conflict("This file was deleted")


def _demand_postable(record: PaymentFile) -> None:
    """Refuse (409) to hand in what could not be posted as its maker chose."""
    _demand_live(record)
    obstacle = obstacle_to_posting(record)
    if obstacle:
        raise Conflict(obstacle)


def obstacle_to_posting(record: PaymentFile) -> str:
    """Say why a file could not be posted as its maker chose; "" where it could."""
    if record.wrong_count == record.row_count:
        return _NO_GOOD_ROW
    if record.policy == "all" and record.wrong_count:
        return _WRONG_ROWS.format(count=record.wrong_count)
    return ""


def _check(work: Work, record: PaymentFile) -> None:
    _demand_postable(record)
    price_anew(work, record)


def _reaches(session: Session, record: PaymentFile) -> Places:
    """Return where its rows move money."""
    rows = PaymentRow.organisation_id == record.organisation_id
    mine = and_(rows, PaymentRow.payment_file_id == record.id)
    sides = (PaymentRow.debit_asset_id, PaymentRow.credit_asset_id)
    return places_of(session, union(*(select(side).where(mine) for side in sides)))


def _authorised(work: Work, record: PaymentFile) -> None:
    """Let the worker post it: thousands of rows are no work for a click."""
    demand_price(work, record)
    record.state = "posting"
    payload = {"payment_file_id": record.id}
    record.work_id = enqueue(work, KIND, f"payments-{record.id}", payload)


PAYMENTS = review(
    ReviewKind(
        key="payments",
        model=PaymentFile,
        name="Payment file",
        module="payments",
        path="/admin/payments",
        becomes="transaction",
        reaches=_reaches,
        authorised=_authorised,
        check=_check,
    )
)


@handles(UploadPayments, permission="payments.create")
def upload_payments(work: Work, command: UploadPayments) -> int:
    """Keep every row with its verdict; nothing is posted. Returns the file's id.

    Refused (409) without `again`: the very rows of a file that is or may yet be posted.
    """
    table = read_payments(command.content)
    record = _kept(work, command, table.rows, file_name=command.file_name[:_LONGEST_NAME])
    record.unused_columns = table.unused
    if not command.again:
        _demand_new(work, record, "Choose the file again and tick this")
    return record.id


@handles(SettlePayments, permission="payments.create")
def settle_payments(work: Work, command: SettlePayments) -> int:
    """Keep the rows with their verdicts and hand them in; returns the file's id.

    What cannot be posted as it was asked is kept as failed, with the reason, so that whoever sent
    it can read row by row why. Refused (409) without `again`: the very payments of an earlier file
    that is or may yet be posted.
    """
    record = _kept(work, command, command.rows, file_name="")
    try:
        _demand_postable(record)
    except Conflict as conflict:
        record.state, record.refusal = "failed", conflict.sentence
    else:
        if not command.again:
            _demand_new(work, record, "Send again: true")
        submit(work, PAYMENTS, record)
    return record.id


def _demand_new(work: Work, record: PaymentFile, how: str) -> None:
    earlier = earlier_file(work.session, record)
    if earlier is not None:
        raise Conflict(
            f"The same rows are in {earlier.reference}, {earlier.name}. {how} if they are to be"
            " paid once more.",
            field="again",
        )


def _kept(
    work: Work,
    command: UploadPayments | SettlePayments,
    typed: Sequence[TypedRow],
    *,
    file_name: str,
) -> PaymentFile:
    name = command.name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal(f"Name must have 1 to {_LONGEST_NAME} characters", field="name")
    if command.policy not in POLICIES:
        raise Refusal("Choose what happens when a row fails", field="policy")
    rows = judged(work, typed)
    good = [row for row in rows if not row.reason]
    values = [columns_of(row) for row in rows]
    record = PaymentFile(
        organisation_id=work.actor.tenant_id,
        name=name,
        policy=command.policy,
        file_name=file_name,
        rows_sha256=rows_hash(values),
        typed_sha256=typed_hash(typed),
        row_count=len(rows),
        wrong_count=len(rows) - len(good),
        total_minor=sum(row.base_minor for row in good),
        fees_minor=sum(row.base_fees_minor for row in good),
        branch_id=work.actor.branch_id,
        uploaded_by=work.actor.user_id,
        maker_id=work.actor.user_id,
    )
    _demand_bearable(record)
    work.take_turns()  # of the same rows that come at once, the later ones find the first
    work.add(record)
    shared = {"organisation_id": record.organisation_id, "payment_file_id": record.id}
    work.session.execute(insert(PaymentRow), [shared | row for row in values])
    step(work, PAYMENTS, record, "created")
    return record


@handles(DeletePayments, permission="payments.delete")
def delete_payments(work: Work, command: DeletePayments) -> None:
    """Take the file off the list; its rows stay to be looked at."""
    record = find(work.session, work.actor, PaymentFile, command.payment_file_id)
    _demand_live(record)
    demand_editable(record, PAYMENTS.name)
    record.retired_at = work.now


@handles(ResumePayments, permission="payments.create")
def resume_payments(work: Work, command: ResumePayments) -> None:
    """Let the worker go on; refused (409) where it has not given up."""
    record = find(work.session, work.actor, PaymentFile, command.payment_file_id)
    if record.state != "posting" or not begin_anew(work, record.work_id or 0):
        raise Conflict("The posting of this file has not stopped")


def _demand_bearable(record: PaymentFile) -> None:
    """Refuse (422) payments that come to more than the books can hold."""
    if record.review_amount() > MAXIMUM_BASE_MINOR:
        raise Refusal(TOO_MUCH)
