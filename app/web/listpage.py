"""A list as its template wants it: rows, chips, tabs, headings and the addresses of all of them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, stream_with_context
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app.controls.identity import Actor
from app.controls.saved_views import KeptView, Preferences, preferences_of
from app.db.counting import count, is_known_many
from app.db.keyset import PAGE_ROWS, ordered
from app.db.session import database
from app.kernel.spreadsheet import inert
from app.markup.alike import cells_of
from app.markup.words import translated
from app.web import paging
from app.web.cells import plain
from app.web.context import actor, read_session
from app.web.filters import (
    ALL_FILTERS,
    PAGING,
    chips_of,
    drop_href,
    filters_behind,
    filters_of,
    href,
    pairs_asked,
)
from app.web.listing import Chosen, Column, Listing, Query, narrowed, read
from app.web.narrowing import chosen_of
from app.web.respond import note_export, render, wants_fragment

_NOT_IN_VIEW = PAGING | {"search", "view"}
_NOT_NARROWING = ("sort", "columns", "view")
CSV_BATCH = 1_000
# Where columns and views of every list are kept.
LISTS = "/admin/lists"
# What the address says of the list without a view, where it would open with the default one.
ALL_VIEW = "all"
# What is too long to wait for is written by the worker.
EXPORTS = "/admin/exports"


def show_list(
    listing: Listing,
    *,
    create: Mapping[str, Any] | None = None,
    rows_template: str = "resource/_table.html",
) -> BaseResponse:
    """Answer a list's address: the page, its rows alone, or the default view's redirect."""
    session, who = read_session(), actor()
    kept = preferences_of(session, who.user_id, listing.name)
    default = next((view for view in kept.views if view.is_default), None)
    if default is not None and not request.args and not wants_fragment():
        return redirect(f"{request.path}?{_view_query(default)}")
    if wants_fragment() and ALL_FILTERS in request.args:
        return render("resource/_more_filters.html", page=filters_behind(listing, session, who))
    shown = {"create": create, "rows_template": rows_template}
    page = _page(listing, session, who, kept) | shown | listing.notice(session, who)
    return render("resource/list.html", fragment=rows_template, page=page)


def send_csv(listing: Listing) -> Response:
    """Stream every row that filters and search leave, in the chosen columns and sort.

    What a filter refuses is refused before anything is noted or sent.
    """
    parts = csv_parts(listing)
    note_export(f"{listing.name}.csv")
    response = Response(stream_with_context(parts), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{listing.name}.csv")
    return response


def csv_parts(listing: Listing) -> Iterator[str]:
    """Return the list as CSV, a thousand rows at a time, for whoever makes the request."""
    who = actor()
    chosen = chosen_of(listing, read_session(), who, request.args)
    query, expression = narrowed(listing, who, chosen).query, paging.sorted_by(listing, chosen)
    query = ordered(query, expression, listing.key, descending=chosen.descending)
    return _csv(query, _columns(listing, chosen))


def view_query(asked: Query) -> str:
    """Return what a view keeps of an address: filters, columns and sort, never the search."""
    pairs = [(key, value) for key, value in asked.items(multi=True) if key not in _NOT_IN_VIEW]
    return urlencode([pair for pair in pairs if pair[1]])


def _page(listing: Listing, session: Session, who: Actor, kept: Preferences) -> dict[str, Any]:
    chosen = read(listing, request.args, shown=kept.columns)
    left = narrowed(listing, who, chosen)
    narrowing = tuple((key, value) for key, value in pairs_asked() if key not in _NOT_NARROWING)
    asked = (request.path, who.organisation_id, who.user_id, who.scope, narrowing)
    # A page has six statements at most: one that counts nothing and looks nothing up has one left.
    by_keys = not chosen.search and is_known_many(asked)
    cut = paging.fetch(
        session, listing, chosen=chosen, left=left, asked=request.args, by_keys=by_keys
    )
    whole = (str(len(cut.rows)), True) if cut.is_all else None
    total, exact = whole or count(session, left.keys(listing.key), asked=asked)
    columns = _columns(listing, chosen)
    export = f"{listing.path}.csv?" if exact else f"{EXPORTS}/new?list={listing.name}&"
    return _head(listing, kept, chosen) | {
        # Who looks through the eyes of a role takes no file along.
        "csv_href": "" if who.is_preview else export + urlencode(pairs_asked()),
        "csv_is_file": exact,
        "total": {"text": total, "exact": exact},
        "csv_rows_hint": f"{total} row{'s' * (total != '1')}, as filtered, in the columns shown",
        **({} if wants_fragment() else filters_of(listing, session, who)),
        "chips": chips_of(listing, session, who, chosen),
        "columns": [_heading(column, chosen) for column in columns],
        "bulk": list(listing.bulk(who)),
        "rows": _rows(listing, cut.rows, columns, who),
        "pager": _pager(cut, total),
        "sorted": [translated(one.label) for one in listing.columns if one.key == chosen.sort_key],
        "descending": chosen.descending,
        "live_href": listing.live(cut.rows),
        "empty": None if cut.rows else _empty(listing, chosen),
    }


def _head(listing: Listing, kept: Preferences, chosen: Chosen) -> dict[str, Any]:
    search = {"value": chosen.search, "placeholder": listing.search_hint}
    return {
        "name": listing.name,
        "title": listing.title,
        "section": listing.section,
        "action": listing.path,
        "share_href": href(),
        "views": _tabs(listing, kept.views),
        "view_save_href": f"{LISTS}/{listing.name}/views/new",
        "search": search if listing.search else None,
        "filters_hidden": [(k, request.args[k]) for k in _NOT_NARROWING if k in request.args],
        "drop_href": drop_href(listing),
        "chooser": {
            "href": f"{LISTS}/{listing.name}/columns",
            "choices": tuple((one.key, translated(one.label)) for one in listing.columns),
            "shown": frozenset(chosen.columns),
        },
    }


def _columns(listing: Listing, chosen: Chosen) -> list[Column]:
    return [column for column in listing.columns if column.key in chosen.columns]


def _heading(column: Column, chosen: Chosen) -> dict[str, Any]:
    current = chosen.sort_key == column.key
    state = ("descending" if chosen.descending else "ascending") if current else ""
    following = {"": column.key, "ascending": f"-{column.key}", "descending": ""}[state]
    extra = [("sort", following)] if following else []
    return {
        "key": column.key,
        "label": translated(column.label),
        "numeric": column.numeric or column.money,
        "priority": column.priority,
        "sort": state,
        "sort_href": href(without={"sort"}, extra=extra) if column.sort is not None else None,
    }


def _rows(
    listing: Listing, rows: Sequence[Any], columns: Sequence[Column], who: Actor
) -> list[dict[str, Any]]:
    made = zip(*(cells_of(column.cell, rows) for column in columns), strict=True)
    return [
        {
            "id": row.key,
            "href": listing.href(row),
            "label": listing.label(row),
            "cells": cells,
            "actions": listing.actions(row, who),
            "expand_href": listing.expand(row) if listing.expand else None,
        }
        for row, cells in zip(rows, made, strict=True)
    ]


def _tabs(listing: Listing, views: Sequence[KeptView]) -> list[dict[str, Any]]:
    current = request.args.get("view", "")
    all_rows = {
        "name": "All",
        "href": f"{listing.path}?view={ALL_VIEW}"
        if any(v.is_default for v in views)
        else listing.path,
        "current": not any(str(view.id) == current for view in views),
        "delete_href": None,
    }
    return [
        all_rows,
        *(
            {
                "name": view.name,
                "href": f"{listing.path}?{_view_query(view)}",
                "current": str(view.id) == current,
                "delete_href": f"{LISTS}/views/{view.id}/delete",
                "edit_href": f"{LISTS}/views/{view.id}/edit",
            }
            for view in views
        ),
    ]


def _view_query(view: KeptView) -> str:
    return f"{view.query}&view={view.id}" if view.query else f"view={view.id}"


def _pager(cut: paging.Slice, total: str) -> dict[str, Any]:
    asked = request.args.get("from", "1")
    first = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1  # noqa: PLR2004
    last = first + len(cut.rows) - 1
    step = PAGE_ROWS
    previous = max(1, first - step)
    return {
        "text": f"{first:,} to {last:,} of {total}" if cut.rows else "",
        "first_href": href() if cut.previous_cursor else None,
        "previous_href": href(extra=[("before", cut.previous_cursor), ("from", str(previous))])
        if cut.previous_cursor
        else None,
        "next_href": href(extra=[("after", cut.next_cursor), ("from", str(last + 1))])
        if cut.next_cursor
        else None,
    }


def _empty(listing: Listing, chosen: Chosen) -> dict[str, Any]:
    if not chosen.values and not chosen.search:
        nothing = {"kind": "nothing", "title": "No data to display", "action": None}
        return {**nothing, "text": listing.empty}
    return {
        "kind": "no-match",
        "title": "Nothing matches",
        "text": "No record fits the search and the filters.",
        "action": {"label": "Drop filters", "href": drop_href(listing)},
    }


def _csv(query: Select[Any], columns: Sequence[Column]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([label for column in columns for label in _labels(column)])
    with database.streaming() as session:
        rows = session.execute(query.execution_options(yield_per=CSV_BATCH))
        for number, row in enumerate(rows, start=1):
            writer.writerow([inert(text) for column in columns for text in _texts(column, row)])
            if number % CSV_BATCH == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _labels(column: Column) -> tuple[str, ...]:
    return (column.label, f"{column.label} currency") if column.money else (column.label,)


def _texts(column: Column, row: Any) -> tuple[str, ...]:
    cell = column.cell(row)
    return (plain(cell), cell.get("currency", "")) if column.money else (plain(cell),)


def _taken(buffer: io.StringIO) -> str:
    chunk = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return chunk
