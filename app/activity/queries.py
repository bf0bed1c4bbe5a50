"""The log as the activity pages read it: one row an operation, and what stands beside it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.identity import PLATFORM, Actor
from app.controls.tenant import Organisation
from app.kernel.errors import Missing
from app.ledger.seals import Seal


def seen_by(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses of what a person may read: their organisation's rows.

    Platform people who chose no organisation read all of them (E39.03).
    """
    if actor.organisation_id is not None:
        return (Activity.organisation_id == actor.organisation_id,)
    return () if actor.may(PLATFORM) else (Activity.id < 0,)


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
