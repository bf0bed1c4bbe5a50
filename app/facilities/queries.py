"""The rows of the list of facilities, and what the form of a facility offers."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.credit.facility import Facility
from app.credit.models import FacilityClass
from app.organisation.models import OrganisationCurrency

_OWN = (
    "id", "reference", "client_id", "facility_class_id", "currency", "exponent", "approved_minor",
    "advised_minor", "status", "expires_on", "created_at",
)  # fmt: skip


def facility_select(who: Actor) -> Select[Any]:
    """Select what the list shows (E27.24)."""
    return (
        select(
            *(getattr(Facility, name) for name in _OWN),
            Client.name.label("customer"),
            FacilityClass.code.label("class_code"),
        )
        .join(Client, Client.id == Facility.client_id)
        .join(FacilityClass, FacilityClass.id == Facility.facility_class_id)
        .where(*visible(who, Facility))
    )


def class_choices(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Return the authorized classes in use by code."""
    query = select(FacilityClass).where(
        *visible(who, FacilityClass),
        FacilityClass.record_status == AUTHORIZED,
        FacilityClass.retired_at.is_(None),
    )
    return [(one.id, one.title()) for one in session.scalars(query.order_by(FacilityClass.code))]


def exponents(session: Session, who: Actor) -> dict[str, int]:
    """Return the decimals of the currencies that the organisation keeps books in."""
    query = select(OrganisationCurrency.code, OrganisationCurrency.exponent).where(
        *visible(who, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None)
    )
    return {row.code: row.exponent for row in session.execute(query)}
