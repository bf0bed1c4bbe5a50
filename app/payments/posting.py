"""Posts an approved file: all rows in one transaction, or part by part past what fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.controls.commands import handles, perform
from app.controls.due import Job, does
from app.controls.identity import Actor, system_actor
from app.controls.locking import find_locked
from app.controls.work import Work
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Conflict, Missing, Refusal, Unavailable
from app.kernel.portions import portions
from app.kernel.references import reference_key
from app.ledger.locking import LockedAsset, lock_lines, read_lines
from app.notices import models as notices
from app.notices.sending import notify
from app.payments.commands import KIND
from app.payments.judging import USED, closed_accounts, rows_hash, used_references
from app.payments.models import FAILED, GOOD, POSTED, PaymentFile, PaymentRow
from app.payments.movements import movement_of, sides_of
from app.payments.repricing import demand_kept
from app.transactions.kinds import Particulars
from app.transactions.movement import Movement, post_together
from app.transactions.rehearsal import rehearse

CHUNK = 200
GONE = "One of its accounts does not have this currency any more"
_CHANGED = "The rows are no longer what was approved; nothing was posted"


@dataclass(frozen=True, slots=True)
class PostPayments:
    """Post these rows of a file together, all or none; those posted already are left out."""

    payment_file_id: int
    row_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FailPayment:
    """Write why a row could not be posted."""

    payment_file_id: int
    row_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class FinishPayments:
    """Say how the file's posting ended."""

    payment_file_id: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class FindObstacle:
    """Rehearse the rows of a file that was refused; answers which fails first, and why."""

    payment_file_id: int


@does(KIND)
def post_file(job: Job) -> None:
    """Post what is still to be posted; done again after a crash, it goes on where it was."""
    worker = system_actor(job.organisation_id, frozenset({"payments.create"}), "Worker")
    file_id = int(job.payload["payment_file_id"])
    with database.reading() as session:
        record = session.get_one(PaymentFile, file_id)
        policy, approved = record.policy, record.rows_sha256
        columns = PaymentRow.__table__.columns
        query = select(columns).where(PaymentRow.payment_file_id == file_id)
        rows = session.execute(query.order_by(PaymentRow.line)).mappings().all()
    row_ids = [row["id"] for row in rows if row["state"] == GOOD]
    sentence = ""
    if rows_hash(rows) != approved:
        sentence = _CHANGED
    elif policy == "all":
        sentence = _post_all(worker, file_id, row_ids)
    else:
        for number, part in enumerate(portions(row_ids, CHUNK), start=1):
            _post_part(worker, file_id, part)
            crash_point("payments part posted")
            job.report(min(99, number * CHUNK * 100 // len(row_ids)))
    perform(FinishPayments(file_id, sentence), worker)


def _post_all(worker: Actor, file_id: int, row_ids: Sequence[int]) -> str:
    """Post every row or none; returns the sentence of what forbids it."""
    try:
        perform(PostPayments(file_id, tuple(row_ids)), worker)
    except Unavailable:
        raise
    except Refusal as refusal:
        return perform(FindObstacle(file_id), worker) or refusal.sentence
    return ""


def _post_part(worker: Actor, file_id: int, row_ids: Sequence[int]) -> None:
    """Post a part at once; where it is refused, row by row, so that one fails alone."""
    try:
        perform(PostPayments(file_id, tuple(row_ids)), worker)
    except Unavailable:
        raise
    except Refusal as refusal:
        if len(row_ids) == 1:
            sentence = GONE if isinstance(refusal, Missing) else refusal.sentence
            perform(FailPayment(file_id, row_ids[0], sentence), worker)
            return
        for row_id in row_ids:
            _post_part(worker, file_id, [row_id])


@handles(PostPayments, permission="payments.create")
def post_payments(work: Work, command: PostPayments) -> int:
    """Post rows of an approved file under its lock; returns how many. Refuses as posting does."""
    record = find_locked(work, PaymentFile, command.payment_file_id)
    rows = [row for row in _rows(work, command) if row.state == GOOD]
    if not record.is_authorised or record.state != "posting" or not rows:
        return 0
    ids = {one for row in rows for one in (row.debit_asset_id, row.credit_asset_id) if one}
    assets = lock_lines(work, ids)
    posted = post_together(work, [_movement(work, row, assets) for row in rows])
    for row, transaction_id in zip(rows, posted, strict=True):
        row.state, row.transaction_id = POSTED, transaction_id
    return len(rows)


@handles(FindObstacle, permission="payments.create")
def find_obstacle(work: Work, command: FindObstacle) -> str:
    """Return "Line 7: " and the reason, or "" where every row would be posted by now."""
    query = select(PaymentRow).where(
        PaymentRow.payment_file_id == command.payment_file_id, PaymentRow.state == GOOD
    )
    rows = work.session.scalars(query.order_by(PaymentRow.line)).all()
    used = used_references(work.session, work.actor, rows)
    closed = closed_accounts(work.session, rows)
    ids = {one for row in rows for one in (row.debit_asset_id, row.credit_asset_id) if one}
    assets, available = read_lines(work, ids), dict[int, int]()
    for row in rows:
        try:
            if reference_key(row.reference) in used:
                raise Conflict(USED.format(reference=row.reference))
            if told := _closed_of(row, closed):
                raise Conflict(told)
            if not assets.keys() >= {row.debit_asset_id, row.credit_asset_id}:
                raise Conflict(GONE)
            rehearse(work, *_movement(work, row, assets), available)
        except Refusal as refusal:
            return f"Line {row.line}: {refusal.sentence}"
    return ""


def _closed_of(row: PaymentRow, closed: Mapping[int, str]) -> str:
    """Return the sentence that names the row's closed account; "" where it has none."""
    return closed.get(row.debit_asset_id or 0, "") or closed.get(row.credit_asset_id or 0, "")


@handles(FailPayment, permission="payments.create")
def fail_payment(work: Work, command: FailPayment) -> None:
    """Keep the reason beside the row for the report."""
    find_locked(work, PaymentFile, command.payment_file_id)
    row = work.session.get_one(PaymentRow, command.row_id)
    if row.state == GOOD:
        told = _closed_of(row, closed_accounts(work.session, [row]))
        row.state, row.reason = FAILED, told or command.sentence


@handles(FinishPayments, permission="payments.create")
def finish_payments(work: Work, command: FinishPayments) -> str:
    """Count what was posted and what was not; returns the file's state."""
    record = find_locked(work, PaymentFile, command.payment_file_id)
    was_posting = record.state == "posting"
    query = select(func.count()).where(
        PaymentRow.payment_file_id == record.id, PaymentRow.state == POSTED
    )
    posted = work.session.scalars(query).one()
    if posted == record.row_count:
        record.state = "posted"
    else:
        record.state = "partly" if posted else "failed"
    record.refusal = command.sentence
    if was_posting:
        _tell(work, record, posted)
    return record.state


def _tell(work: Work, record: PaymentFile, posted: int) -> None:
    notify(
        work,
        {record.uploaded_by, record.maker_id},
        kind=notices.FINISHED if record.state == "posted" else notices.FAILED,
        title=f"{posted:,} of {record.row_count:,} payments posted",
        text=f"{record.reference} {record.name}",
        href=f"/admin/payments/{record.id}",
    )


def _movement(
    work: Work, row: PaymentRow, assets: dict[int, LockedAsset]
) -> tuple[Movement, Movement | None]:
    debit = assets[row.debit_asset_id or 0]
    movement, receiving = movement_of(
        work,
        debit,
        assets[row.credit_asset_id or 0],
        row.amount_minor,
        particulars=Particulars(description=row.narrative, external_id=row.reference or None),
        file_id=row.payment_file_id,
    )
    demand_kept(row, sides_of(movement, debit))
    return movement, receiving


def _rows(work: Work, command: PostPayments) -> Sequence[PaymentRow]:
    query = select(PaymentRow).where(
        PaymentRow.payment_file_id == command.payment_file_id,
        PaymentRow.id.in_(command.row_ids),
    )
    return work.session.scalars(query.order_by(PaymentRow.line)).all()
