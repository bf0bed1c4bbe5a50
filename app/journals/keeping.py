"""What is kept of lines until they are posted, and the header that they make together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.work import Work
from app.journals.book import Book, Holding, read_book
from app.journals.lines import AT_POSTING, LONGEST_NARRATIVE, Fault, JournalLine, Terms
from app.journals.reckoning import Reckoning, reckon
from app.journals.sheet import Sheet, judge, sheet_of
from app.kernel.errors import Forbidden, Refusal, all_of
from app.ledger.accounts import Account
from app.ledger.house import house_asset
from app.ledger.journal import Line
from app.ledger.models import Asset
from app.transactions.review import lines_as_text

ROUNDING = "Rounding between currencies"
SEVERAL_CLIENTS = "A transaction of several customers is for those who see all of them."
BEYOND_PROJECT = "This reaches beyond the chosen project: choose All projects first."


@dataclass(frozen=True, slots=True)
class Kept:
    """What a row keeps of its lines: as texts, the columns of its header, every asset touched."""

    lines: list[dict[str, Any]]
    header: dict[str, Any]
    asset_ids: set[int]


def keep_lines(
    work: Work,
    lines: Sequence[JournalLine],
    *,
    on: date,
    branch_id: int,
    terms: Terms = AT_POSTING,
) -> Kept:
    """Work the lines out at the rates of a day and return what is kept until they are posted.

    Refused: what the lines lack or do not balance (422), clients out of sight (403).
    """
    numbers = (line.account for line in lines)
    book = read_book(work.session, work.actor, numbers, on=on, terms=terms)
    found = reckon(lines, book)
    all_of(*(partial(_refuse, fault) for fault in found.faults))
    rows = []
    for place in sorted(found.booked):
        one = found.booked[place]
        (row,) = lines_as_text((one.line,))
        rows.append(row | {"typed": one.typed} if one.typed else row)
    if found.rounding_minor:
        rows.append(_rounding(work, found, book, branch_id=branch_id))
    header = _header(work, [found.booked[place].holding for place in sorted(found.booked)], rows)
    return Kept(rows, header, {row["asset_id"] for row in rows})


def keep_again(
    work: Work, kept: Sequence[Mapping[str, Any]], *, on: date, branch_id: int, terms: Terms
) -> Kept:
    """Work kept lines out anew at the rates of another day; refused as `keep_lines` refuses."""
    sheet = reopened(work.session, kept)
    book = read_book(work.session, work.actor, sheet.numbers, on=on, terms=terms)
    lines = judge(sheet, book).lines
    return keep_lines(work, lines, on=on, branch_id=branch_id, terms=terms)


def reopened(session: Session, kept: Iterable[Mapping[str, Any]]) -> Sheet:
    """Return the sheet that kept lines were typed on."""
    lines = list(kept)
    query = (
        select(Asset.id, Account.number, Asset.currency, Asset.exponent)
        .join(Account, Account.id == Asset.account_id)
        .where(Asset.id.in_({line["asset_id"] for line in lines}))
    )
    return sheet_of(lines, {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)})


def checked_narrative(text: str) -> str:
    """Return a narrative without its blanks; refused (422) beyond 500 characters."""
    narrative = text.strip()
    if len(narrative) > LONGEST_NARRATIVE:
        raise Refusal(
            f"Narrative can have at most {LONGEST_NARRATIVE} characters.", field="narrative"
        )
    return narrative


def _refuse(fault: Fault) -> None:
    raise Refusal(fault.sentence, field=fault.field)


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
