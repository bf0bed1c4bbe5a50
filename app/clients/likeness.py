"""Customers who may be the same as another: one person is taken on once (W01.03)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.clients.models import Client, IdentityDocument
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.db.parts import among, holds_part

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """Another customer, and what both have, such as "same document"."""

    client_id: int
    number: str
    name: str
    shared: str


def likenesses_of(session: Session, actor: Actor, client: Client) -> list[Likeness]:
    """Return a few customers in sight with this one's document, e-mail, phone, or name and birth.

    Nothing is told of customers out of sight.
    """
    found: dict[int, Likeness] = {}
    for shared, clauses in _likely(client):
        query = (
            select(Client.id, Client.number, Client.name)
            .where(*visible(actor, Client), Client.id != client.id, Client.retired_at.is_(None))
            .where(*clauses)
            .order_by(Client.id)
            .limit(MOST_SHOWN)
        )
        for row in session.execute(query):
            found.setdefault(row.id, Likeness(row.id, row.number, row.name, shared))
    return list(found.values())[:MOST_SHOWN]


def _likely(client: Client) -> Iterator[tuple[str, tuple[ColumnElement[bool], ...]]]:
    """Yield what may be shared with its clauses, the surest first; an index leads to each."""
    yield "Same document", (among(Client.id, _owners_of_documents_of(client)),)
    if client.date_of_birth:
        same = Client.date_of_birth == client.date_of_birth
        yield "Same name and birth", (holds_part(client.name, Client.name), same)
    if client.phone:
        yield "Same phone", (holds_part(client.phone, Client.phone),)
    if client.email:
        low = func.lower(Client.email) == client.email.lower()
        yield "Same email", (holds_part(client.email, Client.email), low)


def _owners_of_documents_of(client: Client) -> Select[int]:
    mine = aliased(IdentityDocument)
    return (
        select(IdentityDocument.client_id)
        .join(
            mine,
            (mine.organisation_id == IdentityDocument.organisation_id)
            & (mine.identity_type_id == IdentityDocument.identity_type_id)
            & (mine.reference == IdentityDocument.reference),
        )
        .where(
            mine.organisation_id == client.organisation_id,
            mine.client_id == client.id,
            mine.reference != "",
        )
    )
