"""What the platform reads of licences: across organisations, so never by scope."""

from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.numbering import FORMATS, Sequence
from app.controls.tenant import Organisation
from app.kernel.errors import Missing
from app.organisation.models import Licence


def licences() -> Select[Any]:
    """Select every licence with its organisation."""
    return select(
        Licence.id,
        Licence.expires_on,
        Licence.is_active,
        Licence.created_at,
        Organisation.id.label("organisation_id"),
        Organisation.name,
        Organisation.country,
        Organisation.base_currency,
    ).join(Organisation, Organisation.id == Licence.organisation_id)


def licence_of(session: Session, licence_id: int) -> tuple[Licence, Organisation]:
    """Return a licence with its organisation, or refuse with 404."""
    query = (
        select(Licence, Organisation)
        .join(Organisation, Organisation.id == Licence.organisation_id)
        .where(Licence.id == licence_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise Missing
    return row[0], row[1]


def is_expired(expires_on: date, today: date) -> bool:
    """Tell whether a licence has passed its expiry date (E38.01)."""
    return expires_on < today


def sequences_of(session: Session, organisation_id: int) -> dict[str, bool]:
    """Return the standard sequences and whether each is initialised (E09.05)."""
    query = select(Sequence.name).where(
        Sequence.organisation_id == organisation_id, Sequence.name.in_(FORMATS)
    )
    present = set(session.scalars(query))
    return {name: name in present for name in FORMATS}
