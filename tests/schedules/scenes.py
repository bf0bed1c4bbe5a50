"""Planned payments, and days that pass, as the tests of schedules share them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from app.controls.commands import perform
from app.controls.due import sweep
from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.db.session import database
from app.ledger.models import Hold
from app.notices.models import FAILED, Notice
from app.schedules.forward import RecordForwardDated
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.orders import RecordStandingOrder
from tests.factories import House, change
from tests.journals.scenes import line
from tests.ledger import books

FORWARD = "/admin/forward-dated"
ORDERS = "/admin/standing-orders"


def plan(
    house: House, debit: str, credit: str, minor: int, *, on: date, actor: Actor | None = None,
    **more: Any,
) -> int:  # fmt: skip
    """Record a forward-dated payment, handed in unless told otherwise. Returns its id."""
    lines = (line("D", debit, minor), line("C", credit, minor))
    values = {"kind": "SCHEDULED_PAYMENT", "lines": lines, "submit": True} | more
    command = RecordForwardDated(branch_id=house.branch_id, scheduled_on=on, **values)
    return perform(command, actor or house.administrator)


def order(
    house: House, debit: str, credit: str, minor: int, *, day: int, start: date,
    end: date | None = None, actor: Actor | None = None, **more: Any,
) -> int:  # fmt: skip
    """Record a standing order, handed in unless told otherwise. Returns its id."""
    lines = (line("D", debit, minor), line("C", credit, minor))
    values = {"lines": lines, "submit": True} | more
    command = RecordStandingOrder(house.branch_id, day, start, end, **values)
    return perform(command, actor or house.administrator)


def forward(key: int) -> ForwardDated:
    return books.row(ForwardDated, key)


def standing(key: int) -> StandingOrder:
    return books.row(StandingOrder, key)


def children(order_id: int) -> list[ForwardDated]:
    """Return an order's payments, oldest first."""
    with database.reading() as session:
        query = select(ForwardDated).where(ForwardDated.standing_order_id == order_id)
        return list(session.scalars(query.order_by(ForwardDated.scheduled_on)))


def active_holds(asset_id: int) -> list[Hold]:
    return [one for one in books.holds_of(asset_id) if one.state == "active"]


def told_of_failures(actor: Actor) -> list[tuple[str, str, str]]:
    """Return title, text and way of what a person was told of payments that failed."""
    with database.reading() as session:
        query = select(Notice.title, Notice.text, Notice.href).where(
            Notice.user_id == actor.user_id, Notice.kind == FAILED
        )
        return [tuple(row) for row in session.execute(query.order_by(Notice.id))]


def until(house: House, day: date, *, work: bool = True) -> None:
    """Let the organisation's business date be a day, and the worker do what it brings."""
    change(house, Organisation, house.organisation_id, business_date=day)
    if work:
        while sweep():
            pass
