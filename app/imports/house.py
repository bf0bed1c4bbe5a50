"""The organisation that an import writes into: provisioned when absent."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import door, perform
from app.controls.identity import Actor, system_actor
from app.controls.permissions import PLATFORM_ONLY
from app.controls.tenant import Organisation
from app.db.session import database
from app.imports.queries import IMPORTER
from app.ledger.accounts import Product
from app.licences.provisioning import ProvisionOrganisation
from app.organisation.models import Project

PERMISSIONS = frozenset(
    {
        "imports.create",
        "branches.create",
        "configuration.create",
        "configuration.view",
        "reference-data.create",
    }
)
_LICENCE_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the rows go, and who writes them."""

    actor: Actor
    project_id: int
    product_id: int


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


def destination_in(organisation_id: int) -> Destination:
    """Return where the rows go: the organisation's first project and contract product."""
    with database.reading() as session:
        return Destination(
            actor=system_actor(organisation_id, PERMISSIONS, IMPORTER),
            project_id=_first(session, organisation_id, Project),
            product_id=_first(session, organisation_id, Product, Product.is_contract),
        )


def _first(session: Session, organisation_id: int, model: type, *clauses: object) -> int:
    query = select(model.id).where(model.organisation_id == organisation_id, *clauses)  # type: ignore[attr-defined]
    return session.scalars(query.order_by(model.id)).first() or 0  # type: ignore[attr-defined]
