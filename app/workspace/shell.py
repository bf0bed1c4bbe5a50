"""The shell around every page: sections by permission, projects, the person.

What waits for approval is counted by a fragment of its own, so that no page pays for it.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from app.controls.identity import PLATFORM, Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.localisation.menu import language_menu
from app.markup.kept import frozen
from app.markup.words import ENGLISH, Language, reader_language
from app.web.context import actor, organisation, read_session
from app.workspace.lines import Menu
from app.workspace.sections import SECTIONS
from app.workspace.switchers import organisation_switcher, project_switcher

_MOST_MENUS = 128
_OF_THE_PLATFORM = ("platform", "licences", "dashboard", "activity")


def install_shell(app: Flask) -> None:
    """Give every template `shell`, made when a page of the signed-in shell asks for it."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        if not current_user.is_authenticated:
            return {}
        return {"shell": LocalProxy(_shell_of_request)}


def menu_of(who: Actor, tenant: Organisation | None) -> Menu:
    """Return the sidebar of a person: the pages that they may open."""
    return _menu(who.permissions, who.unlicensed, is_inside=tenant is not None)


def _shell_of_request() -> dict[str, Any]:
    if "shell" not in g:
        g.shell = _shell(read_session(), actor(), organisation())
    made: dict[str, Any] = g.shell
    return made


def _shell(session: Session, who: Actor, tenant: Organisation | None) -> dict[str, Any]:
    menu = menu_of(who, tenant)
    frame = {
        "organisation": tenant.name if tenant else "Countinghouse",
        "business_date": tenant.business_date.isoformat() if tenant else "",
        "place": _place(who, tenant),
        "languages": language_menu(session, who),
        "projects": project_switcher(session, who, tenant),
        "organisations": organisation_switcher(session, who, tenant),
        "project_switch_url": "/switch-project",
        "user": {
            "name": current_user.user.shown_name,
            "initials": current_user.user.initials,
            "role": who.role,
            "email": current_user.user.email,
        },
    }
    if not who.may(PLATFORM):
        frame["calendar_href"] = "/admin/calendar"
    return frame | {
        "frame": frozen(frame),
        "menu": _in_words(menu, reader_language()),
        "line": _line_of_page(menu),
        "locates": _locates(who),
        "preview": who.role if who.is_preview else "",
        "tabs": _tabs(who),
    }


def _locates(who: Actor) -> bool:
    """Tell whether the page asks the browser where it is: of agents who are bound to a zone."""
    g.locates = who.bounds is not None and who.bounds.zone is not None
    return bool(g.locates)


def _place(who: Actor, tenant: Organisation | None) -> str:
    if tenant is None:
        return "Platform"
    return f"{tenant.base_currency} · {who.branch or tenant.name}"


def _tabs(who: Actor) -> list[dict[str, Any]]:
    """Return the tabs of the line that the present page belongs to."""
    lines = (entry for _label, entries in SECTIONS for entry in entries if entry.tabs)
    here = next((one for one in lines if any(_is_here(tab.href) for tab in one.tabs)), None)
    return [
        {"label": tab.label, "href": tab.href, "current": _is_here(tab.href)}
        for tab in (here.tabs if here else ())
        if holds(who, tab.permission)
    ]


def _is_here(href: str) -> bool:
    path = request.path
    return path.startswith(href) and path[len(href) : len(href) + 1] in {"", "/"}


@lru_cache(maxsize=_MOST_MENUS)
def _menu(held: frozenset[str], unlicensed: frozenset[str], *, is_inside: bool) -> Menu:
    """Return the lines for those who hold these permissions; the same for all of them."""
    who = Actor(None, None, name="", permissions=held, unlicensed=unlicensed)
    sections = []
    for label, entries in SECTIONS:
        lines = []
        for entry in entries:
            places = tuple(one for one in entry.places if _may_see(who, one.permission, is_inside))
            if places:
                lines.append(replace(entry, href=places[0].href, tabs=places))
        if lines:
            sections.append((label, tuple(lines)))
    return Menu(tuple(sections))


@lru_cache(maxsize=_MOST_MENUS)
def _in_words(menu: Menu, language: Language) -> Menu:
    """Return the lines in the reader's language."""
    if language is ENGLISH:
        return menu
    said = language.words
    return Menu(
        tuple(
            (
                said.get(label, label),
                tuple(replace(one, label=said.get(one.label, one.label)) for one in lines),
            )
            for label, lines in menu.sections
        )
    )


def _may_see(who: Actor, permission: str, is_inside: bool) -> bool:  # noqa: FBT001
    return holds(who, permission) and (is_inside or permission.startswith(_OF_THE_PLATFORM))


def _line_of_page(menu: Menu) -> str:
    lines = (entry for _label, entries in menu.sections for entry in entries)
    return next((e.href for e in lines if any(_is_here(one.href) for one in e.places)), "")
