"""What belongs to a client is seen with the client."""

from typing import Any

from sqlalchemy import ColumnElement, exists

from app.clients.models import Client
from app.controls.identity import Actor

# A name of its own: the list around it may join the client as well.
_OWNER = Client.__table__.alias()


class SeenWithClient:
    """A record with a `client_id` and its client's `project_id`: who sees the client sees it."""

    client_id: Any
    project_id: Any

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Return the clauses of the actor's scope (W09.20-27).

        What belongs to no client, such as the house's own accounts, is for those who see the
        clients of every desk.
        """
        scope, clauses = actor.scope, []
        if scope.client_id is not None:
            clauses.append(cls.client_id == scope.client_id)
        if scope.project_ids is not None:
            clauses.append(cls.project_id.in_(scope.project_ids))
        if scope.desk_ids is not None:
            clauses.append(cls._owner_is(_OWNER.c.desk_id.in_(scope.desk_ids)))
        if scope.own_clients:
            clauses.append(cls._owner_is(_OWNER.c.manager_id == actor.user_id))
        return tuple(clauses)

    @classmethod
    def _owner_is(cls, clause: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(_OWNER.c.id == cls.client_id, clause).correlate_except(_OWNER)
