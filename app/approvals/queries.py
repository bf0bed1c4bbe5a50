"""What waits for approval: for this person, by this person, for others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Engine, and_, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.models import Client
from app.controls.audit import Activity
from app.controls.identity import Actor
from app.controls.permissions import holds, kept_by_rights, visible
from app.controls.review import (
    PENDING,
    REJECTED,
    WORKING,
    ReviewKind,
    ReviewStep,
    review_kinds,
    steps_of,
)
from app.db.rows import Written, rows_written, write_out
from app.ledger.models import Transaction

TABS = ("mine", "by-me", "others")
PAGE_ROWS = 50
_LONGEST_WALK = 1_000
_MAKER = func.trim(User.first_name + " " + User.last_name)
_HANDED_IN = frozenset({"submitted", "self-authorised"})
Place: TypeAlias = tuple[datetime, str, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits, with the names of who made it and of the customer it is about.

    What it reverses is held with it: so it stays in the session, where its amount asks for it.
    """

    kind: ReviewKind
    record: Any
    maker: str
    client: str
    reversed: Transaction | None


def waiting_for(session: Session, who: Actor) -> int:
    """Count the records that wait at a level this person may approve and took no part in."""
    return sum(_tally(session, who, "mine").values())


def counts(session: Session, who: Actor) -> dict[str, int]:
    """Count what stands on each tab of the inbox."""
    return {tab: sum(_tally(session, who, tab).values()) for tab in TABS}


def oldest_waiting(session: Session, who: Actor, before: datetime) -> tuple[int, datetime | None]:
    """Count what has waited for a person since before a moment, with the oldest moment."""
    count, oldest = 0, None
    for kind in _tally(session, who, "mine"):
        model = kind.model
        query = select(func.count(), func.min(model.submitted_at)).where(
            *_clauses(who, kind, "mine"), model.submitted_at < before
        )
        number, first = session.execute(query).one()
        count += number
        oldest = min((one for one in (oldest, first) if one is not None), default=None)
    return count, oldest


def inbox(session: Session, who: Actor, tab: str, page: int) -> tuple[list[Waiting], bool]:
    """Return a tab's page of fifty, oldest first, and whether more follow."""
    last = page * PAGE_ROWS
    places = _places(session, who, tab, most=last + 1)
    rows = _records(session, places[last - PAGE_ROWS : last])
    makers = _names(session, User.id, _MAKER, [one.maker_id for _kind, one in rows])
    clients = _names(session, Client.id, Client.name, [_client_id(one) for _kind, one in rows])
    reversing = [getattr(one, "reverses_id", None) for _kind, one in rows]
    originals = _by_id(session, Transaction, reversing)
    waiting = [
        Waiting(
            kind,
            one,
            makers.get(one.maker_id, "The house itself"),
            clients.get(_client_id(one), ""),
            originals.get(original_id),
        )
        for (kind, one), original_id in zip(rows, reversing, strict=True)
    ]
    return waiting, len(places) > last


def neighbours(
    session: Session, who: Actor, tab: str, here: Place
) -> tuple[Place | None, Place | None, int, int]:
    """Return the places before and after this one on a tab, its number and how many there are.

    A record that was decided on has left the tab: its number is 0, its neighbours are found.
    """
    places = _places(session, who, tab, most=_LONGEST_WALK)
    before = [place for place in places if place < here]
    after = [place for place in places if place > here]
    return (
        before[-1] if before else None,
        after[0] if after else None,
        len(before) + 1 if here in places else 0,
        len(places),
    )


def place_of(kind: ReviewKind, record: Any) -> Place:
    """Return where a record stands in the order of the inbox: oldest first."""
    return _moment(record.submitted_at), kind.key, record.id


def changes_of(session: Session, kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    """Return what changed between the last two submissions, else since the draft (E37.13).

    Of a record that was sent back, what changed since. Fields are those that are reviewed.
    """
    acts = steps_of(session, kind.key, record)
    handed_in = [act for act in acts if act.act in _HANDED_IN]
    if record.is_editable:
        earlier, last = (handed_in[-1] if handed_in else None), None
    else:
        earlier, last = (handed_in[-2] if len(handed_in) > 1 else None), handed_in[-1:]
    earlier = earlier or next((act for act in acts if act.act == "created"), None)
    if earlier is None:
        return []
    rows = _logged(session, kind, record)
    start = _last_of(rows, earlier)
    end = _last_of(rows, last[0]) if last else None
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.id > start and (end is None or row.id <= end):
            _merge(merged, row.changes, kind.model.__content__)
    return [one for one in merged.values() if one.get("guard") or one["old"] != one["new"]]


def _places(session: Session, who: Actor, tab: str, *, most: int) -> list[Place]:
    """Return where the oldest records of each kind stand, `most` of a kind, in their order."""
    places: list[Place] = []
    for kind in _tally(session, who, tab):
        model = kind.model
        query = select(model.submitted_at, model.id).where(*_clauses(who, kind, tab))
        query = query.order_by(model.submitted_at, model.id).limit(most)
        places += [(_moment(row[0]), kind.key, row[1]) for row in session.execute(query)]
    return sorted(places)


def _records(session: Session, places: list[Place]) -> list[tuple[ReviewKind, Any]]:
    """Return the records of places, one statement a kind; one that has just gone is left out."""
    found = {
        key: _by_id(session, review_kinds[key].model, [one[2] for one in places if one[1] == key])
        for key in {one[1] for one in places}
    }
    return [(review_kinds[key], found[key][id_]) for _at, key, id_ in places if id_ in found[key]]


def _by_id(session: Session, model: Any, ids: Iterable[int | None]) -> dict[int | None, Any]:
    known = {one for one in ids if one is not None}
    query = select(model).where(model.id.in_(known))
    return {one.id: one for one in session.scalars(query)} if known else {}


def _tally(session: Session, who: Actor, tab: str) -> dict[ReviewKind, int]:
    """Count what stands on a tab by kind, without those of which there is nothing."""
    kinds = _kinds(who)
    if not kinds:
        return {}
    (numbers,) = rows_written(session, _counting(who, tab, session.get_bind().engine), {})
    return {kind: number for kind, number in zip(kinds, numbers, strict=True) if number}


@kept_by_rights
def _counting(who: Actor, tab: str, engine: Engine) -> Written:
    """Count each kind. Every page asks, and putting the query together took most of it."""
    counted = select(
        *(
            select(func.count())
            .select_from(kind.model)
            .where(*_clauses(who, kind, tab))
            .scalar_subquery()
            .label(f"kind_{number}")
            for number, kind in enumerate(_kinds(who))
        )
    )
    return write_out(counted, engine)


def _clauses(who: Actor, kind: ReviewKind, tab: str) -> list[ColumnElement[bool]]:
    model = kind.model
    mine = _mine(who, who, kind)
    clauses = [*visible(who, model), *model.unsettled()]
    if tab == "mine":
        if not who.stands_in_for:
            return [*clauses, mine]
        lent = [and_(*visible(one, model), _mine(who, one, kind)) for one in who.stands_in_for]
        return [*model.unsettled(), or_(and_(*visible(who, model), mine), *lent)]
    if tab == "by-me":
        open_states = (*PENDING.values(), REJECTED)
        return [*clauses, model.maker_id == who.user_id, model.record_status.in_(open_states)]
    return [
        *clauses,
        *model.waiting(),
        model.maker_id.is_distinct_from(who.user_id),
        not_(mine),
    ]


def _mine(who: Actor, one: Actor, kind: ReviewKind) -> ColumnElement[bool]:
    """Return what waits for `who` in the right of `one`: themselves, or whom they stand in for."""
    model, people = kind.model, [who.user_id, one.user_id]
    levels = [
        status for level, status in PENDING.items() if holds(one, f"{kind.module}.approve-l{level}")
    ]
    took_part = exists().where(
        ReviewStep.organisation_id == model.organisation_id,
        ReviewStep.kind == kind.key,
        ReviewStep.record_id == model.id,
        or_(ReviewStep.user_id.in_(people), ReviewStep.for_user_id.in_(people)),
        or_(
            ReviewStep.act.in_(WORKING),
            and_(ReviewStep.act == "approved", ReviewStep.cycle == model.review_cycle),
        ),
    )
    about = [getattr(model, model.__about__).not_in(people)] if model.__about__ else []
    return and_(
        model.record_status.in_(levels),
        *about,
        or_(model.maker_id.is_(None), model.maker_id.not_in(people)),
        ~took_part,
    )


def _kinds(who: Actor) -> list[ReviewKind]:
    return [kind for kind in review_kinds.values() if holds(who, f"{kind.module}.view")]


def _names(
    session: Session, key: Any, name: Any, ids: Iterable[int | None]
) -> dict[int | None, str]:
    known = {one for one in ids if one is not None}
    rows = session.execute(select(key, name).where(key.in_(known))) if known else ()
    return {row[0]: row[1] for row in rows}


def _client_id(record: Any) -> int | None:
    found: int | None = getattr(record, "client_id", None)
    return found


def _moment(value: datetime | None) -> datetime:
    return value or datetime.min.replace(tzinfo=UTC)


def _logged(session: Session, kind: ReviewKind, record: Any) -> list[Activity]:
    query = select(Activity).where(
        Activity.organisation_id == record.organisation_id,
        Activity.entity == kind.model.__tablename__,
        Activity.entity_id == record.id,
    )
    return list(session.scalars(query.order_by(Activity.id)))


def _last_of(rows: list[Activity], act: ReviewStep) -> int:
    """Return the id of the last log row that an act's operation wrote, or came before it."""
    of_act = [row.id for row in rows if row.operation_id == act.operation_id]
    return (
        max(of_act) if of_act else max((r.id for r in rows if r.occurred_at <= act.at), default=0)
    )


def _merge(
    merged: dict[str, dict[str, Any]], changes: list[dict[str, Any]], content: tuple[str, ...]
) -> None:
    for one in changes:
        if one["field"] in content:
            first = merged.get(one["field"], one)
            merged[one["field"]] = {**one, "old": first.get("old"), "new": one.get("new")}
