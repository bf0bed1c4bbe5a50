"""The figures of a dashboard: a constant few queries, each inside the scope of who looks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, Row, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.models import Client
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import holds, kept_by_rights, visible
from app.controls.review import LEVEL_OF, review_kinds
from app.controls.tenant import Licence, Organisation
from app.db.rows import Written, rows_written, write_out
from app.db.sums import exact_sum
from app.ledger.kinds import INCOMING, OUTGOING, summed
from app.ledger.models import Transaction
from app.transactions.queries import listed

NEWEST_ROWS = 8
SIGN_IN_ROWS = 6
EXPIRING_DAYS = 60
TREND_DAYS = 14
_LISTED_LICENCES = 8


@dataclass(slots=True)
class Turnover:
    """What was posted on a day in one currency, in its minor units."""

    currency: str
    exponent: int
    counts: dict[str, int] = field(default_factory=dict)
    sums_minor: dict[str, int] = field(default_factory=dict)

    @property
    def in_minor(self) -> int:
        """What came in from outside."""
        return summed(self.sums_minor, INCOMING)

    @property
    def out_minor(self) -> int:
        """What went out of the house."""
        return summed(self.sums_minor, OUTGOING)

    @property
    def moved_minor(self) -> int:
        """What moved between assets of the house's clients."""
        return self.sums_minor.get("transfer_out", 0)


@dataclass(frozen=True, slots=True)
class PlatformFigures:
    """The organisations and their licences, for those who administer the platform."""

    organisations: int
    active: int
    expired: int
    expiring: Sequence[Row[Any]]


def turnover_of(session: Session, actor: Actor, day: date) -> list[Turnover]:
    """Return what was posted on a day and stands, by currency and kind, the busiest one first."""
    query = (
        select(
            Transaction.currency,
            Transaction.exponent,
            Transaction.kind,
            func.count().label("number"),
            exact_sum(Transaction.amount_minor).label("total"),
        )
        .where(
            *visible(actor, Transaction),
            Transaction.posting_date == day,
            Transaction.processing == "Completed",
        )
        .group_by(Transaction.currency, Transaction.exponent, Transaction.kind)
    )
    found: dict[str, Turnover] = {}
    for row in session.execute(query):
        one = found.setdefault(row.currency, Turnover(row.currency, row.exponent))
        one.counts[row.kind] = row.number
        one.sums_minor[row.kind] = row.total
    return sorted(found.values(), key=lambda one: (-sum(one.counts.values()), one.currency))


def daily_turnover(session: Session, actor: Actor, last: date) -> dict[date, tuple[int, int]]:
    """Return (in, out) in minor units of base currency for each of fourteen days up to `last`."""
    days = [last - timedelta(days=number) for number in reversed(range(TREND_DAYS))]
    query = (
        select(Transaction.posting_date, Transaction.kind, exact_sum(Transaction.base_minor))
        .where(
            *visible(actor, Transaction),
            Transaction.posting_date.between(days[0], last),
            Transaction.processing == "Completed",
            Transaction.kind.in_(INCOMING | OUTGOING),
        )
        .group_by(Transaction.posting_date, Transaction.kind)
    )
    sums: dict[date, dict[str, int]] = {day: {} for day in days}
    for day, kind, total in session.execute(query):
        sums[day][kind] = total
    return {day: (summed(one, INCOMING), summed(one, OUTGOING)) for day, one in sums.items()}


def waiting_by_level(session: Session, actor: Actor) -> dict[int, int]:
    """Count what waits for approval at each level, of every kind this person may see."""
    levels = dict.fromkeys((3, 2, 1), 0)
    counting = _counting(actor, session.get_bind().engine)
    for row in rows_written(session, counting, {}) if counting else ():
        levels[LEVEL_OF[row.status]] += row.number
    return levels


@kept_by_rights
def _counting(actor: Actor, engine: Engine) -> Written | None:
    parts = [
        select(kind.model.record_status.label("status"), func.count().label("number"))
        .where(*visible(actor, kind.model), *kind.model.waiting())
        .group_by(kind.model.record_status)
        for kind in review_kinds.values()
        if holds(actor, f"{kind.module}.view")
    ]
    return write_out(union_all(*parts), engine) if parts else None


def work_by_state(session: Session, organisation_id: int | None) -> dict[str, int]:
    """Count due work that is not done, by state; None counts every organisation's."""
    query = select(DueWork.state, func.count().label("number")).where(DueWork.state != "done")
    if organisation_id is not None:
        query = query.where(DueWork.organisation_id == organisation_id)
    rows = session.execute(query.group_by(DueWork.state))
    return {row.state: row.number for row in rows}


def newest_transactions(session: Session, actor: Actor) -> Sequence[Row[Any]]:
    """Return the newest transactions with their clients."""
    query = (
        select(
            Transaction.id,
            Transaction.reference,
            Transaction.kind,
            Transaction.direction,
            Transaction.amount_minor,
            Transaction.exponent,
            Transaction.currency,
            Transaction.processing,
            Transaction.created_at,
            Client.name.label("client"),
        )
        .outerjoin(Client, Client.id == Transaction.client_id)
        .where(*listed(actor))
        .order_by(Transaction.id.desc())
        .limit(NEWEST_ROWS)
    )
    return session.execute(query).all()


def last_sign_ins(session: Session, organisation_id: int | None) -> Sequence[User]:
    """Return who signed in last: an organisation's staff, or the platform's own people."""
    kind = "platform" if organisation_id is None else "employee"
    query = (
        select(User)
        .where(
            User.organisation_id.is_(None)
            if organisation_id is None
            else User.organisation_id == organisation_id,
            User.kind == kind,
            User.last_signed_in_at.is_not(None),
        )
        .order_by(User.last_signed_in_at.desc())
        .limit(SIGN_IN_ROWS)
    )
    return session.scalars(query).all()


def platform_figures(session: Session, today: date) -> PlatformFigures:
    """Count organisations and licences, and list those that end soon or have ended."""
    valid = (Licence.is_active, Licence.expires_on >= today)
    parts = (
        select(literal("organisations").label("name"), func.count().label("number")).select_from(
            Organisation
        ),
        select(literal("active"), func.count()).select_from(Licence).where(*valid),
        select(literal("expired"), func.count()).where(Licence.expires_on < today),
    )
    numbers = {row.name: row.number for row in session.execute(union_all(*parts))}
    soon = (
        select(Licence.id, Licence.expires_on, Organisation.name, Organisation.is_demonstration)
        .join(Organisation, Organisation.id == Licence.organisation_id)
        .where(Licence.expires_on < today + timedelta(days=EXPIRING_DAYS))
        .order_by(Licence.expires_on)
        .limit(_LISTED_LICENCES)
    )
    return PlatformFigures(
        organisations=numbers["organisations"],
        active=numbers["active"],
        expired=numbers["expired"],
        expiring=session.execute(soon).all(),
    )
