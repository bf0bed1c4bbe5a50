"""The organisation that an import writes into: provisioned when absent, else completed."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import door, perform
from app.controls.identity import Actor, system_actor
from app.controls.numbering import initialised
from app.controls.permissions import PLATFORM_ONLY
from app.controls.tenant import Organisation
from app.db.session import database
from app.imports.queries import IMPORTER
from app.ledger.accounts import Product
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation
from app.organisation.commands import CreateBranch
from app.organisation.models import Branch, Project
from app.records.commands import CreateCode
from app.reference.commands import CreateProjectCurrency
from app.reference.models import IdentityType, ProjectCurrency

PERMISSIONS = frozenset(
    {
        "imports.create",
        "branches.create",
        "configuration.create",
        "configuration.view",
        "reference-data.create",
    }
)
IMPORTED_RECORD = ("IMPORTED_RECORD", "Imported record")
_LICENCE_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the rows go, and who writes them."""

    actor: Actor
    project_id: int
    product_id: int
    identity_type_id: int
    branch_ids: dict[str, int]


def find_organisation(name: str) -> int | None:
    """Return the id of the organisation with this name, or None."""
    with database.reading() as session:
        return session.scalar(select(Organisation.id).where(Organisation.name == name))


def provision(name: str, *, country: str, currency: str, business_date: date) -> int:
    """Make the organisation by the command that platform people give; returns its id.

    Its administrator gets a password that nobody knows: they choose one by "forgot password".
    """
    address = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "bank"
    organisation_id: int = perform(
        ProvisionOrganisation(
            name=name,
            country=country,
            base_currency=currency,
            expires_on=door.clock().date() + timedelta(days=_LICENCE_DAYS),
            business_date=business_date,
            administrator_email=f"administrator@{address}.example",
            administrator_first_name=name,
            administrator_last_name="Administrator",
            administrator_password=secrets.token_urlsafe(24),
        ),
        system_actor(None, PLATFORM_ONLY, IMPORTER),
    )
    return organisation_id


def complete(organisation_id: int, *, currencies: set[str], towns: set[str]) -> Destination:
    """Add what the rows need and the organisation lacks; a second time adds nothing."""
    actor = system_actor(organisation_id, PERMISSIONS, IMPORTER)
    with database.reading() as session:
        has_numbers = initialised(session, organisation_id)
        project_id = _first(session, organisation_id, Project)
        product_id = _first(session, organisation_id, Product, Product.is_contract)
        known = set(
            session.scalars(
                select(ProjectCurrency.label).where(ProjectCurrency.project_id == project_id)
            )
        )
        branch_ids = _branches(session, organisation_id)
        country = session.scalars(
            select(Branch.country).where(Branch.organisation_id == organisation_id)
        ).first()
        identity_type_id = _imported_record(session, organisation_id)
    if not has_numbers:
        licensor = system_actor(organisation_id, PLATFORM_ONLY, IMPORTER)
        perform(InitialiseSequences(), licensor)
    for code in sorted(currencies - known):
        perform(CreateProjectCurrency(project_id, code, is_default=not known), actor)
    for town in sorted(towns - branch_ids.keys()):
        branch_ids[town] = perform(CreateBranch(town, country or ""), actor)
    if identity_type_id is None:
        identity_type_id = perform(CreateCode("identity-type", *IMPORTED_RECORD), actor)
    return Destination(actor, project_id, product_id, identity_type_id, branch_ids)


def _first(session: Session, organisation_id: int, model: type, *clauses: object) -> int:
    query = select(model.id).where(model.organisation_id == organisation_id, *clauses)  # type: ignore[attr-defined]
    return session.scalars(query.order_by(model.id)).first() or 0  # type: ignore[attr-defined]


def _branches(session: Session, organisation_id: int) -> dict[str, int]:
    query = select(Branch.name, Branch.id).where(Branch.organisation_id == organisation_id)
    return {row.name: row.id for row in session.execute(query)}


def _imported_record(session: Session, organisation_id: int) -> int | None:
    query = select(IdentityType.id).where(
        IdentityType.organisation_id == organisation_id, IdentityType.code == IMPORTED_RECORD[0]
    )
    return session.scalar(query)
