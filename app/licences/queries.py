"""What the platform reads of organisations and licences: across all of them, so never by scope."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from app.access.models import LoginSession, User
from app.controls.numbering import Sequence
from app.controls.tenant import Licence, Organisation
from app.kernel.errors import Missing


def licences() -> Select[Any]:
    """Select every licence with its organisation."""
    return (
        select(Licence.id, Licence.created_at, Licence, Organisation)
        .join(Organisation, Organisation.id == Licence.organisation_id)
        .options(contains_eager(Organisation.licence))
    )


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


def sequence_of(session: Session, licence_id: int, sequence_id: int) -> Sequence:
    """Return a sequence of the licence's organisation, or refuse with 404."""
    licence, _tenant = licence_of(session, licence_id)
    sequence = session.get(Sequence, sequence_id)
    if sequence is None or sequence.organisation_id != licence.organisation_id:
        raise Missing
    return sequence


_PEOPLE = (
    select(User.organisation_id, func.count().label("people"))
    .where(User.kind == "employee", User.is_active)
    .group_by(User.organisation_id)
    .subquery()
)
_SIGNED_IN = (
    select(User.organisation_id, func.max(User.last_signed_in_at).label("last"))
    .group_by(User.organisation_id)
    .subquery()
)
_ONLINE = (
    select(LoginSession.organisation_id, func.max(LoginSession.seen_at).label("last"))
    .join(User, User.id == LoginSession.user_id)
    .where(User.kind != "platform")
    .group_by(LoginSession.organisation_id)
    .subquery()
)
PEOPLE = func.coalesce(_PEOPLE.c.people, 0)


def organisations() -> Select[Any]:
    """Select every organisation with its licence, how many people it has and when one was last in.

    A session that has ended is forgotten, so its sign-in stands for it.
    """
    return (
        select(
            Organisation.id,
            Organisation.name,
            Organisation,
            Licence.id.label("licence_id"),
            PEOPLE.label("people"),
            func.coalesce(_ONLINE.c.last, _SIGNED_IN.c.last).label("last_active_at"),
        )
        .outerjoin(Organisation.licence)
        .options(contains_eager(Organisation.licence))
        .outerjoin(_PEOPLE, _PEOPLE.c.organisation_id == Organisation.id)
        .outerjoin(_SIGNED_IN, _SIGNED_IN.c.organisation_id == Organisation.id)
        .outerjoin(_ONLINE, _ONLINE.c.organisation_id == Organisation.id)
    )


def first_organisations(session: Session, most: int) -> list[tuple[int, str]]:
    """Return the first organisations by name, for the switcher."""
    query = select(Organisation.id, Organisation.name).order_by(Organisation.name).limit(most)
    return [(row.id, row.name) for row in session.execute(query)]


def organisation_of(session: Session, organisation_id: int) -> Organisation:
    """Return an organisation, or refuse with 404."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise Missing
    return found
