"""What a list is: its columns, filters and search as data, and the query they make together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import g
from sqlalchemy import ColumnElement, Select, and_, false
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.controls.identity import Actor, Scope
from app.db.clauses import between, contains, equals
from app.db.keyset import Narrowed
from app.kernel.clock import REACH, is_within_reach
from app.kernel.errors import Refusal
from app.web.cells import Cell
from app.web.forms import is_id

__all__ = [
    "Chosen", "Column", "Filter", "Listing", "Options", "Query", "between", "by_id", "contains",
    "equals", "listings", "narrowed", "read", "register", "within_days",
]  # fmt: skip

LONGEST_SEARCH = 200
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
Options: TypeAlias = Callable[[Session, Actor], Sequence[tuple[Any, str]]]
Query: TypeAlias = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how a row's cell is made, what it sorts by (never null), where it stands.

    `money` are amounts that show their currency, which a file names in a column after them; they
    stand at the right as what is `numeric` does.
    """

    key: str
    label: str
    cell: Callable[[Any], Cell]
    sort: Any = None
    numeric: bool = False
    money: bool = False
    shown: bool = True
    priority: int = 2


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: `clause` turns its value into SQL.

    Kinds: choice (a text), choices (a list of texts), text, flag (True), dates (a pair of
    instants or dates, either may be None), range (a pair of Decimals). `default` narrows the list
    where nothing is chosen.
    """

    name: str
    label: str
    kind: str
    clause: Callable[[Any], ColumnElement[bool]]
    options: Options | None = None
    default: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its rows, all that may be done with them, and the `notice` above: a template's."""

    name: str
    title: str
    section: str
    path: str
    select: Callable[[Actor], Select[Any]]
    key: Any
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    search: Callable[[str], ColumnElement[bool]] | None = None
    search_hint: str = "Search"
    sort: str = ""
    href: Callable[[Any], str | None] = lambda _row: None
    label: Callable[[Any], str] = lambda row: str(row.key)
    actions: Callable[[Any, Actor], Sequence[Mapping[str, Any]]] = lambda _row, _actor: ()
    bulk: Callable[[Actor], Sequence[Mapping[str, Any]]] = lambda _actor: ()
    expand: Callable[[Any], str | None] | None = None
    live: Callable[[Sequence[Any]], str | None] = lambda _rows: None
    notice: Callable[[Session, Actor], Mapping[str, Any]] = lambda _session, _actor: {}
    empty: str = "There is nothing here yet."


@dataclass(slots=True)
class Chosen:
    """What an address asks of a list: values of filters, search, sort and columns."""

    values: dict[str, Any] = field(default_factory=dict)
    search: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()

    @property
    def sort_key(self) -> str:
        """The sorted column's key."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")


listings: dict[str, Listing] = {}


def register(listing: Listing) -> Listing:
    """Make a list known by its name, so that views and columns can be kept for it."""
    listings[listing.name] = listing
    return listing


def by_id(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """Return a clause for an id column; a value that is no number matches nothing."""

    def clause(value: Any) -> ColumnElement[bool]:
        values = value if isinstance(value, list) else [value]
        ids = [int(one) for one in values if is_id(one)]
        return column.in_(ids) if ids else false()

    return clause


def read(listing: Listing, query: Query, *, shown: tuple[str, ...] | None) -> Chosen:
    """Read what an address asks; refuses (422) dates, numbers and searches that are none.

    `shown` is the person's own choice of columns, used where the address names none.
    """
    chosen = Chosen(search=query.get("search", "").strip())
    if len(chosen.search) > LONGEST_SEARCH:
        raise Refusal(f"A search can have at most {LONGEST_SEARCH} characters")
    for one in listing.filters:
        value = _value(one, query)
        if value is not None:
            chosen.values[one.name] = value
    sortable = {column.key for column in listing.columns if column.sort is not None}
    wanted = query.get("sort", listing.sort)
    chosen.sort = wanted if wanted.removeprefix("-") in sortable else listing.sort
    known = [column.key for column in listing.columns]
    named = [key for key in query.get("columns", "").split(",") if key in known]
    default = tuple(column.key for column in listing.columns if column.shown)
    chosen.columns = tuple(named) or tuple(key for key in shown or () if key in known) or default
    return chosen


def narrowed(listing: Listing, actor: Actor, chosen: Chosen) -> Narrowed:
    """Return the list's rows with filters and search."""
    clauses = []
    for one in listing.filters:
        if one.name in chosen.values:
            clauses.append(one.clause(chosen.values[one.name]))
        elif one.default is not None:
            clauses.append(one.default)
    if chosen.search and listing.search is not None:
        clauses.append(listing.search(chosen.search))
    is_narrow = bool(chosen.values or chosen.search) or actor.scope != Scope()
    return Narrowed(
        listing.select(actor),
        tuple(clauses),
        is_narrow=is_narrow,
        is_kept=getattr(listing.select, "is_kept", False),
    )


def _value(one: Filter, query: Query) -> Any:
    if one.kind == "choices":
        return [value for value in query.getlist(one.name) if value][:100] or None
    if one.kind == "flag":
        return True if query.get(one.name) else None
    if one.kind == "dates":
        return _pair(one, query, _date)
    if one.kind == "range":
        return _pair(one, query, _number)
    value = query.get(one.name, "").strip()
    if len(value) > LONGEST_SEARCH:
        raise Refusal(f"{one.label} can have at most {LONGEST_SEARCH} characters")
    return value or None


def _pair(one: Filter, query: Query, parse: Callable[[str, str], Any]) -> Any:
    low, high = (query.get(f"{one.name}_{end}", "").strip() for end in ("from", "to"))
    if not low and not high:
        return None
    return (
        parse(low, f"{one.label} from") if low else None,
        parse(high, f"{one.label} to") if high else None,
    )


def _date(text: str, label: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(f"{label} must be a date such as 2026-11-20") from error
    if not is_within_reach(day):
        raise Refusal(f"{label} must be {REACH}")
    return day


def _number(text: str, label: str) -> Decimal:
    plain = text.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise Refusal(f"{label} must be a number such as 1,234.50")
    return Decimal(plain)


def within_days(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """Return a clause for instants that lie in a pair of days of the organisation's zone."""

    def clause(pair: tuple[date | None, date | None]) -> ColumnElement[bool]:
        zone = ZoneInfo(g.get("time_zone", "UTC"))
        low, high = pair
        parts = []
        if low is not None:
            parts.append(column >= datetime.combine(low, time(), zone))
        if high is not None:
            parts.append(column < datetime.combine(high + timedelta(days=1), time(), zone))
        return and_(*parts)

    return clause
