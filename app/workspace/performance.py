"""The month so far: turnover, clients registered, first-time deposits, and whose they are (M03.17).

All of it follows the scope of who looks, the chosen project with it, in one query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from app.access.models import User
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.tenant import Organisation
from app.db.sums import as_whole, exact_sum
from app.kernel.money import format_minor
from app.ledger.kinds import INCOMING, OUTGOING, summed
from app.ledger.models import Transaction

MOST_MANAGERS = 10
NOBODY = "No manager"


@dataclass(slots=True)
class Manager:
    """What was done in the month for the clients of one manager; amounts in base currency."""

    name: str
    clients: int = 0
    first_deposits: int = 0
    sums_minor: dict[str, int] = field(default_factory=dict)

    @property
    def in_minor(self) -> int:
        """What came in from outside for them."""
        return summed(self.sums_minor, INCOMING)

    @property
    def out_minor(self) -> int:
        """What they took out of the house."""
        return summed(self.sums_minor, OUTGOING)

    @property
    def turnover_minor(self) -> int:
        """What came in and what went out, together."""
        return self.in_minor + self.out_minor


def managers_of_month(session: Session, who: Actor, tenant: Organisation) -> list[Manager]:
    """Return the managers of the month of the business date, the largest turnover first."""
    first = tenant.business_date.replace(day=1)
    begin = datetime.combine(first, time(), ZoneInfo(tenant.time_zone))
    parts = union_all(
        _registered(who, begin),
        _first_deposits(who, first, tenant.business_date),
        _moved(who, first, tenant.business_date),
    ).subquery()
    query = select(
        parts.c.manager_id,
        parts.c.sort,
        as_whole(parts.c.number).label("number"),
        User.first_name,
        User.last_name,
    ).outerjoin(User, User.id == parts.c.manager_id)
    found: dict[int | None, Manager] = {}
    for row in session.execute(query):
        name = f"{row.first_name} {row.last_name}" if row.manager_id else NOBODY
        one = found.setdefault(row.manager_id, Manager(name))
        if row.sort == "clients":
            one.clients = row.number
        elif row.sort == "first":
            one.first_deposits = row.number
        else:
            one.sums_minor[row.sort] = row.number
    return sorted(found.values(), key=lambda one: (-one.turnover_minor, -one.clients, one.name))


def shown_month(managers: Sequence[Manager], tenant: Organisation) -> dict[str, Any]:
    """Return the month's figures as the dashboard's template wants them."""

    def shown(minor: int) -> str:
        return format_minor(minor, tenant.base_exponent)

    return {
        "name": f"{tenant.business_date:%B %Y}",
        "currency": tenant.base_currency,
        "turnover": shown(sum(one.turnover_minor for one in managers)),
        "clients": sum(one.clients for one in managers),
        "first_deposits": sum(one.first_deposits for one in managers),
        "managers": [
            {
                "name": one.name,
                "clients": f"{one.clients:,}",
                "first_deposits": f"{one.first_deposits:,}",
                "in": shown(one.in_minor),
                "out": shown(one.out_minor),
                "in_sign": "in" if one.in_minor else "",
                "out_sign": "out" if one.out_minor else "",
                "turnover": shown(one.turnover_minor),
            }
            for one in managers[:MOST_MANAGERS]
        ],
    }


def _registered(who: Actor, begin: datetime) -> Select[Any]:
    return (
        select(Client.manager_id, literal("clients").label("sort"), func.count().label("number"))
        .where(*visible(who, Client), Client.created_at >= begin, Client.retired_at.is_(None))
        .group_by(Client.manager_id)
    )


def _first_deposits(who: Actor, first: date, last: date) -> Select[Any]:
    """Count clients whose first deposit ever lies in the month."""
    earlier = aliased(Transaction)
    before = exists().where(
        earlier.organisation_id == Transaction.organisation_id,
        earlier.client_id == Transaction.client_id,
        earlier.kind == "deposit",
        earlier.processing == "Completed",
        earlier.posting_date < first,
    )
    return (
        select(Client.manager_id, literal("first"), func.count(Transaction.client_id.distinct()))
        .join(Client, Client.id == Transaction.client_id)
        .where(*_posted(who, first, last), Transaction.kind == "deposit", ~before)
        .group_by(Client.manager_id)
    )


def _moved(who: Actor, first: date, last: date) -> Select[Any]:
    return (
        select(Transaction.manager_id, Transaction.kind, exact_sum(Transaction.base_minor))
        .where(
            *_posted(who, first, last),
            Transaction.kind.in_(INCOMING | OUTGOING),
            Transaction.client_id.is_not(None),
        )
        .group_by(Transaction.manager_id, Transaction.kind)
    )


def _posted(who: Actor, first: date, last: date) -> tuple[Any, ...]:
    return (
        *visible(who, Transaction),
        Transaction.posting_date.between(first, last),
        Transaction.processing == "Completed",
    )
