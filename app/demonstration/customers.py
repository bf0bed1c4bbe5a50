"""The customers with their documents and accounts, most of them long authorised."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from app.access.commands import CreateUser
from app.accounts.commands import OpenAccount
from app.clients.commands import CreateClient, Document, Person
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR, CLIENT_LOGINS, DIASPORA, Customer, customers
from app.demonstration.script import Script, address, is_registered
from app.imports.queries import IMPORTER
from app.ledger.models import Asset

# Of sixty, every third of the first forty has only just applied; of these thirteen so many are
# drafts, waiting and sent back, and the last ones denied.
APPLICANTS = slice(3, 40, 3)
DRAFTS, WAITING, REJECTED = 4, 4, 3
ACCOUNTS = 120
FOREIGN = {
    "JP": "JPY",
    "KW": "KWD",
    "DE": "EUR",
    "FR": "EUR",
    "IT": "EUR",
    "PT": "EUR",
    "IE": "EUR",
}
REASONS = (
    "The passport copy is not legible",
    "The address does not match the utility bill",
    "Date of birth differs from the identity document",
)
DENIAL = "The applicant could not be identified"


@dataclass(frozen=True, slots=True)
class Holding:
    """An account of an authorised customer, known by the id the past is written with."""

    external_id: str
    account_id: int
    client_id: int
    currency: str
    label: str
    customer: Customer


def first_asset(holding: Holding) -> Asset:
    """Return the asset an account was opened with."""
    query = select(Asset).where(Asset.account_id == holding.account_id).order_by(Asset.id)
    with database.reading() as session:
        found = session.scalars(query).first()
        assert found is not None  # noqa: S101  every account is opened with one
        session.expunge(found)
        return found


def enrol(script: Script, bank: Bank, password: str) -> list[Holding]:
    """Add the authorised customers with their accounts, and the logins of the first ones."""
    random = Random(1)  # noqa: S311 - a story, not a secret
    chosen = customers()
    del chosen[APPLICANTS]
    members = []
    for number, customer in enumerate(chosen):
        command = _client(bank, customer, number, random)
        members.append((customer, script.do(command, script.by(ADMINISTRATOR.login))))
    # What happened on them before the demonstration is imported, so an import opened them.
    importer = system_actor(bank.organisation_id, ALL_PERMISSIONS, IMPORTER)
    holdings = []
    for number, (label, currency, customer, client_id) in enumerate(_plan(members), start=1):
        command = OpenAccount(
            product_id=bank.product_id,
            currency=currency,
            client_id=client_id,
            account_type_id=bank.types[customer.project, label],
            external_id=f"SAV-{number:04}",
            start_on=bank.business_date - timedelta(days=140),
        )
        account_id = script.do(command, importer)
        holding = Holding(f"SAV-{number:04}", account_id, client_id, currency, label, customer)
        holdings.append(holding)
    for customer, client_id in members[:CLIENT_LOGINS]:
        _let_in(script, customer, client_id, password)
    return holdings


def apply_for_membership(script: Script, bank: Bank) -> None:
    """Add the customers whose story is not over: made by the tellers, judged by the approver."""
    random = Random(2)  # noqa: S311 - as above
    tellers = (script.by("teller"), script.by("teller2"))
    for number, customer in enumerate(customers()[APPLICANTS]):
        command = _client(bank, customer, 100 + number, random, submit=number >= DRAFTS)
        client_id = script.do(command, tellers[number % 2])
        ordinal = number - DRAFTS - WAITING
        if 0 <= ordinal < REJECTED:
            script.reject("client", client_id, REASONS[ordinal])
        elif ordinal >= REJECTED:
            script.deny("client", client_id, DENIAL)


def client_logins() -> list[tuple[str, str]]:
    """Return the addresses of the customers who sign in themselves, with what they are."""
    return [
        (_login(customer), f"Client: {customer.first_name} {customer.surname}")
        for customer in customers()[:CLIENT_LOGINS]
    ]


def _client(
    bank: Bank, customer: Customer, number: int, random: Random, *, submit: bool = True
) -> CreateClient:
    first, last = customer.first_name, customer.surname
    is_kenyan = customer.country == "KE"
    document = (
        Document(bank.identity_types["NATIONAL_ID"], f"{random.randrange(20_000_000, 39_999_999)}")
        if is_kenyan
        else Document(
            bank.identity_types["PASSPORT"],
            f"{random.choice('ABCEKPT')}{random.randrange(1_000_000, 9_999_999)}",
            issued_on=date(2021, 3, 1) + timedelta(days=number * 7),
            expires_on=date(2031, 2, 28) + timedelta(days=number * 7),
            country=customer.country,
        )
    )
    phones = {"KE": "+2547", "UG": "+2567"}
    return CreateClient(
        Person(
            first_name=first,
            surname=last,
            title_code="MS" if customer.gender == "F" else "MR",
            gender=customer.gender,
            customer_type="INDIVIDUAL",
            rating=random.choice(("LOW_RISK", "LOW_RISK", "LOW_RISK", "MEDIUM_RISK", "HIGH_RISK")),
            marital_status=random.choice(("SINGLE", "MARRIED", "MARRIED", "WIDOWED")),
            date_of_birth=date(1958, 1, 1) + timedelta(days=random.randrange(16_000)),
            email=f"{first}.{last}@mail.example".lower(),
            phone=phones.get(customer.country, "+4477") + f"{random.randrange(10**7, 10**8)}",
            address=f"{random.randrange(1, 180)} {random.choice(_STREETS)}",
            city=customer.city,
            country=customer.country,
        ),
        (document,),
        project_id=bank.projects[customer.project],
        desk_id=bank.desks[customer.desk],
        branch_id=bank.branches[customer.branch],
        external_id=f"SAV-C{number:03}",
        submit=submit,
    )


_BITCOIN = ("personal", "BTC")
_STREETS = ("Moi Avenue", "Kenyatta Road", "Acacia Lane", "Station Road", "Harbour Street")


def _plan(
    members: list[tuple[Customer, int]],
) -> list[tuple[str, str, Customer, int]]:
    """Choose the accounts: one in shillings for each, then other currencies and purposes."""
    plan = [("personal", BASE, customer, client_id) for customer, client_id in members]
    for customer, client_id in members:
        foreign = FOREIGN.get(customer.country)
        if foreign:
            plan.append(("personal", foreign, customer, client_id))
        elif customer.project == DIASPORA:
            plan.append(("personal", "USD", customer, client_id))
    # A third of them save, a third have a business, a third hold bitcoin; some hold dollars too.
    for start, (label, currency) in enumerate((("savings", BASE), ("business", BASE), _BITCOIN)):
        plan += [(label, currency, *member) for member in members[start::3]]
    plan += [("savings", "USD", *member) for member in members]
    del plan[ACCOUNTS:]
    return plan


def _let_in(script: Script, customer: Customer, client_id: int, password: str) -> None:
    # No key: its fingerprint would be made of the password.
    if not is_registered(_login(customer)):
        command = CreateUser(
            kind="client",
            email=_login(customer),
            first_name=customer.first_name,
            last_name=customer.surname,
            password=password,
            client_id=client_id,
        )
        perform(command, script.by(ADMINISTRATOR.login))


def _login(customer: Customer) -> str:
    return address(f"{customer.first_name}.{customer.surname}".lower())
