"""The present day: what the tellers did this morning, and what waits for the approvers."""

from random import Random

from sqlalchemy import select

from app.db.session import database
from app.demonstration.bank import BASE, TRANSACTION_RULES, Bank
from app.demonstration.customers import Holding
from app.demonstration.script import Script
from app.ledger.models import Asset
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.exchange import Exchange
from app.transactions.kinds import Particulars

MORNING = 24
EXCHANGES = 6
FOREIGN = ("USD", "EUR")
MINOR = 100
_TELLERS = ("teller", "teller2")
# Whole shillings, the levels that approve it at once, and what then becomes of it.
WAITING = (
    (150_000, 0, ""),
    (220_000, 0, ""),
    (310_000, 0, ""),
    (640_000, 0, ""),
    (720_000, 0, ""),
    (560_000, 1, ""),
    (1_250_000, 0, ""),
    (1_400_000, 0, ""),
    (1_100_000, 1, ""),
    (1_050_000, 2, ""),
    (180_000, 1, ""),
    (240_000, 0, "rejected"),
    (130_000, 0, "rejected"),
    (880_000, 0, "denied"),
)
REJECTION = "The signature on the slip differs from the mandate"
DENIAL = "The client did not confirm this payment"


def live_today(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Serve the counter as the tellers do, one command for each movement."""
    assets = _assets(bank)
    _serve_the_morning(script, holdings, assets)
    _exchange(script, holdings, assets)
    rich = [item for item in holdings if item.label == "business" and item.currency == BASE]
    for number, (shillings, approvals, fate) in enumerate(WAITING):
        mine, theirs = (
            assets[item.account_id] for item in (rich[number % len(rich)], holdings[number])
        )
        amount_minor = shillings * MINOR
        command = (
            Withdraw(
                mine, amount_minor, Particulars("Supplier payment", beneficiary="Tana Traders")
            ),
            Deposit(mine, amount_minor, Particulars("Sale of produce", source="Harvest auction")),
            Transfer(mine, theirs, amount_minor, Particulars("Purchase of a plot")),
        )[number % 3]
        transaction_id = script.do(command, script.by(_TELLERS[number % 2]))
        levels = sum(shillings > above for above, _ in TRANSACTION_RULES)
        for level in range(levels, levels - approvals, -1):
            script.approve("transaction", transaction_id, level=level)
        if fate == "rejected":
            script.reject("transaction", transaction_id, REJECTION)
        elif fate == "denied":
            script.deny("transaction", transaction_id, DENIAL)


def _serve_the_morning(script: Script, holdings: list[Holding], assets: dict[int, int]) -> None:
    random = Random(3)  # noqa: S311 - a story, not a secret
    served = [item for item in holdings if item.currency == BASE and item.label != "personal"]
    for number in range(MORNING):
        mine, theirs = (assets[item.account_id] for item in random.sample(served, 2))
        amount_minor = random.randrange(20, 900) * 50 * MINOR
        command = (
            Deposit(mine, amount_minor, Particulars("Cash deposit at the counter")),
            Withdraw(mine, amount_minor, Particulars("Cash withdrawal at the counter")),
            Transfer(mine, theirs, amount_minor, Particulars("Transfer between customers")),
        )[number % 3]
        script.do(command, script.by(_TELLERS[number % 2]))


def _exchange(script: Script, holdings: list[Holding], assets: dict[int, int]) -> None:
    """Buy dollars and euros for those who keep them, and sell some back."""
    shillings = {item.client_id: item for item in holdings if item.currency == BASE}
    pairs = [
        (assets[shillings[item.client_id].account_id], assets[item.account_id])
        for item in holdings
        if item.currency in FOREIGN and item.client_id in shillings
    ]
    for number, (ours, foreign) in enumerate(pairs[:EXCHANGES]):
        units = 40 + number * 15
        travel = Particulars("Travel money")
        command = (
            Exchange(ours, foreign, received_minor=units * MINOR, particulars=travel)
            if number % 3
            else Exchange(foreign, ours, units * MINOR, particulars=travel)
        )
        script.do(command, script.by(_TELLERS[number % 2]))


def _assets(bank: Bank) -> dict[int, int]:
    """Return the first asset of each account."""
    query = (
        select(Asset.account_id, Asset.id)
        .where(Asset.organisation_id == bank.organisation_id)
        .order_by(Asset.id.desc())
    )
    with database.reading() as session:
        return {row.account_id: row.id for row in session.execute(query)}
