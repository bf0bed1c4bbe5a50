"""Puts entries into the books for statements: many at once, on past days, with a bonus bucket."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pypdf import PdfReader
from sqlalchemy import func, select

from app.controls.commands import handles, perform
from app.controls.due import sweep
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.numbering import take_ids
from app.controls.work import Work
from app.db.session import database
from app.ledger.house import house_asset
from app.ledger.journal import Posting, post
from app.ledger.locking import LockedAsset, lock_assets
from app.ledger.models import Entry
from app.statements import queries
from app.statements.commands import RequestStatement
from app.statements.figures import SIGNED
from app.transactions.kinds import Particulars, header_of, movement_lines
from tests.factories import BUSINESS_DATE, RATES, House

YEAR = (date(2026, 1, 1), BUSINESS_DATE)


@dataclass(frozen=True, slots=True)
class Happening:
    """A deposit (above zero) or a withdrawal (below) of minor units on a day."""

    amount_minor: int
    day: date = BUSINESS_DATE
    description: str = ""
    party: str = ""
    bucket: str = "real"
    value_day: date | None = None


@dataclass(frozen=True, slots=True)
class PostHappenings:
    """Post happenings on an asset against the house's cash."""

    asset_id: int
    happenings: tuple[Happening, ...]


def post_happenings(house: House, asset_id: int, *happenings: Happening) -> None:
    """Post all of them in one operation, in the order they are given."""
    perform(PostHappenings(asset_id, happenings), house.system)


@handles(PostHappenings, permission=None)
def _post(work: Work, command: PostHappenings) -> None:
    asset = lock_assets(work, [command.asset_id])[command.asset_id]
    cash_id = house_asset(
        work,
        purpose="cash",
        branch_id=asset.branch_id,
        currency=asset.currency,
        exponent=asset.exponent,
    )
    assets = lock_assets(work, [asset.id, cash_id])
    ids = take_ids(work, "transaction", len(command.happenings))
    postings = [
        _posting(work, (assets[asset.id], assets[cash_id]), happening, transaction_id)
        for transaction_id, happening in zip(ids, command.happenings, strict=True)
    ]
    post(work, postings, assets)


def _posting(
    work: Work,
    parties: tuple[LockedAsset, LockedAsset],
    happening: Happening,
    transaction_id: int,
) -> Posting:
    asset, cash = parties
    is_in = happening.amount_minor > 0
    kind = "bonus" if happening.bucket == "bonus" else ("deposit" if is_in else "withdrawal")
    debit, credit = (cash, asset) if is_in else (asset, cash)
    rate = RATES[asset.currency]
    lines = tuple(
        replace(line, bucket=happening.bucket) if line.asset_id == asset.id else line
        for line in movement_lines(
            debit=debit, credit=credit, amount_minor=abs(happening.amount_minor), rate=rate
        )
    )
    header = header_of(
        work,
        transaction_id=transaction_id,
        kind=kind,
        direction="in" if is_in else "out",
        asset=asset,
        counter=cash,
        lines=lines,
        particulars=Particulars(
            description=happening.description,
            source=happening.party if is_in else "",
            beneficiary="" if is_in else happening.party,
            posting_date=happening.day,
            value_date=happening.value_day,
        ),
        sub_type_id=None,
        status_id=None,
    )
    return Posting(
        transaction_id=header["id"],
        kind=kind,
        posting_date=header["posting_date"],
        value_date=header["value_date"],
        lines=lines,
        header=header,
    )


def balance_on(asset_id: int, day: date, bucket: str = "real") -> int:
    """Return the signed sum of the entries up to a day, asked of the database alone."""
    query = select(func.coalesce(func.sum(SIGNED), 0)).where(
        Entry.asset_id == asset_id, Entry.bucket == bucket, Entry.posting_date <= day
    )
    with database.reading() as session:
        return int(session.scalar(query) or 0)


def request(actor: Actor, subject: str, subject_id: int, period: tuple[date, date] = YEAR) -> int:
    """Ask for a statement; returns its id."""
    return int(perform(RequestStatement(subject, subject_id, *period), actor))


def work_until_settled(actor: Actor, statement_id: int) -> queries.StatementPage:
    """Let the worker work until the statement is ready or failed."""
    while (page := page_of(actor, statement_id)).is_under_way:
        assert sweep(), "nothing is due, and the statement still waits"
    return page


def page_of(actor: Actor, statement_id: int) -> queries.StatementPage:
    """Return the statement as its page shows it."""
    with database.reading() as session:
        return queries.statement_page(session, actor, statement_id)


def downloaded(actor: Actor, statement_id: int) -> bytes:
    """Return the bytes of the file, read by a session of its own."""
    with database.reading() as session:
        return queries.download(session, actor, statement_id)[0]


def printed(actor: Actor, subject: str, subject_id: int, period: Any = YEAR) -> PdfReader:
    """Ask for a statement, let the worker print it and read the file."""
    statement_id = request(actor, subject, subject_id, period)
    assert work_until_settled(actor, statement_id).message == ""
    return PdfReader(io.BytesIO(downloaded(actor, statement_id)))


def text_of(reader: PdfReader) -> str:
    """Return the text of all pages with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def due_work_of(statement_id: int) -> DueWork:
    """Return the row of due work that prints the statement."""
    with database.reading() as session:
        query = select(DueWork).where(
            DueWork.kind == "statement", DueWork.occurrence_key == f"statement-{statement_id}"
        )
        return session.scalars(query).one()
