"""The clients an actor sees, for lower floors that keep what is a client's."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_

from app.controls.identity import Actor, Scope

# The clients an actor may see, by their ids.
Sight = Callable[[Actor], Select[int]]


class _Clients:
    in_sight: Sight


def sees_clients(in_sight: Sight) -> Sight:
    """Register what finds the clients in an actor's sight; the floor of clients knows them."""
    _Clients.in_sight = staticmethod(in_sight)
    return in_sight


def follows_client(actor: Actor, client_id: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses for rows that may be a client's: one that is follows its scope."""
    if actor.scope == Scope():
        return ()
    return (or_(client_id.is_(None), client_id.in_(_Clients.in_sight(actor))),)
