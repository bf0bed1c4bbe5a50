"""What the close itself looks for before a day is closed; slices register more of their own."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.closing.queries import PENDING_APPROVALS
from app.controls.closing_steps import Finding, blocks_closing
from app.controls.due_work import DueWork
from app.controls.review import AUTHORIZED, PENDING
from app.controls.tenant import Organisation
from app.kernel.counts import counted
from app.ledger.accounts import Account
from app.ledger.models import Asset, Movement, Transaction

_LIST = "/admin/transactions"
_WAITING = "&".join(f"record-status={status}" for status in PENDING.values())


@blocks_closing(PENDING_APPROVALS, name="Transactions waiting for approval", order=20)
def waiting_for_approval(session: Session, organisation_id: int, on: date) -> Finding:
    """Count what waits for a level with a posting date up to the day."""
    query = _dated(organisation_id, on).where(*Transaction.waiting())
    count = session.scalars(query).one()
    waiting = counted(count, "waits", "wait")
    text = f"{waiting}; what is not decided today is booked on the next day"
    return Finding(count, text if count else "Nothing waits", f"{_LIST}?{_WAITING}")


@blocks_closing("STILL_PENDING", name="Transactions not completed", order=30, blocks=False)
def not_completed(session: Session, organisation_id: int, on: date) -> Finding:
    """Count what was authorized and still waits to be completed or cancelled."""
    query = _dated(organisation_id, on).where(
        Transaction.record_status == AUTHORIZED,
        Transaction.posted_at.is_(None),
        Transaction.processing.in_(("Pending", "Processing")),
    )
    count = session.scalars(query).one()
    text = f"{counted(count, 'is', 'are')} authorized and not completed"
    href = f"{_LIST}?processing=Pending&processing=Processing&record-status=AUTHORIZED"
    return Finding(count, text if count else "All are completed", href)


@blocks_closing("FAILED_WORK", name="Due work that failed", order=40, blocks=False)
def failed_work(session: Session, organisation_id: int, on: date) -> Finding:
    """Count the due work that gave up since the day began where the organisation is."""
    zone = ZoneInfo(session.get_one(Organisation, organisation_id).time_zone)
    query = select(func.count()).where(
        DueWork.organisation_id == organisation_id,
        DueWork.state == "failed",
        DueWork.due_at >= datetime.combine(on, time(), zone),
    )
    count = session.scalars(query).one()
    text = f"{count:,} gave up: such as mails, files or statements"
    return Finding(count, text if count else "None failed")


@blocks_closing("CASH_IN_CREDIT", name="Cash in credit", order=50, blocks=False)
def cash_in_credit(session: Session, organisation_id: int, on: date) -> Finding:
    """Count the house's cash accounts that paid out more than they held."""
    del on  # what a till holds is judged as it is
    waiting = (
        select(func.coalesce(func.sum(Movement.amount_minor), 0))
        .where(Movement.asset_id == Asset.id)
        .scalar_subquery()
    )
    query = (
        select(func.count())
        .select_from(Asset)
        .join(Account, Account.id == Asset.account_id)
        .where(
            Asset.organisation_id == organisation_id,
            Account.purpose == "cash",
            Asset.balance_minor + waiting > 0,
        )
    )
    count = session.scalars(query).one()
    text = f"{count:,} paid out more than was in the till"
    return Finding(count, text if count else "No till is below zero", "/admin/reports")


def _dated(organisation_id: int, on: date) -> Select[tuple[int]]:
    return (
        select(func.count())
        .select_from(Transaction)
        .where(
            Transaction.organisation_id == organisation_id,
            Transaction.posting_date <= on,
            Transaction.retired_at.is_(None),
        )
    )
