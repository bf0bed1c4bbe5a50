"""What the back office books by hand: a journal in two batches, and a deposit that is reversed."""

from sqlalchemy import select

from app.controls.approvals import SubmitRecord
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.customers import Holding
from app.demonstration.script import Script
from app.fees.queries import usable_codes
from app.journals.commands import RecordJournal
from app.journals.lines import JournalLine
from app.ledger.accounts import Account
from app.ledger.models import Transaction
from app.transactions.reversal import ReverseTransaction

MINOR = 100
REASON = "The slip names another customer: paid in on the wrong account"


def book_by_hand(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Record the day's journal and undo the first deposit of the morning."""
    _journal(script, bank, holdings)
    with database.reading() as session:
        query = select(Transaction.id).where(
            Transaction.organisation_id == bank.organisation_id,
            Transaction.kind == "deposit",
            Transaction.posted_at.is_not(None),
            Transaction.description == "Cash deposit at the counter",
        )
        deposit = session.scalars(query.order_by(Transaction.id)).first()
    if deposit is not None:
        manager = script.by("manager")
        reversal = script.do(ReverseTransaction(deposit, REASON), manager)
        script.do(SubmitRecord("transaction", reversal), manager)


def _journal(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Share a grant out under one code and correct a posting under another."""
    with database.reading() as session:
        codes = [one.code for one in usable_codes(session, bank.organisation_id)
                 if one.side == "both"]  # fmt: skip
        mine = Account.organisation_id == bank.organisation_id
        query = select(Account.number, Account.branch_id).where(
            mine, Account.purpose == "clearing", Account.currency == BASE
        )
        clearing, branch_id = session.execute(query.order_by(Account.id)).first() or ("", 0)
        served = [item.account_id for item in holdings if item.currency == BASE][:2]
        query = select(Account.number).where(mine, Account.id.in_(served))
        first, second = session.scalars(query.order_by(Account.id)).all()
    if not codes:
        return
    first_batch, second_batch = (
        [
            JournalLine(number, code, side, account, BASE, shillings * MINOR, text)
            for side, account, shillings in sides
        ]
        for number, code, text, sides in (
            (1, codes[0], "County youth grant",
             (("D", clearing, 30_000), ("C", first, 18_000), ("C", second, 12_000))),
            (2, codes[-1], "Electricity token booked on the wrong account",
             (("D", first, 450), ("C", second, 450))),
        )
    )  # fmt: skip
    lines = (*first_batch, *second_batch)
    day = bank.business_date
    text = "County grant and a correction"
    journal = RecordJournal(day, day, branch_id, lines, narrative=text, submit=True)
    script.do(journal, script.by(ADMINISTRATOR.login))
