"""Activity logs as a list; platform people see the company as well."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_
from sqlalchemy.orm import Session

from app.activity.queries import activity_select, companies, head_of_chain, platform_select
from app.controls.audit import Activity
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.tenant import Organisation, calendar_date
from app.kernel.errors import Refusal
from app.web import cells
from app.web.context import organisation
from app.web.listing import (
    Column,
    Filter,
    Listing,
    by_id,
    contains,
    equals,
    register,
    within_days,
)

PATH = "/admin/activity"
HEADS_PATH = f"{PATH}/heads"
LONGEST_RANGE_DAYS = 90
TOO_LONG = f"The date range cannot be longer than {LONGEST_RANGE_DAYS} days"
STATUS_TONES = {"Success": "success", "Failure": "danger"}
ACTOR_TONES = {"Human": "info", "System": "neutral"}
_in_days = within_days(Activity.occurred_at)


def entity_name(table: str, label: str, entity_id: int | None) -> str:
    """Name the record a row is about: "Client CUS-00000001 Amina Wanjiru"."""
    kind = table.replace("_", " ").capitalize()
    return f"{kind} {label or entity_id or ''}".strip()


def within_range(pair: tuple[date | None, date | None]) -> ColumnElement[bool]:
    """Return the clause of a range; more than 90 days is refused (E39.06)."""
    low, high = pair
    tenant, now = organisation(), door.clock()
    last = high or (calendar_date(tenant, now) if tenant else now.date())
    if low is not None and last - low > timedelta(days=LONGEST_RANGE_DAYS):
        raise Refusal(TOO_LONG)
    return _in_days(pair)


def _seal(session: Session, actor: Actor) -> dict[str, Any]:
    """Show the head of the chain that every row of the log is tied into."""
    head = head_of_chain(session, actor)
    seal = {} if head is None else {
        "number": head.number,
        "hash": bytes(head.hash).hex(),
        "at": cells.instant(head.sealed_at),
    }  # fmt: skip
    return {"notice": "activity/_seal.html", "seal": seal}


def _search(typed: str) -> ColumnElement[bool]:
    texts = contains(Activity.actor_name, Activity.action, Activity.entity_label)
    return or_(texts(typed), cast(Activity.entity_id, String) == typed)


def _actor(row: Any) -> cells.Cell:
    tone = ACTOR_TONES[row.actor_kind]
    return {**cells.badge(row.actor_kind, tone), "note": row.actor_name,
            "plain": f"{row.actor_kind} {row.actor_name}"}  # fmt: skip


ACTIVITY = register(
    Listing(
        name="activity",
        title="Activity Logs",
        section="System",
        path=PATH,
        select=activity_select,
        key=Activity.id,
        columns=(
            Column("action", "Action", lambda row: cells.text(row.action), priority=1),
            Column("actor", "Actor", _actor, priority=1),
            Column(
                "entity",
                "Entity",
                lambda row: cells.text(entity_name(row.entity, row.entity_label, row.entity_id)),
                priority=1,
            ),
            Column(
                "status",
                "Status",
                lambda row: cells.badge(row.status, STATUS_TONES[row.status]),
                priority=1,
            ),
            Column(
                "time",
                "Time",
                lambda row: cells.instant(row.occurred_at),
                sort=Activity.id,
                priority=1,
            ),
            Column("reason", "Reason", lambda row: cells.text(row.reason), shown=False),
        ),
        filters=(
            Filter(
                "status",
                "Status",
                "choice",
                equals(Activity.status),
                lambda _s, _a: (("Success", "Success"), ("Failure", "Failure")),
            ),
            Filter("time", "Date", "dates", within_range),
            Filter(
                "actor",
                "Actor",
                "choice",
                equals(Activity.actor_kind),
                lambda _s, _a: (("Human", "Human"), ("System", "System")),
            ),
        ),
        search=_search,
        search_hint="Actor, action or entity",
        sort="-time",
        href=lambda row: f"{PATH}/{row.id}",
        label=lambda row: row.action,
        empty="Whatever anyone does is written down here.",
        notice=_seal,
    )
)
ALL_ACTIVITY = register(
    replace(
        ACTIVITY,
        name="activity-all",
        select=platform_select,
        columns=(
            *ACTIVITY.columns[:3],
            Column("company", "Company", lambda row: cells.text(row.company), priority=2),
            *ACTIVITY.columns[3:],
        ),
        filters=(
            *ACTIVITY.filters,
            Filter("company", "Company", "choices", by_id(Organisation.id), companies),
        ),
    )
)
