"""What the bank's accounts bear: conditions, base rates, a fee, and the interest of days past."""

from datetime import date, timedelta
from decimal import Decimal

from app.charges.commands import ChargeTerms, CreateCharge
from app.conditions.base_rates import CreateBaseRate
from app.conditions.checks import Terms, TierLine
from app.conditions.commands import CreateAccountCondition, SupersedeAccountCondition
from app.conditions.linking import LinkConditionProducts
from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import Script
from app.interest.accruing import AccrueDay
from app.interest.booking import BookAccruals, all_conditions
from app.interest.due import assets_due
from app.interest.posting import CHUNK, PostInterest
from app.interest.snapshots import (
    RestateBalances,
    SnapshotBalances,
    chunks_of_assets,
    days_between,
)
from app.kernel.interest import Tier
from app.kernel.portions import portions
from app.products.commands import CreateProduct

WITHHOLDING = Decimal(15)
# Side, from and to in minor units, percent a year.
TIERS = (
    ("C", 0, 50_000_00, "3"),
    ("C", 50_000_00, 250_000_00, "4.5"),
    ("C", 250_000_00, None, "6"),
    ("D", 0, None, "18"),
)
PRODUCTS = (
    ("expense_product_id", "expense", "Interest on deposits"),
    ("liability_product_id", "liability", "Interest payable"),
    ("income_product_id", "income", "Interest on overdrafts"),
    ("receivable_product_id", "asset", "Interest receivable"),
    ("tax_product_id", "liability", "Withholding tax"),
)
LEDGER_FEE = 50_00


def rule_interest(script: Script, bank: Bank, since: date) -> None:
    """Make the rules in force since the year of a day, and the ones of the coming month."""
    administrator, today = script.by(ADMINISTRATOR.login), bank.business_date
    year = since.replace(month=1, day=1)
    for begins, percent in ((year, "9.75"), (today, "9.25")):
        rate = CreateBaseRate("CBR", "Central bank rate", Decimal(percent), begins, submit=True)
        script.do(rate, administrator)
    products = {
        column: script.do(CreateProduct(kind, name, submit=True), administrator)
        for column, kind, name in PRODUCTS
    }
    tiers = tuple(TierLine(side, Tier(low, high, Decimal(rate))) for side, low, high, rate in TIERS)
    terms = Terms(
        "Standard savings", year, tiers=tiers, credit_method="SLICED", de_minimis_minor=5_00,
        tax_type="WITHHOLDING", tax_percent=WITHHOLDING, **products,
    )  # fmt: skip
    condition = CreateAccountCondition("SAV-STD-01", BASE, terms, submit=True)
    condition_id = script.do(condition, administrator)
    script.do(LinkConditionProducts(condition_id, (bank.product_id,)), administrator)
    _charge(script, bank)
    next_month = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    if next_month > today:
        later = SupersedeAccountCondition(condition_id, next_month, "Rates of the coming month")
        new_id = script.do(later, script.by("manager"))
        script.do(SubmitRecord("account-condition", new_id), script.by("manager"))


def _charge(script: Script, bank: Bank) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    income_id = script.do(CreateProduct("income", "Ledger fees", submit=True), administrator)
    terms = ChargeTerms(
        "Ledger fee", "MAINTENANCE", BASE, LEDGER_FEE, income_id, bank.business_date,
        product_id=bank.product_id,
    )  # fmt: skip
    script.do(CreateCharge("LEDGER_FEE", terms, submit=True), administrator)


def bear_interest(bank: Bank, since: date, until: date) -> None:
    """Do what the closes of these days would have done; the last of them books and posts."""
    if since >= until:
        return
    worker = system_actor(bank.organisation_id, frozenset(), "Close of business")
    tenant, last = bank.organisation_id, until - timedelta(days=1)
    with database.reading() as session:
        chunks = chunks_of_assets(session, tenant)
    for chunk in chunks:
        perform(SnapshotBalances(since, until, *chunk), worker)
        # What the past was worth is summed by value date: the balances are those of now.
        perform(RestateBalances(since, until, *chunk), worker)
        for day in days_between(since, until):
            perform(AccrueDay(day, *chunk), worker)
    perform(BookAccruals(last, until, last), worker)
    with database.reading() as session:
        due = assets_due(session, tenant, all_conditions(session, tenant), until)
    for ids in portions(due, CHUNK):
        perform(PostInterest(last, until, tuple(ids)), worker)
