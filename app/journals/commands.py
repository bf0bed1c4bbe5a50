"""Recording a journal line by line, and correcting one that was not authorised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete

from app.controls.approvals import submit as hand_in
from app.controls.commands import handles
from app.controls.numbering import take_ids
from app.controls.permissions import find, holds
from app.controls.review import CAPTURED, demand_editable, step
from app.controls.work import Work
from app.journals.book import Book, Holding, read_book
from app.journals.lines import (
    LONGEST_NARRATIVE,
    NO_BRANCH,
    NO_POSTING_DATE,
    NO_VALUE_DATE,
    JournalLine,
)
from app.journals.reckoning import Reckoning, reckon
from app.kernel.codes import uid
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.house import house_asset
from app.ledger.journal import Line
from app.ledger.models import Transaction, TransactionAsset
from app.ledger.opening import new_public_id
from app.organisation.models import Branch
from app.transactions.amendments import NOT_THE_MAKER
from app.transactions.days import demand_open_day
from app.transactions.reversal import keep_assets
from app.transactions.review import TRANSACTION, WAITING, demand_open, lines_as_text
from app.transactions.search import forget_text
from app.transactions.settings import settings_of
from app.transactions.statuses import locked_transaction

ROUNDING = "Rounding between currencies"
NO_BACK_DATING = "You do not have permission to post on an earlier date."
SEVERAL_CLIENTS = "A transaction of several clients is for those who see all of them."
BEYOND_PROJECT = "This reaches beyond the chosen project: choose All projects first."
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
    if command.value_date is None:
        raise Refusal(NO_VALUE_DATE, field="value_date")
    if command.branch_id is None:
        raise Refusal(NO_BRANCH, field="branch_id")
    branch = find(work.session, work.actor, Branch, command.branch_id)
    if branch.retired_at is not None:
        raise Refusal(NO_BRANCH, field="branch_id")
    kept = _kept(work, command.lines, on=posting_date, branch_id=branch.id)
    (transaction_id,) = take_ids(work.session, "transaction", 1)
    settings = settings_of(work, work.actor.tenant_id, work.organisation.configuration_version)
    project_id = kept.header["project_id"]
    transaction = work.add(
        Transaction(
            id=transaction_id,
            organisation_id=work.actor.tenant_id,
            public_id=new_public_id(),
            uid=uid("cbtr", transaction_id),
            reference=f"TXN-{transaction_id:08d}",
            kind="journal",
            direction="both",
            processing=WAITING,
            status_id=settings.statuses.get((project_id or 0, "pending")),
            sub_type_id=settings.sub_type(project_id, "journal"),
            branch_id=branch.id,
            posting_date=posting_date,
            value_date=command.value_date,
            description=_narrative(command.narrative),
            operator_name=work.actor.name,
            maker_id=work.actor.user_id,
            record_status=CAPTURED,
            lines=kept.lines,
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
    transaction = locked_transaction(work, command.transaction_id, command.version)
    demand_editable(transaction, TRANSACTION.name)
    demand_open(work, transaction)
    if transaction.kind != "journal":
        raise Conflict(NOT_A_JOURNAL)
    if transaction.maker_id != work.actor.user_id:
        raise Forbidden(NOT_THE_MAKER)
    if command.value_date is None:
        raise Refusal(NO_VALUE_DATE, field="value_date")
    kept = _kept(work, command.lines, on=transaction.posting_date, branch_id=transaction.branch_id)
    for name, value in kept.header.items():
        setattr(transaction, name, value)
    transaction.lines = kept.lines
    transaction.value_date = command.value_date
    transaction.description = _narrative(command.narrative)
    mine = TransactionAsset.transaction_id == transaction.id
    work.session.execute(delete(TransactionAsset).where(mine))
    keep_assets(work, transaction, kept.asset_ids)
    step(work, TRANSACTION, transaction, "edited")
    forget_text(work, transaction.id)
    if command.submit:
        hand_in(work, TRANSACTION, transaction)
    return transaction.id


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a journal's row keeps of its lines."""

    lines: list[dict[str, Any]]
    header: dict[str, Any]
    asset_ids: set[int]


def _kept(work: Work, lines: Sequence[JournalLine], *, on: date, branch_id: int) -> _Kept:
    book = read_book(work.session, work.actor, (line.account for line in lines), on=on)
    found = reckon(lines, book)
    if found.faults:
        fault = found.faults[0]
        raise Refusal(fault.sentence, field=fault.name or None)
    rows = []
    for place in sorted(found.booked):
        one = found.booked[place]
        (row,) = lines_as_text((one.line,))
        rows.append(row | {"typed": one.typed} if one.typed else row)
    if found.rounding_minor:
        rows.append(_rounding(work, found, book, branch_id=branch_id))
    header = _header(work, [found.booked[place].holding for place in sorted(found.booked)], rows)
    return _Kept(rows, header, {row["asset_id"] for row in rows})


def _rounding(work: Work, found: Reckoning, book: Book, *, branch_id: int) -> dict[str, Any]:
    """Return the one line that says what rounding left over; never a silent cent."""
    minor = found.rounding_minor
    asset_id = house_asset(
        work,
        purpose="rounding",
        branch_id=branch_id,
        currency=book.base,
        exponent=book.organisation.base_exponent,
    )
    line = Line(
        asset_id,
        "C" if minor > 0 else "D",
        abs(minor),
        abs(minor),
        narrative=ROUNDING,
        batch=found.uneven_batch,
    )
    (row,) = lines_as_text((line,))
    return row | {"rounding": True}


def _header(work: Work, holdings: list[Holding], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns that name one asset of the many, and the client only where it is one.

    So what touches several clients is seen by those alone who see every client; refused (403) to
    a maker who would not see it.
    """
    chosen = next((n for n, one in enumerate(holdings) if one.client_id is not None), 0)
    own, row = holdings[chosen], rows[chosen]
    clients = {one.client_id: one for one in holdings if one.client_id is not None}
    projects = {one.project_id for one in clients.values()}
    client = next(iter(clients.values())) if len(clients) == 1 else None
    project_id = next(iter(projects)) if len(projects) == 1 else None
    owner = {
        "client_id": client.client_id if client else None,
        "manager_id": client.manager_id if client else None,
        "desk_id": client.desk_id if client else None,
        "project_id": project_id,
    }
    if not work.actor.scope.covers(**owner, user_id=work.actor.user_id):
        is_narrowed = work.actor.scope.chosen_project_id is not None
        raise Forbidden(BEYOND_PROJECT if is_narrowed else SEVERAL_CLIENTS)
    opposite = next(one["asset_id"] for one in rows if one["side"] != row["side"])
    return owner | {
        "account_id": own.account_id,
        "account_type_id": own.account_type_id,
        "asset_id": own.asset_id,
        "counter_asset_id": opposite,
        "amount_minor": row["amount_minor"],
        "base_minor": row["base_minor"],
        "currency": own.currency,
        "exponent": own.exponent,
    }


def _posting_date(work: Work, typed: date | None) -> date:
    if typed is None:
        raise Refusal(NO_POSTING_DATE, field="posting_date")
    if typed < work.business_date and not holds(work.actor, "transactions.back-date"):
        raise Refusal(NO_BACK_DATING, field="posting_date")
    demand_open_day(work.organisation, typed)
    return typed


def _narrative(text: str) -> str:
    narrative = text.strip()
    if len(narrative) > LONGEST_NARRATIVE:
        raise Refusal(
            f"Narrative can have at most {LONGEST_NARRATIVE} characters.", field="narrative"
        )
    return narrative
