"""Who sees what belongs to a project or to a client, for models that follow one of them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, or_

from app.controls.identity import Actor, Scope

# The clients an actor may see, by their ids.
Sight = Callable[[Actor], Select[int]]


class _Clients:
    in_sight: Sight


class SeenWithProject:
    """A record with a `project_id`: only those of the actor's projects, unless all are seen."""

    project_id: Any

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[ColumnElement[bool], ...]:
        """Return the clauses of the actor's scope."""
        projects = actor.scope.project_ids
        return () if projects is None else (cls.project_id.in_(projects),)


class SharedOrOfProject:
    """A record of one project, or of all of them: what is shared is seen by everybody."""

    project_id: Any

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[ColumnElement[bool], ...]:
        """Return the clauses of the actor's scope."""
        projects = actor.scope.project_ids
        if projects is None:
            return ()
        return (or_(cls.project_id.is_(None), cls.project_id.in_(projects)),)


def sees_clients(in_sight: Sight) -> Sight:
    """Register what finds the clients in an actor's sight; the floor of clients knows them."""
    _Clients.in_sight = staticmethod(in_sight)
    return in_sight


def in_sight_or_of_none(actor: Actor, client_id: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses for rows that may be of no client; those of one follow its scope."""
    if actor.scope == Scope():
        return ()
    return (or_(client_id.is_(None), client_id.in_(_Clients.in_sight(actor))),)
