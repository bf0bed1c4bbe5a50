"""The customers that a form offers: the newest in sight, and any other by what is typed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from app.clients.matching import is_found
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED

OFFERED = 200
FOUND = 20


def offered_clients(
    session: Session, who: Actor, kept_id: int | None = None, *, authorised: bool = False
) -> list[tuple[int, str]]:
    """Return the newest customers by name, and the one that is chosen already."""
    mine = _clients(who, authorised=authorised)
    newest = mine.with_only_columns(Client.id).order_by(Client.id.desc()).limit(OFFERED).subquery()
    query = mine.where(or_(Client.id.in_(select(newest.c.id)), Client.id == (kept_id or 0)))
    rows = session.execute(query.order_by(Client.name, Client.id))
    return [(row.id, label_of(row)) for row in rows]


def found_clients(
    session: Session, who: Actor, typed: str, *, authorised: bool = False
) -> Sequence[Row[Any]]:
    """Return a few customers that a text finds; the newest for none."""
    mine = _clients(who, authorised=authorised)
    if not typed:
        return session.execute(mine.order_by(Client.id.desc()).limit(FOUND)).all()
    found = mine.where(is_found(typed, who.tenant_id))
    return session.execute(found.order_by(Client.name, Client.id).limit(FOUND)).all()


def label_of(row: Any) -> str:
    """Name a customer in a choice."""
    waiting = "" if row.record_status == AUTHORIZED else " (not authorized)"
    return f"{row.name} · {row.number}{waiting}"


def _clients(who: Actor, *, authorised: bool) -> Select[Any]:
    query = select(Client.id, Client.name, Client.number, Client.email, Client.record_status).where(
        *visible(who, Client), Client.retired_at.is_(None)
    )
    return query.where(Client.record_status == AUTHORIZED) if authorised else query
