"""Companies, their signatories, an agent on the coast, and statements that go by themselves."""

from datetime import date, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.access.details import SavePersonalInformation
from app.access.models import User
from app.accounts.commands import OpenAccount
from app.accounts.terms import Terms as AccountTerms
from app.agents.commands import CreateAgent, LinkAgentAccount, WorkingConfig
from app.clients.commands import Company, CreateClient, Document
from app.clients.company.details import Member
from app.controls.bounds import Zone
from app.db.session import database
from app.deliveries.commands import ConfigureStatement, GenerateStatement
from app.deliveries.periods import period_of
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR, DIASPORA, KAMPALA, MOMBASA, NAIROBI, RETAIL
from app.demonstration.customers import Holding
from app.demonstration.script import Script, address
from app.ledger.models import Asset
from app.mandates.commands import AddMandate, Terms
from app.onboarding.commands import CreateOnboardingRule, Opening
from app.transactions.commands import Deposit
from app.transactions.kinds import Particulars

MINOR = 100
AGENT = "agent"
# Name, branch, signing rule, shillings, and who directs it with the limit of their mandate.
COMPANIES = (
    ("Tana Traders Ltd", NAIROBI, "two", 1_850_000,
     (("Halima Said", 500_000), ("Omar Said", 500_000), ("Peter Mwangi", None))),
    ("Rwenzori Growers Co-operative", KAMPALA, "majority", 920_000,
     (("Sarah Apio", None), ("Moses Okot", None), ("Grace Nakato", 100_000))),
    ("Swahili Dhow Tours Ltd", MOMBASA, "all", 310_000,
     (("Zuleikha Omar", None), ("Karisa Mwinyi", None))),
)  # fmt: skip
WAITING = "Acacia Builders Ltd"
# The harbour of Mombasa.
COAST = Zone(-4_063_611, 39_667_222, 25_000)
METHODS = ("BOTH", "PHYSICAL", "EMAIL", "PHYSICAL")


def let_people_act(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Bring companies in, make an agent, and plan statements; each by the command for it."""
    for number, company in enumerate(COMPANIES):
        _enrol(script, bank, company, number)
    waiting = _company(WAITING, (("Judith Wanza", None),), bank, place=(NAIROBI, 9))
    script.do(waiting, script.by("teller"))
    _appoint(script, bank)
    _state(script, bank, holdings)
    opening = Opening(bank.product_id, BASE, bank.types[RETAIL, "personal"])
    rule = CreateOnboardingRule(bank.projects[RETAIL], "individual", opening)
    script.do(rule, script.by(ADMINISTRATOR.login))


def _enrol(script: Script, bank: Bank, company: tuple, number: int) -> None:
    name, branch, rule, shillings, directors = company
    administrator = script.by(ADMINISTRATOR.login)
    command = _company(name, directors, bank, place=(branch, number))
    client_id = script.do(command, administrator)
    opening = OpenAccount(
        bank.product_id,
        BASE,
        client_id=client_id,
        account_type_id=bank.types[DIASPORA, "business"],
        terms=AccountTerms(signing_rule=rule),
    )
    account_id = script.do(opening, administrator)
    told = Particulars("Working capital", source=name)
    script.do(Deposit(_asset(account_id), shillings * MINOR, told), administrator)
    for director, limit in directors:
        terms = Terms(limit_minor=limit * MINOR if limit else None)
        mandate = AddMandate(account_id, director, "DIRECTOR", bank.business_date, terms)
        script.do(mandate, administrator)


def _company(name: str, directors: tuple, bank: Bank, *, place: tuple[str, int]) -> CreateClient:
    branch, number = place
    domain = f"{name.split(maxsplit=1)[0].lower()}.example"
    share = Decimal(10_000 // len(directors)).scaleb(-2)
    members = [
        Member("director", director, "Director", f"{27_001_100 + number * 10 + ordinal}")
        for ordinal, (director, _limit) in enumerate(directors)
    ]
    members += [
        Member("shareholder", director, share_percent=share) for director, _limit in directors
    ]
    members.append(
        Member("contact", directors[0][0], "Managing director", email=f"office@{domain}")
    )
    return CreateClient(
        Company(
            name,
            date(2012, 5, 14) + timedelta(days=410 * number),
            tuple(members),
            customer_type="CORPORATE",
            rating="MEDIUM_RISK",
            email=f"accounts@{domain}",
            phone=f"+2542055501{number:02}",
            city=branch.split(maxsplit=1)[0],
            country="UG" if branch == KAMPALA else "KE",
        ),
        (Document(bank.identity_types["NATIONAL_ID"], f"{51_200_340 + number}"),),
        project_id=bank.projects[DIASPORA],
        desk_id=bank.desks["Business Desk"],
        branch_id=bank.branches[branch],
        submit=True,
    )


def _appoint(script: Script, bank: Bank) -> None:
    """Let the coast's agent work by day, and leave another's appointment a draft."""
    administrator, agent = script.by(ADMINISTRATOR.login), script.by(AGENT)
    script.do(SavePersonalInformation(0, agent.name, official_phone="+254 41 555 0109"), agent)
    day = WorkingConfig(time(7), time(19), zone=COAST)
    appointed = CreateAgent(_user(AGENT), bank.branches[MOMBASA], day, submit=True)
    agent_id = script.do(appointed, administrator)
    account = OpenAccount(bank.product_id, BASE, is_agent=True, branch_id=bank.branches[MOMBASA])
    account_id = script.do(account, administrator)
    script.do(LinkAgentAccount(agent_id, account_id), administrator)
    float_paid = Particulars("Float of the agent", source="Mombasa")
    script.do(Deposit(_asset(account_id), 150_000 * MINOR, float_paid), administrator)
    draft = CreateAgent(_user("teller2"), bank.branches[MOMBASA], WorkingConfig())
    script.do(draft, script.by("manager"))


def _state(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Send some customers a statement each month, that of the last month at once."""
    administrator = script.by(ADMINISTRATOR.login)
    last_month = bank.business_date.replace(day=1) - timedelta(days=1)
    business = [one for one in holdings if one.label == "business" and one.currency == BASE]
    for holding, method in zip(business, METHODS, strict=False):
        configured = ConfigureStatement(holding.account_id, None, "MONTHLY", method)
        config_id = script.do(configured, administrator)
        made = GenerateStatement(config_id, *period_of("MONTHLY", last_month))
        script.do(made, administrator)


def _asset(account_id: int) -> int:
    with database.reading() as session:
        query = select(Asset.id).where(Asset.account_id == account_id).order_by(Asset.id)
        return session.scalars(query).first() or 0


def _user(login: str) -> int:
    with database.reading() as session:
        return session.scalars(select(User.id).where(User.email == address(login))).one()
