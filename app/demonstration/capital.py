"""What the bank is founded on: its shares, its balances with other banks, the cash in its tills."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.accounts.commands import OpenAccount
from app.books.capital_terms import SetCapitalTerms
from app.controls.identity import Actor
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import Script
from app.fees.commands import CreateTransactionCode
from app.journals.commands import RecordJournal
from app.journals.lines import JournalLine
from app.ledger.accounts import Account, Product
from app.products.commands import CreateProduct

MINOR = 100
SHARES = 60_000_000 * MINOR
# About what the past brought in through other banks.
SETTLED = 75_000_000 * MINOR
NOTES = 5_000_000 * MINOR
CODE = "SETTLE"
# The least that a bank of the country holds, in percent of what it risks.
LEAST_CORE, LEAST_TOTAL = Decimal("10.5"), Decimal("14.5")


def found_on_capital(script: Script, bank: Bank, day: date) -> None:
    """Book the shareholders' money, settle with other banks, fill the till, and weigh it all."""
    administrator = script.by(ADMINISTRATOR.login)
    shares, shares_product = _account(script, administrator, "liability", "Share capital")
    banks, banks_product = _account(script, administrator, "asset", "Balances with other banks")
    clearing, branch_id = _house(bank, "clearing")
    cash, _branch_id = _house(bank, "cash")
    script.do(CreateTransactionCode(CODE, "both", "Settlement", submit=True), administrator)
    lines = tuple(
        JournalLine(number, CODE, side, account, BASE, minor, text)
        for number, (text, debited, credited, minor) in enumerate(
            (
                ("Shares paid in", banks, shares, SHARES),
                ("Settlement of what came in through others", banks, clearing, SETTLED),
                ("Notes ordered for the tills", cash, banks, NOTES),
            ),
            start=1,
        )
        for side, account in (("D", debited), ("C", credited))
    )
    text = "Shares, settlement and notes"
    script.do(RecordJournal(day, day, branch_id, lines, narrative=text, submit=True), administrator)
    weights = {_code(bank, "Cash"): 0, banks_product: 20}
    terms = SetCapitalTerms(0, LEAST_CORE, LEAST_TOTAL, weights, {shares_product: "core"})
    script.do(terms, administrator)


def _account(script: Script, administrator: Actor, kind: str, name: str) -> tuple[str, str]:
    """Open an account of the house; returns its number and its product's code."""
    product_id = script.do(CreateProduct(kind, name, submit=True), administrator)
    account_id = script.do(OpenAccount(product_id, BASE), administrator)
    with database.reading() as session:
        number = session.get_one(Account, account_id).number
        return number, session.get_one(Product, product_id).code


def _house(bank: Bank, purpose: str) -> tuple[str, int]:
    """Return the number and the branch of the first account of a purpose."""
    query = select(Account.number, Account.branch_id).where(
        Account.organisation_id == bank.organisation_id,
        Account.purpose == purpose,
        Account.currency == BASE,
    )
    with database.reading() as session:
        number, branch_id = session.execute(query.order_by(Account.id)).first() or ("", 0)
    return number, branch_id


def _code(bank: Bank, name: str) -> str:
    with database.reading() as session:
        query = select(Product.code).where(
            Product.organisation_id == bank.organisation_id, Product.name == name
        )
        return session.scalars(query).one()
