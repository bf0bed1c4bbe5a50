"""The cells of lists and cards: one value and how it is to be shown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import g

from app.controls.review import STATUS_NAMES, STATUS_TONES
from app.kernel.money import TRUE_MINUS, format_minor

Cell: TypeAlias = Mapping[str, Any]


def text(value: object, *, href: str | None = None, drawer: bool = True) -> Cell:
    """Show plain text, with a link where there is one."""
    shown = "" if value is None else str(value)
    if href is None:
        return {"kind": "text", "text": shown}
    return {"kind": "link", "text": shown, "href": href, "drawer": drawer}


def count(number: int) -> Cell:
    """Show how many there are, by thousands; a machine reads the figures alone."""
    return {**text(f"{number:,}"), "plain": str(number)}


def ident(value: str, *, href: str | None = None) -> Cell:
    """Show an id in monospace with a copy button."""
    return {"kind": "ident", "text": value, "href": href, "drawer": True}


def money(minor: int, exponent: int, currency: str, *, sign: str = "") -> Cell:
    """Show an amount; sign "in" is green with a plus, "out" red with a minus."""
    shown = format_minor(minor, exponent)
    if sign == "in":
        shown = f"+{shown}"
    return {
        "kind": "money",
        "text": shown,
        "currency": currency,
        "sign": sign,
    }


def day(value: date | None) -> Cell:
    """Show a business date, which has no zone."""
    return {"kind": "date", "text": value.isoformat() if value else ""}


def instant(value: datetime | None) -> Cell:
    """Show a moment in the organisation's time zone, with UTC in its tooltip."""
    if value is None:
        return {"kind": "instant", "text": "", "title": ""}
    local = value.astimezone(ZoneInfo(g.get("time_zone", "UTC")))
    return {
        "kind": "instant",
        "text": local.strftime("%Y-%m-%d %H:%M"),
        "title": value.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


def badge(shown: str, tone: str = "neutral") -> Cell:
    """Show a word in a coloured badge."""
    return {"kind": "badge", "text": shown, "tone": tone}


def record_status(status: str) -> Cell:
    """Show where a record stands in approval."""
    return badge(STATUS_NAMES[status], STATUS_TONES[status])


def status_menu(shown: str, tone: str, *, post_href: str, options: Sequence[Cell]) -> Cell:
    """Show a status that may be changed in place."""
    return {**badge(shown, tone), "post_href": post_href, "options": options}


def toggle(label: str, *, is_on: bool, post_href: str | None = None) -> Cell:
    """Show a switch; without an address it only tells."""
    return {"kind": "toggle", "text": label, "checked": is_on, "post_href": post_href}


def flag(*, is_set: bool) -> Cell:
    """Show yes or no as a mark."""
    return {"kind": "flag", "text": "Yes" if is_set else "No", "checked": is_set}


def icon(name: str, label: str) -> Cell:
    """Show a symbol that is read out as its label."""
    return {"kind": "icon", "text": label, "icon": name, "title": label}


def symbol(name: str, shown: str) -> Cell:
    """Show a symbol with the word it stands for."""
    return {"kind": "symbol", "text": shown, "icon": name}


def switch(label: str, *, is_on: bool, post_href: str | None = None) -> Cell:
    """Show whether a record is active, with a switch where there is an address to post to."""
    return {
        **toggle(label, is_on=is_on, post_href=post_href),
        "plain": "Active" if is_on else "Inactive",
    }


def plain(cell: Cell) -> str:
    """Return what a cell says to a machine: the CSV's value."""
    said = str(cell.get("plain", cell["text"]))
    if cell["kind"] == "money":
        return said.removeprefix("+").replace(",", "").replace(TRUE_MINUS, "-")
    return said
