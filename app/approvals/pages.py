"""The inbox as its template wants it: rows, their age, and the pages beside this one."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.approvals.queries import PAGE_ROWS, Place, Waiting, place_of
from app.approvals.subjects import amount_cell, kind_of
from app.controls.commands import door
from app.web import cells

PATH = "/admin/approvals"
_MINUTES_OF_AN_HOUR = 60
_COLUMNS = (
    ("age", "Age", False, 2),
    ("record", "Record", False, 1),
    ("kind", "Kind", False, 2),
    ("client", "Customer", False, 2),
    ("amount", "Amount", True, 1),
    ("level", "Level", False, 1),
    ("maker", "Maker", False, 2),
)


def inbox_columns() -> list[dict[str, Any]]:
    """Return the inbox's headings; its order is fixed, the oldest first."""
    return [
        {"key": key, "label": label, "numeric": numeric, "priority": priority}
        | {"sort": "", "sort_href": None}
        for key, label, numeric, priority in _COLUMNS
    ]


def review_href(place: Place, tab: str) -> str:
    """Return the address of a record's review, with its place in the inbox."""
    return f"{PATH}/{place[1]}/{place[2]}?{urlencode({'inbox': tab})}"


def inbox_row(one: Waiting, tab: str, days: int) -> dict[str, Any]:
    """Return a record's line; one that has waited longer than `days` is marked (0 marks none)."""
    record = one.record
    age = cells.text(_age(record.submitted_at))
    if days and record.is_pending and door.clock() - record.submitted_at > timedelta(days=days):
        told = f"older than {days} day{'s' if days > 1 else ''}"
        age = {
            **cells.badge(age["text"], "danger"),
            "note": told,
            "plain": f"{age['text']}, {told}",
        }
    href = review_href(place_of(one.kind, record), tab)
    shown = (
        age,
        cells.text(record.title(), href=href, drawer=False),
        cells.text(kind_of(one.kind, record)),
        cells.text(one.client),
        amount_cell(record),
        cells.record_status(record.record_status),
        cells.text(one.maker),
    )
    return {
        "id": f"{one.kind.key}-{record.id}",
        "href": href,
        "drawer": False,
        "label": record.title(),
        "cells": list(shown),
        "actions": [],
        "expand_href": None,
    }


def inbox_pager(tab: str, page: int, shown: int, total: int, *, more: bool) -> dict[str, Any]:
    """Return the links to the pages beside this one."""
    first = (page - 1) * PAGE_ROWS + 1
    return {
        "text": f"{first:,} to {first + shown - 1:,} of {total:,}" if shown else "",
        "first_href": f"{PATH}?tab={tab}" if page > 1 else None,
        "previous_href": f"{PATH}?tab={tab}&page={page - 1}" if page > 1 else None,
        "next_href": f"{PATH}?tab={tab}&page={page + 1}" if more else None,
    }


def _age(since: datetime | None) -> str:
    """Write how long a record has waited, on one line: 5 min, 3 h, 2 d."""
    waited = door.clock() - since if since else timedelta()
    minutes = max(0, int(waited.total_seconds() // 60))
    if minutes < _MINUTES_OF_AN_HOUR:
        return f"{minutes}\N{NO-BREAK SPACE}min"
    if waited < timedelta(days=2):
        return f"{minutes // _MINUTES_OF_AN_HOUR}\N{NO-BREAK SPACE}h"
    return f"{waited.days}\N{NO-BREAK SPACE}d"
