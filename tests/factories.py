"""Makes organisations, people, clients, accounts and money for tests, by the real commands.

Every call makes new rows with names of their own, so no test meets another's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.access.commands import CreateUser
from app.access.models import Role, User
from app.access.queries import actor_of
from app.accounts.commands import OpenAccount
from app.assets.commands import AddAsset, SetAssetActive
from app.clients.commands import CreateClient, Document, Person
from app.controls.commands import door, handles, perform
from app.controls.identity import Actor, RequestContext, system_actor
from app.controls.levels import ApprovalRule
from app.controls.licensing import issue
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.tenant import Licence, Organisation
from app.controls.work import Work
from app.currencies.rates import Rates, keep_currency
from app.db.session import database
from app.funding.commands import LinkFundingSource, VerifyFundingSource
from app.kernel.currencies import known_currencies
from app.ledger.accounts import Product
from app.ledger.models import Asset
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation
from app.organisation.models import Branch, OrganisationCurrency, Project
from app.platforms.commands import CreatePlatform
from app.reference.models import IdentityType, ProjectCurrency
from app.transactions.commands import Deposit

BUSINESS_DATE = date(2026, 11, 20)
ZONE = "Africa/Nairobi"
PASSWORD = "a long enough password"
# Units of KES for one unit of the currency.
RATES = {
    "KES": Decimal(1),
    "USD": Decimal(130),
    "JPY": Decimal("0.8675"),
    "KWD": Decimal("421.123456"),
    "BTC": Decimal("8650000.5"),
}


@dataclass(frozen=True, slots=True)
class House:
    """An organisation that is ready for work: base KES, one project, one branch."""

    organisation_id: int
    name: str
    project_id: int
    branch_id: int
    product_id: int
    identity_type_id: int
    administrator: Actor
    administrator_email: str
    system: Actor


@dataclass(frozen=True, slots=True)
class AddCurrencies:
    """Let the organisation and its project deal in currencies, at their `RATES`."""

    project_id: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddRule:
    """Ask for levels of approval."""

    kind: str
    minimum_minor: int
    levels: int
    project_id: int | None = None
    branch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Set columns of one row as if a command had: for states that no command makes yet."""

    model: type[Any]
    record_id: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Relicense:
    """Change an organisation's licence and sign it, whatever the dates: time passes in a test."""

    values: dict[str, Any] = field(default_factory=dict)


_LETTERS = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")


def today() -> date:
    """Return the day on the calendar of the houses: in the evening it is tomorrow's in UTC."""
    return door.clock().astimezone(ZoneInfo(ZONE)).date()


def unique(word: str) -> str:
    """Return the word with a tail that no other call gets."""
    return f"{word} {uuid4().hex[:10]}"


def unique_email(word: str = "someone") -> str:
    """Return an address that no other call gets, and that no number of an account is a part of."""
    return f"{word}-{uuid4().hex[:10].translate(_LETTERS)}@example.com"


def a_house(
    *,
    name: str | None = None,
    currencies: tuple[str, ...] = tuple(RATES),
    base: str = "KES",
    business_date: date = BUSINESS_DATE,
    time_zone: str = ZONE,
) -> House:
    """Provision an organisation with sequences and currencies, as platform people do.

    Its clock is not that of the server, so that what mixes the two up is found.
    """
    name = name or unique("Bank")
    email = unique_email("administrator")
    root = system_actor(None, ALL_PERMISSIONS, "Setup")
    organisation_id = perform(
        ProvisionOrganisation(
            name=name,
            country="KE",
            base_currency=base,
            expires_on=date(2036, 1, 1),
            business_date=business_date,
            time_zone=time_zone,
            administrator_email=email,
            administrator_first_name="Ada",
            administrator_last_name="Achieng",
            administrator_password=PASSWORD,
        ),
        root,
    )
    system = root.within(organisation_id)
    perform(InitialiseSequences(), system)

    def first(session: Any, column: Any, *clauses: Any) -> Any:
        model = column.class_
        query = select(column).where(model.organisation_id == organisation_id, *clauses)
        return session.scalars(query.order_by(model.id)).first()

    with database.reading() as session:
        house = House(
            organisation_id=organisation_id,
            name=name,
            project_id=first(session, Project.id),
            branch_id=first(session, Branch.id),
            product_id=first(session, Product.id, Product.is_contract),
            identity_type_id=first(session, IdentityType.id),
            administrator=_actor(session, email),
            administrator_email=email,
            system=system,
        )
    perform(AddCurrencies(house.project_id, currencies), system)
    return house


def a_user(
    house: House,
    role: str = "Teller",
    *more_roles: str,
    project_ids: tuple[int, ...] | None = None,
    desk_ids: tuple[int, ...] = (),
    first_name: str = "Tessa",
    last_name: str = "Otieno",
    kind: str = "employee",
    client_id: int | None = None,
) -> tuple[Actor, str, str]:
    """Add a person with system roles; returns the actor they are, address and password."""
    email = unique_email("user")
    wanted = (role, *more_roles) if kind == "employee" else ()
    with database.reading() as session:
        query = select(Role.id).where(
            Role.organisation_id == house.organisation_id, Role.name.in_(wanted)
        )
        role_ids = tuple(session.scalars(query))
    assert len(role_ids) == len(set(wanted)), f"no such role among {wanted}"
    perform(
        CreateUser(
            kind=kind,
            email=email,
            first_name=first_name,
            last_name=last_name,
            password=PASSWORD,
            role_ids=role_ids,
            project_ids=(house.project_id,) if project_ids is None else project_ids,
            desk_ids=desk_ids,
            branch_id=house.branch_id,
            client_id=client_id,
        ),
        house.system,
    )
    with database.reading() as session:
        return _actor(session, email), email, PASSWORD


def a_client(
    house: House,
    *,
    first_name: str = "Amina",
    surname: str = "Wanjiru",
    submit: bool = True,
    actor: Actor | None = None,
    project_id: int | None = None,
    desk_id: int | None = None,
    manager_id: int | None = None,
    **person: Any,
) -> int:
    """Add an individual; the administrator authorises alone. Returns the client's id."""
    return perform(
        CreateClient(
            Person(first_name, surname, **({"email": unique_email("client")} | person)),
            (Document(house.identity_type_id, str(uuid4().int)[:8]),),
            project_id=project_id or house.project_id,
            desk_id=desk_id,
            manager_id=manager_id,
            submit=submit,
        ),
        actor or house.administrator,
    )


def an_account(
    house: House, client_id: int, currency: str = "KES", *, actor: Actor | None = None
) -> int:
    """Open a client's account with its first asset, active at once. Returns the account's id."""
    return perform(
        OpenAccount(house.product_id, currency, client_id=client_id), actor or house.administrator
    )


def an_asset(house: House, account_id: int, currency: str, *, is_active: bool = True) -> int:
    """Add another currency to an account, switched on unless told otherwise. Returns its id."""
    asset_id = perform(AddAsset(account_id, currency), house.administrator)
    if is_active:
        perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    return asset_id


def first_asset(account_id: int) -> int:
    """Return the id of the asset that was opened with the account."""
    with database.reading() as session:
        query = select(Asset.id).where(Asset.account_id == account_id).order_by(Asset.id)
        return session.scalars(query).first()  # type: ignore[return-value]


def a_funded_asset(house: House, amount_minor: int = 0, currency: str = "KES") -> int:
    """Return the id of a new client's asset that holds an amount, by a deposit."""
    asset_id = first_asset(an_account(house, a_client(house), currency))
    if amount_minor:
        perform(Deposit(asset_id, amount_minor), house.administrator)
    return asset_id


def a_platform(
    house: House, *, base_url: str = "https://gateway.example", project_id: int | None = None
) -> int:
    """Add a platform to the house's project. Returns its id."""
    label = f"gateway-{uuid4().hex[:8]}"
    command = CreatePlatform(
        project_id or house.project_id, label, label, {"url": base_url}, {"key": "a key"}
    )
    return perform(command, house.administrator)


def a_funding_source(house: House, asset_id: int, *, is_verified: bool = True) -> int:
    """Link a bank account of its own to an asset. Returns the source's id."""
    number = str(uuid4().int)[:12]
    command = LinkFundingSource(asset_id, "Equity Bank", "checking", number, name="Salary")
    source_id = perform(command, house.administrator)
    if is_verified:
        perform(VerifyFundingSource(source_id, 1), house.administrator)
    return source_id


def an_approval_rule(
    house: House,
    kind: str = "transaction",
    *,
    minimum_minor: int = 0,
    levels: int = 1,
    project_id: int | None = None,
    branch_id: int | None = None,
) -> int:
    """Ask for levels of approval above an amount in base currency. Returns the rule's id."""
    return perform(AddRule(kind, minimum_minor, levels, project_id, branch_id), house.system)


def change(house: House, model: type[Any], record_id: int, **values: Any) -> None:
    """Set columns of one row, for states that no command makes yet."""
    perform(Change(model, record_id, values), house.system)


def move_on(house: House, to: date) -> None:
    """Let it be another business day, without a close of the one before."""
    change(house, Organisation, house.organisation_id, business_date=to)


def license_anew(organisation_id: int, **values: Any) -> None:
    """Let an organisation's licence say this, signed as the platform would have."""
    actor = system_actor(organisation_id, ALL_PERMISSIONS, "Setup")
    perform(Relicense(values), actor)


def a_platform_person() -> str:
    """Add one of the platform's own people; returns their address."""
    email = unique_email("platform")
    command = CreateUser("platform", email, "Nadia", "Kamau", PASSWORD)
    perform(command, system_actor(None, ALL_PERMISSIONS, "Setup"))
    return email


def signed_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Sign a browser in by the page, with the page's token where there is one."""
    page = client.get("/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    data = {"email": email, "password": password}
    if token:
        data["csrf_token"] = token.group(1)
    return client.post("/login", data=data)


def actor_of_address(email: str) -> Actor:
    """Return the person of an address as the one they are now."""
    with database.reading() as session:
        return _actor(session, email)


@handles(AddCurrencies, permission=None)
def add_currencies(work: Work, command: AddCurrencies) -> None:
    """Add those that are missing."""
    organisation_id = work.actor.tenant_id
    kept = select(OrganisationCurrency.code).where(
        OrganisationCurrency.organisation_id == organisation_id
    )
    placed = select(ProjectCurrency.label).where(
        ProjectCurrency.organisation_id == organisation_id,
        ProjectCurrency.project_id == command.project_id,
    )
    of_house, of_project = (set(work.session.scalars(query)) for query in (kept, placed))
    for known in (known_currencies()[code] for code in command.codes):
        if known.code not in of_house:
            keep_currency(work, known, Rates.at(RATES[known.code]))
        if known.code not in of_project:
            work.session.add(
                ProjectCurrency(
                    organisation_id=organisation_id,
                    project_id=command.project_id,
                    label=known.code,
                    name=known.name,
                    kind=known.kind,
                    exponent=known.exponent,
                    networks=list(known.networks),
                )
            )


@handles(AddRule, permission=None)
def add_rule(work: Work, command: AddRule) -> int:
    """Write the rule as it is asked for."""
    rule = ApprovalRule(
        organisation_id=work.actor.tenant_id,
        name=unique("Rule"),
        kind=command.kind,
        minimum_minor=command.minimum_minor,
        levels=command.levels,
        project_id=command.project_id,
        branch_id=command.branch_id,
    )
    return work.add(rule).id


@handles(Change, permission=None)
def change_record(work: Work, command: Change) -> None:
    """Set the columns, logged as any change is."""
    record = work.session.get_one(command.model, command.record_id)
    for key, value in command.values.items():
        setattr(record, key, value)


@handles(Relicense, permission=None)
def relicense(work: Work, command: Relicense) -> None:
    """Set the columns and sign the licence as it is then."""
    query = select(Licence).where(Licence.organisation_id == work.actor.tenant_id)
    licence = work.session.scalars(query).one()
    for key, value in command.values.items():
        setattr(licence, key, value)
    issue(licence, work.now)


def _actor(session: Any, email: str) -> Actor:
    user = session.scalars(select(User).where(User.email == email)).one()
    return actor_of(
        session, user, organisation_id=user.organisation_id, context=RequestContext(method="TEST")
    )
