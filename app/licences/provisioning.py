"""One command makes an organisation whole: licence, head office, roles, base currency, chart."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.access.commands import CreateUser, create_user
from app.access.models import Role
from app.controls.commands import handles
from app.controls.licensing import ALL_MODULES, issue
from app.controls.numbering import initialise_products, take
from app.controls.review import AUTHORIZED
from app.controls.tenant import Licence, Organisation, calendar_date
from app.controls.work import Work
from app.currencies.rates import PAR, keep_currency
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.kernel.zones import known_zones, zone_of
from app.ledger.accounts import Product, ProductBalance
from app.ledger.house import PURPOSES
from app.licences.commands import PAST_EXPIRY, checked_modules
from app.licences.roles import SYSTEM_ROLES
from app.licences.sequences import InitialiseSequences
from app.organisation.branches import branch_code
from app.organisation.models import Branch
from app.reference.commands import CreateProject, create_project
from app.reference.lists import start_lists

__all__ = ["InitialiseSequences", "ProvisionOrganisation"]

CLIENT_PRODUCT = "Customer deposits"


@dataclass(frozen=True, slots=True)
class ProvisionOrganisation:
    """Create a licensed organisation with its first administrator and first project.

    Its time zone is that of its country unless one is named, its first business date the day that
    the calendar shows there.
    """

    name: str
    country: str
    base_currency: str
    expires_on: date
    administrator_email: str
    administrator_first_name: str
    administrator_last_name: str
    administrator_password: str
    business_date: date | None = None
    time_zone: str = ""
    project_name: str = "Main"
    head_office_name: str = "Head Office"
    is_demonstration: bool = False
    modules: tuple[str, ...] = ALL_MODULES


@handles(ProvisionOrganisation, permission="licences.create")
def provision_organisation(work: Work, command: ProvisionOrganisation) -> int:
    """Create everything E08 names; refuses a past expiry and a name that is taken."""
    organisation = _organisation(work, command)
    work.actor = work.actor.within(organisation.id)
    _licence_and_base(work, command, organisation)
    branch = Branch(
        organisation_id=organisation.id,
        code=branch_code(organisation.name, command.country, 0),
        name=command.head_office_name,
        country=command.country,
        currency=organisation.base_currency,
        is_head_office=True,
    )
    branch_id = work.add(branch).id
    role_ids = _roles(work, organisation.id)
    project_id = create_project(work, CreateProject(command.project_name))
    administrator = CreateUser(
        kind="employee",
        email=command.administrator_email,
        first_name=command.administrator_first_name,
        last_name=command.administrator_last_name,
        password=command.administrator_password,
        role_ids=(role_ids["Tenant Administrator"],),
        project_ids=(project_id,),
        branch_id=branch_id,
    )
    create_user(work, administrator)
    _chart(work, organisation.id, branch_id)
    return organisation.id


def _organisation(work: Work, command: ProvisionOrganisation) -> Organisation:
    currency = known_currencies().get(command.base_currency)
    if currency is None:
        raise Refusal("Choose a base currency from the list", field="base_currency")
    taken = select(func.count()).where(func.lower(Organisation.name) == command.name.lower())
    if work.session.scalar(taken):
        raise Conflict("An organisation with this name exists already")
    time_zone = command.time_zone or zone_of(command.country)
    if time_zone is None:
        raise Refusal("Choose a time zone: the country has several", field="time_zone")
    if time_zone not in known_zones():
        raise Refusal("Choose a time zone from the list", field="time_zone")
    organisation = Organisation(
        name=command.name,
        country=command.country,
        base_currency=currency.code,
        base_exponent=currency.exponent,
        time_zone=time_zone,
        business_date=command.business_date or work.now.astimezone(ZoneInfo(time_zone)).date(),
        is_demonstration=command.is_demonstration,
    )
    if command.expires_on <= calendar_date(organisation, work.now):
        raise Refusal(PAST_EXPIRY, field="expires_on")
    return work.add(organisation)


def _licence_and_base(
    work: Work, command: ProvisionOrganisation, organisation: Organisation
) -> None:
    licence = Licence(
        organisation_id=organisation.id,
        licensee=organisation.name,
        modules=checked_modules(command.modules),
        expires_on=command.expires_on,
        is_active=True,
    )
    issue(licence, work.now)
    work.session.add(licence)
    currency = known_currencies()[organisation.base_currency]
    keep_currency(work, currency, PAR, source="SYSTEM", is_base=True)
    start_lists(work, organisation.id)


def _roles(work: Work, organisation_id: int) -> dict[str, int]:
    roles = [
        Role(
            organisation_id=organisation_id,
            name=name,
            description=description,
            is_system=True,
            permissions=sorted(permissions),
        )
        for name, (description, permissions) in SYSTEM_ROLES.items()
    ]
    work.session.add_all(roles)
    work.session.flush()  # the first administrator is given one of them by its id
    return {role.name: role.id for role in roles}


def _chart(work: Work, organisation_id: int, branch_id: int) -> None:
    """Make the products that posting needs: the house's own, and what clients hold."""
    initialise_products(work, organisation_id)
    work.session.flush()  # the sequences are counted by an update
    contracts = [(CLIENT_PRODUCT, "liability", True)]
    chart = [*((name, kind, False) for name, kind in PURPOSES.values()), *contracts]
    counts = Counter(kind for _name, kind, _is_contract in chart)
    codes = {
        kind: iter(take(work, f"PRODUCT-{kind.upper()}", count=count))
        for kind, count in counts.items()
    }
    products = [
        Product(
            organisation_id=organisation_id,
            code=next(codes[kind]),
            name=name,
            kind=kind,
            is_contract=is_contract,
            record_status=AUTHORIZED,
            levels_required=0,
            authorised_at=work.now,
        )
        for name, kind, is_contract in chart
    ]
    work.session.add_all(products)
    work.session.flush()  # their balances carry their ids
    work.session.add_all(
        ProductBalance(organisation_id=organisation_id, product_id=product.id, branch_id=branch_id)
        for product in products
    )
