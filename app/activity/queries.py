"""The log as the activity pages read it: one row an operation, and what stands beside it."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.identity import PLATFORM, Actor
from app.controls.permissions import visible
from app.controls.tenant import Organisation
from app.db.base import Base
from app.kernel.errors import Missing
from app.ledger.seals import Seal


def seen_by(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses of what a person may read: their organisation's rows.

    Who sees only some clients, projects or desks reads of records what they may see, and what
    they did themselves. Platform people who chose no organisation read all rows (E39.03).
    """
    if actor.organisation_id is None:
        return () if actor.may(PLATFORM) else (Activity.id < 0,)
    clauses: tuple[ColumnElement[bool], ...] = (Activity.organisation_id == actor.organisation_id,)
    return (*clauses, _within_scope(actor)) if _is_narrow(actor) else clauses


def _is_narrow(actor: Actor) -> bool:
    scope = actor.scope
    return (
        scope.own_clients
        or scope.client_id is not None
        or scope.allowed_project_ids is not None
        or scope.desk_ids is not None
    )


def _within_scope(actor: Actor) -> ColumnElement[bool]:
    """Return what is true of rows of records in scope, of records that have none, of one's own.

    What was refused may name no record that could be looked up, and what was decrypted is an
    event, whose own record is not asked here: both are for who did it.
    """
    judged = [
        and_(
            Activity.entity == table,
            exists().where(*visible(actor, model), model.id == Activity.entity_id),
        )
        for table, model in _scoped_models().items()
    ]
    bound = [*_scoped_models(), *_tables_of_clients(), Activity.__tablename__, ""]
    return or_(Activity.actor_id == actor.user_id, Activity.entity.not_in(bound), *judged)


@cache
def _scoped_models() -> dict[str, Any]:
    """Return the models that say who may see their rows, by table."""
    return {
        str(mapper.local_table): mapper.class_
        for mapper in Base.registry.mappers
        if hasattr(mapper.class_, "visible_to")
    }


@cache
def _tables_of_clients() -> frozenset[str]:
    """Return the tables whose rows belong to a client without a scope of their own.

    They are those that refer to clients, or to what refers to clients, such as documents.
    """
    found = {"client"}
    while True:
        more = {
            table.name
            for table in Base.metadata.tables.values()
            if any(key.referred_table.name in found for key in table.foreign_key_constraints)
        }
        if more <= found:
            return frozenset(found - _scoped_models().keys())
        found |= more


def activity_select(actor: Actor) -> Select[Any]:
    """Select the list's rows: the first row of each operation."""
    return select(
        Activity.id,
        Activity.actor_kind,
        Activity.actor_name,
        Activity.action,
        Activity.entity,
        Activity.entity_id,
        Activity.entity_label,
        Activity.status,
        Activity.reason,
        Activity.occurred_at,
    ).where(*seen_by(actor), Activity.is_primary)


def platform_select(actor: Actor) -> Select[Any]:
    """Select the same with the company's name."""
    query = activity_select(actor).add_columns(Organisation.name.label("company"))
    return query.outerjoin(Organisation, Organisation.id == Activity.organisation_id)


def found_activity(session: Session, actor: Actor, activity_id: int) -> Activity:
    """Return one row of the log, or 404 outside of what the person may read."""
    query = select(Activity).where(*seen_by(actor), Activity.id == activity_id)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise Missing
    return row


def others_of(session: Session, actor: Actor, row: Activity) -> list[Activity]:
    """Return the other rows of the same operation."""
    query = select(Activity).where(
        *seen_by(actor), Activity.operation_id == row.operation_id, Activity.id != row.id
    )
    return list(session.scalars(query.order_by(Activity.id)))


def head_of_chain(session: Session, actor: Actor) -> Seal | None:
    """Return the newest seal of the organisation acted in: the head of its chain."""
    query = select(Seal).where(Seal.organisation_id == (actor.organisation_id or 0))
    return session.scalars(query.order_by(Seal.number.desc()).limit(1)).one_or_none()


def companies(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the organisations a platform person may choose."""
    if not actor.may(PLATFORM):
        return []
    rows = session.execute(select(Organisation.id, Organisation.name).order_by(Organisation.name))
    return [(row.id, row.name) for row in rows]
