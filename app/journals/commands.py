"""Recording a journal line by line, and correcting one that was not authorised."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete

from app.controls.approvals import submit as hand_in
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.numbering import take_ids
from app.controls.permissions import find, holds
from app.controls.review import CAPTURED, demand_editable, step
from app.controls.work import Work
from app.journals.keeping import checked_narrative, keep_lines
from app.journals.lines import NO_BRANCH, NO_POSTING_DATE, NO_VALUE_DATE, JournalLine
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.headers import named
from app.ledger.models import Transaction, TransactionAsset
from app.organisation.models import Branch
from app.transactions.amendments import NOT_THE_MAKER
from app.transactions.days import demand_open_day, demand_value_date
from app.transactions.reversal import keep_assets
from app.transactions.review import TRANSACTION, WAITING, demand_open
from app.transactions.search import forget_text
from app.transactions.settings import current_settings

NO_BACK_DATING = "You do not have permission to post on an earlier date."
NOT_A_JOURNAL = "This transaction was not recorded line by line"


@dataclass(frozen=True, slots=True)
class RecordJournal:
    """Record a double-entry transaction; `submit` hands it in at once (E41.02, E41.12).

    The posting date is the business date, or an earlier one by permission.
    """

    posting_date: date | None
    value_date: date | None
    branch_id: int | None
    lines: tuple[JournalLine, ...]
    narrative: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditJournal:
    """Change narrative, value date and lines of one that was not authorised (E41.38)."""

    transaction_id: int
    version: int
    value_date: date | None
    lines: tuple[JournalLine, ...]
    narrative: str = ""
    submit: bool = False


@handles(RecordJournal, permission="transactions.create")
def record_journal(work: Work, command: RecordJournal) -> int:
    """Write the draft, and post it or let it wait where it is handed in. Returns its id.

    Refused: what the lines lack or do not balance, a date that is not open (422), back-dating
    without the permission, clients out of sight (403), what posting itself refuses (409).
    """
    posting_date = _posting_date(work, command.posting_date)
    value_date = _value_date(work, command.value_date, on=posting_date)
    if command.branch_id is None:
        raise Refusal(NO_BRANCH, field="branch_id")
    branch = find(work.session, work.actor, Branch, command.branch_id)
    if branch.retired_at is not None:
        raise Refusal(NO_BRANCH, field="branch_id")
    kept = keep_lines(work, command.lines, on=posting_date, branch_id=branch.id)
    (transaction_id,) = take_ids(work, "transaction", 1)
    settings = current_settings(work)
    project_id = kept.header["project_id"]
    transaction = work.add(
        Transaction(
            organisation_id=work.actor.tenant_id,
            kind="journal",
            direction="both",
            processing=WAITING,
            status_id=settings.statuses.get((project_id or 0, "pending")),
            sub_type_id=settings.sub_type(project_id, "journal"),
            branch_id=branch.id,
            posting_date=posting_date,
            value_date=value_date,
            description=checked_narrative(command.narrative),
            record_status=CAPTURED,
            lines=kept.lines,
            **named(work, transaction_id),
            **kept.header,
        )
    )
    step(work, TRANSACTION, transaction, "created")
    keep_assets(work, transaction, kept.asset_ids)
    if command.submit:
        hand_in(work, TRANSACTION, transaction)
    return transaction.id


@handles(EditJournal, permission="transactions.edit")
def edit_journal(work: Work, command: EditJournal) -> int:
    """Write the correction; posting date and branch stay (E41.39). Returns the id.

    Refused: to another than the maker (403), while it waits or is final, a stale version, what is
    no journal (409), and whatever recording refuses.
    """
    transaction = find_locked(work, Transaction, command.transaction_id, command.version)
    demand_editable(transaction, TRANSACTION.name)
    demand_open(transaction)
    if transaction.kind != "journal":
        raise Conflict(NOT_A_JOURNAL)
    if transaction.maker_id != work.actor.user_id:
        raise Forbidden(NOT_THE_MAKER)
    day, branch_id = transaction.posting_date, transaction.branch_id
    value_date = _value_date(work, command.value_date, on=day)
    kept = keep_lines(work, command.lines, on=day, branch_id=branch_id)
    for name, value in kept.header.items():
        setattr(transaction, name, value)
    transaction.lines = kept.lines
    transaction.value_date = value_date
    transaction.description = checked_narrative(command.narrative)
    mine = TransactionAsset.transaction_id == transaction.id
    work.session.execute(delete(TransactionAsset).where(mine))
    keep_assets(work, transaction, kept.asset_ids)
    step(work, TRANSACTION, transaction, "edited")
    forget_text(work, transaction.id)
    if command.submit:
        hand_in(work, TRANSACTION, transaction)
    return transaction.id


def _posting_date(work: Work, typed: date | None) -> date:
    if typed is None:
        raise Refusal(NO_POSTING_DATE, field="posting_date")
    if typed < work.business_date and not holds(work.actor, "transactions.back-date"):
        raise Refusal(NO_BACK_DATING, field="posting_date")
    demand_open_day(work.organisation, typed)
    return typed


def _value_date(work: Work, typed: date | None, *, on: date) -> date:
    if typed is None:
        raise Refusal(NO_VALUE_DATE, field="value_date")
    demand_value_date(work, typed, on=on)
    return typed
