"""Credit: a workflow with its stages, facilities with collateral, accounts that draw on them."""

from datetime import date, timedelta

from sqlalchemy import select

from app.allocations.commands import LinkAccount
from app.amendments.commands import CreateAmendment, NewTerms
from app.clients.credit_limits import SetCreditLimit
from app.clients.models import Client
from app.collateral.commands import AddCollateral, AddValuation, Described, Worth
from app.controls.commands import perform
from app.credit.commands import CreateFacilityClass
from app.credit.facility import Facility
from app.credit.models import FacilityClass
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.customers import Holding
from app.demonstration.script import Script
from app.facilities.commands import CreateFacility, Offer
from app.facilities.stages import MoveFacility
from app.facilities.statuses import ChangeFacilityStatus
from app.ledger.models import Asset
from app.reference.codes import CollateralType, LoanPurpose
from app.transactions.commands import Withdraw
from app.transactions.kinds import Particulars
from app.workflows.commands import CreateWorkflowStage, CreateWorkflowType

MINOR = 100
STAGES = ("Application", "Appraisal", "Credit committee", "Offer accepted", "Disbursed")
# Whole shillings approved, advised, allocated and drawn beyond the balance; days until it expires.
FACILITIES = (
    (2_500_000, 2_000_000, 1_500_000, 620_000, 300),
    (900_000, 900_000, 600_000, 0, 25),
    (4_000_000, 3_200_000, 3_200_000, 1_450_000, 410),
)
PLEDGES = (
    ("TITLE_DEED", "LR 209/8841", "A commercial plot of 0.2 hectares in Nakuru", 3_400_000),
    ("LOGBOOK", "KDA 411K", "A lorry of seven tonnes, built in 2023", 2_100_000),
    ("FIXED_DEPOSIT", "FD-20418", "A fixed deposit at this bank", 5_000_000),
)
LIMIT = 10_000_000


def lend(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Open facilities of business customers and let some of them be drawn on."""
    administrator = script.by(ADMINISTRATOR.login)
    type_id, stages = _workflow(script)
    term = CreateFacilityClass("TERM_LOAN", "Term loan", "Equipment", is_revolving=False,
                               submit=True)  # fmt: skip
    classes = [_coded(bank, FacilityClass, "BUSINESS_OD"), script.do(term, administrator)]
    firms = [one for one in holdings if (one.label, one.currency) == ("business", BASE)]
    opened = []
    for number, firm in enumerate(firms[: len(FACILITIES)]):
        facility_id = _open(
            script,
            bank,
            firm,
            figures=FACILITIES[number],
            kind=(classes[number % 2], type_id),
        )
        opened.append(facility_id)
        for stage_id in stages[: 3 + number]:
            script.do(MoveFacility(facility_id, stage_id), administrator)
        _pledge(script, bank, facility_id, PLEDGES[number])
        allocation = LinkAccount(facility_id, firm.account_id, FACILITIES[number][2] * MINOR)
        script.do(allocation, administrator)
        _draw(script, firm, FACILITIES[number][3] * MINOR)
    waiting = _offer(bank, FACILITIES[1], type_id)
    command = CreateFacility(firms[3].client_id, classes[0], BASE, waiting, submit=True)
    script.do(command, script.by("manager"))
    draft = CreateFacility(firms[4].client_id, classes[1], BASE, waiting)
    script.do(draft, script.by("manager"))
    late = CreateFacility(firms[5].client_id, classes[0], BASE, waiting, submit=True)
    suspended = script.do(late, administrator)
    memo = "The yearly accounts were not handed in"
    script.do(ChangeFacilityStatus(suspended, "SUSPENDED", memo), administrator)
    _amend(script, opened[0])


def _workflow(script: Script) -> tuple[int, list[int]]:
    """Authorize the way that loans go; returns the ids of the type and of its stages."""
    administrator = script.by(ADMINISTRATOR.login)
    type_id = script.do(
        CreateWorkflowType("SME_LOAN", "Loans to small firms", submit=True), administrator
    )
    stages = [
        script.do(
            CreateWorkflowStage(type_id, f"STAGE_{place}", name, place, submit=True),
            administrator,
        )
        for place, name in enumerate(STAGES, start=1)
    ]
    return type_id, stages


def _amend(script: Script, facility_id: int) -> None:
    """Ask for a higher limit on a facility in force; it waits for an approver."""
    with database.reading() as session:
        now = session.get_one(Facility, facility_id)
    approved_minor, advised_minor = now.approved_minor * 3 // 2, now.advised_minor * 5 // 4
    terms = NewTerms(
        approved_minor, advised_minor, now.expires_on, now.review_days, "A second shop in Thika"
    )
    script.do(CreateAmendment(facility_id, terms, submit=True), script.by("manager"))


def _open(
    script: Script, bank: Bank, firm: Holding, *, figures: tuple[int, ...], kind: tuple[int, int]
) -> int:
    administrator, (class_id, type_id) = script.by(ADMINISTRATOR.login), kind
    with database.reading() as session:
        client = session.get_one(Client, firm.client_id)
    # No key here and in `_draw`: what is done already is seen, and its command would be another.
    if client.credit_limit_minor is None:
        perform(SetCreditLimit(client.id, client.version, LIMIT * MINOR), administrator)
    offer = _offer(bank, figures, type_id)
    command = CreateFacility(firm.client_id, class_id, BASE, offer, submit=True)
    facility_id: int = script.do(command, administrator)
    return facility_id


def _draw(script: Script, firm: Holding, beyond_minor: int) -> None:
    query = select(Asset).where(Asset.account_id == firm.account_id, Asset.currency == BASE)
    with database.reading() as session:
        asset = session.scalars(query).one()
    if beyond_minor and asset.balance_minor >= 0:
        drawn = asset.available_minor - asset.overdraft_minor + beyond_minor
        stock = Particulars("Stock for the season", beneficiary="Kisumu Mills")
        perform(Withdraw(asset.id, drawn, stock), script.by(ADMINISTRATOR.login))


def _pledge(
    script: Script, bank: Bank, facility_id: int, pledge: tuple[str, str, str, int]
) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    code, reference, description, shillings = pledge
    described = Described(_coded(bank, CollateralType, code), reference, BASE, description)
    first = _worth(bank.business_date - timedelta(days=200), shillings)
    collateral_id = script.do(AddCollateral(facility_id, described, first), administrator)
    again = _worth(bank.business_date - timedelta(days=12), shillings * 21 // 20)
    command = AddValuation(collateral_id, again, "Tana Valuers", "Market Comparison", "TV-2291")
    script.do(command, administrator)


def _worth(on: date, shillings: int) -> Worth:
    return Worth(on, BASE, shillings * MINOR, shillings * MINOR * 7 // 10)


def _offer(bank: Bank, figures: tuple[int, ...], type_id: int) -> Offer:
    return Offer(
        "Working capital, reviewed each year",
        figures[0] * MINOR,
        figures[1] * MINOR,
        bank.business_date + timedelta(days=figures[4]),
        expiry_mode="AUTOMATIC",
        loan_purpose_id=_coded(bank, LoanPurpose, "BUSINESS"),
        workflow_type_id=type_id,
    )


def _coded(bank: Bank, model: type[CollateralType | LoanPurpose | FacilityClass], code: str) -> int:
    query = select(model.id).where(
        model.organisation_id == bank.organisation_id, model.code == code
    )
    with database.reading() as session:
        return session.scalars(query).one()
