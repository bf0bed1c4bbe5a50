"""What the bank charges: its transaction codes, a commission with bands, fee groups."""

from decimal import Decimal

from sqlalchemy import select

from app.clients.fee_groups import AssignFeeGroup
from app.clients.models import Client
from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR, BOTH
from app.demonstration.customers import Holding
from app.demonstration.script import Script
from app.fees.bands import Band
from app.fees.commands import (
    AddFees,
    Commission,
    CreateCommissionType,
    CreateFeeGroup,
    CreateTransactionCode,
    Fee,
    SetBands,
    Threshold,
)
from app.products.commands import CreateProduct
from app.reference.models import TransactionSubType

EXCISE = Decimal(15)
# Code, side, description.
CODES = (
    ("CSHDEP", "credit", "Cash deposit"),
    ("CSHWDR", "debit", "Cash withdrawal"),
    ("TRF", "both", "Transfer between accounts"),
    ("COMM", "debit", "Commission charged"),
    ("ADJ", "both", "Adjustment"),
)
WAITING_CODE = ("CHQBNK", "both", "Banker's cheque")
# Shillings: from, to, charged for a withdrawal at the counter.
TARIFF = ((None, 5_000, 30), (5_000, 50_000, 60), (50_000, None, 100))
# Minor units, and the percentage of a transfer.
BANDS = (
    Band(0, 100_000_00, BASE, None, Decimal("0.25"), 25_00, 150_00),
    Band(100_000_00, None, BASE, None, Decimal("0.1"), 150_00, 1_000_00),
)


def set_prices(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Make the price list, and exempt the bank's first customer by a group of their own."""
    administrator, manager = script.by(ADMINISTRATOR.login), script.by("manager")
    codes = {
        code: script.do(CreateTransactionCode(code, side, text, submit=True), administrator)
        for code, side, text in CODES
    }
    script.do(CreateTransactionCode(*WAITING_CODE, submit=True), manager)
    _charge_transfers(script, codes["COMM"])
    free = {}
    for name in BOTH:
        project_id = bank.projects[name]
        general = script.do(CreateFeeGroup(project_id, "General", is_default=True), administrator)
        fee = Fee("static", _withdrawal(project_id), BASE, tax_percent=EXCISE)
        lines = tuple(
            Threshold(Decimal(charge), *(None if end is None else Decimal(end) for end in ends))
            for *ends, charge in TARIFF
        )
        script.do(AddFees(general, fee, lines), administrator)
        free[name] = script.do(CreateFeeGroup(project_id, "Staff and developers"), administrator)
        script.do(AddFees(free[name], Fee("percent"), (Threshold(Decimal(0)),)), administrator)
    _exempt(holdings[0], free, administrator)


def _exempt(holding: Holding, free: dict[str, int], by: Actor) -> None:
    # No key: the command names the version that it raises.
    with database.reading() as session:
        client = session.get_one(Client, holding.client_id)
    if client.fee_group_id is None:
        group_id = free[holding.customer.project]
        perform(AssignFeeGroup(client.id, client.version, group_id), by)


def _charge_transfers(script: Script, code_id: int) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    income = CreateProduct("income", "Commission on transfers", submit=True)
    commission = Commission(
        code="TRFCOM",
        name="Commission on transfers",
        currency=BASE,
        income_product_id=script.do(income, administrator),
        transaction_code_id=code_id,
        basis="PERCENTAGE",
        kinds=("transfer",),
        tax_percent=EXCISE,
        is_on_top=True,
    )
    type_id = script.do(CreateCommissionType(commission), administrator)
    script.do(SetBands(type_id, 1, BANDS), administrator)
    script.do(SubmitRecord("commission-type", type_id), administrator)


def _withdrawal(project_id: int) -> int:
    with database.reading() as session:
        query = select(TransactionSubType.id).where(
            TransactionSubType.project_id == project_id, TransactionSubType.label == "withdrawal"
        )
        return session.scalars(query).one()
