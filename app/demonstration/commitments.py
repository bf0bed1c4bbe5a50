"""What customers have asked the bank to pay later: cheques with a date, rents, savings plans."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.controls.approvals import SubmitRecord
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import Script
from app.fees.queries import usable_codes
from app.journals.lines import JournalLine
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.schedules.execution import CancelForwardDated
from app.schedules.forward import RecordForwardDated
from app.schedules.orders import PauseStandingOrder, RecordStandingOrder

MINOR = 100
LEAST_MINOR = 90_000 * MINOR
# Who records it, the type, in how many days, shillings, what for, and whether it is handed in.
PAYMENTS = (
    (ADMINISTRATOR.login, "SCHEDULED_PAYMENT", 4, 12_500, "School fees, first term", True),
    (ADMINISTRATOR.login, "POST_DATED_CHECK", 9, 18_000, "Cheque 000412, Umoja Hardware", True),
    ("teller", "POST_DATED_CHECK", 16, 7_200, "Cheque 000077, Kijani Traders", True),
    ("teller", "SCHEDULED_PAYMENT", 23, 4_000, "Contribution to the harvest fund", False),
    (ADMINISTRATOR.login, "SCHEDULED_PAYMENT", 30, 3_500, "Insurance premium", True),
)
# Who records it, the day, shillings, months until it ends, what for, and whether it is handed in.
ORDERS = (
    (ADMINISTRATOR.login, 5, 15_000, None, "Rent, Ngong Road", True),
    (ADMINISTRATOR.login, 31, 5_000, 12, "Savings plan", True),
    ("teller", 15, 2_500, None, "Chama contribution", True),
    ("teller", 28, 1_200, 6, "Library fund", False),
)
_DAYS = 31


@dataclass(frozen=True, slots=True)
class _Payer:
    """The accounts money goes between, where, and under which code."""

    debit: str
    credit: str
    branch_id: int
    code: str

    def lines(self, shillings: int, text: str) -> tuple[JournalLine, ...]:
        """Return both lines of a payment."""
        return tuple(
            JournalLine(1, self.code, side, account, BASE, shillings * MINOR, text)
            for side, account in (("D", self.debit), ("C", self.credit))
        )


def commit_customers(script: Script, bank: Bank) -> None:
    """Plan payments that are scheduled, wait, are drafts or were given up."""
    payers = _payers(bank)
    if not payers:
        return
    today, made = bank.business_date, []
    for number, (login, kind, days, shillings, text, hand_in) in enumerate(PAYMENTS):
        payer = payers[number % len(payers)]
        command = RecordForwardDated(
            kind,
            payer.branch_id,
            today + timedelta(days=days),
            payer.lines(shillings, text),
            narrative=text,
        )
        made.append(script.do(command, script.by(login)))
        if hand_in:
            script.do(SubmitRecord("forward-dated", made[-1]), script.by(login))
    script.do(CancelForwardDated(made[-1]), script.by(ADMINISTRATOR.login))
    _orders(script, payers, today)


def _orders(script: Script, payers: list[_Payer], today: date) -> None:
    made = []
    for number, (login, day, shillings, months, text, hand_in) in enumerate(ORDERS):
        payer = payers[number % len(payers)]
        end_on = today + timedelta(days=months * _DAYS) if months else None
        command = RecordStandingOrder(
            payer.branch_id, day, today, end_on, payer.lines(shillings, text), narrative=text
        )
        made.append(script.do(command, script.by(login)))
        if hand_in:
            script.do(SubmitRecord("standing-order", made[-1]), script.by(login))
    script.do(PauseStandingOrder(made[1]), script.by("manager"))


def _payers(bank: Bank) -> list[_Payer]:
    """Return the first accounts in shillings with enough on them, each paying the next."""
    mine = Asset.organisation_id == bank.organisation_id
    query = (
        select(Account.number, Account.branch_id)
        .join(Asset, Asset.account_id == Account.id)
        .where(mine, Asset.currency == BASE, Asset.is_limited, Account.currency == BASE)
        .where(Asset.is_active, Asset.balance_minor - Asset.held_minor >= LEAST_MINOR)
        .order_by(Account.id)
        .limit(3)
    )
    with database.reading() as session:
        found = session.execute(query).all()
        codes = [one.code for one in usable_codes(session, bank.organisation_id)
                 if one.side == "both"]  # fmt: skip
    if not codes:
        return []
    return [
        _Payer(row.number, found[(place + 1) % len(found)].number, row.branch_id, codes[0])
        for place, row in enumerate(found)
    ]
