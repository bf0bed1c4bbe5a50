"""Whatever a record holds is shown as text: no kind of cell lets it become HTML."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.markup.icons import icon
from app.markup.options import checks, options
from app.markup.rows import lines
from app.markup.values import Place, badge, cell, ident, money

EVIL = "<script>x</script>\"'&"
PLACE = Place(lambda: EVIL, EVIL)
KINDS = (
    "text", "link", "ident", "money", "badge", "toggle", "symbol", "flag", "date", "instant",
    "muted", "unknown",
)  # fmt: skip


def assert_inert(html: str) -> None:
    assert "<script" not in html
    assert not re.search(r'="[^"]*<', html)
    assert "&#34;" in html or "&lt;" in html or EVIL not in html


def everything(kind: str) -> dict[str, Any]:
    option = {"label": EVIL, "tone": EVIL, "value": EVIL, "confirm_href": None}
    return {
        "kind": kind, "text": EVIL, "href": EVIL, "title": EVIL, "tone": EVIL, "note": EVIL,
        "currency": EVIL, "sign": EVIL, "icon": "copy", "post_href": EVIL,
        "options": [option, option | {"confirm_href": EVIL}],
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cell_escapes_all_that_is_put_in(kind: str):
    whole = everything(kind)
    for left_out in (None, "href", "options", "post_href", "title", "note"):
        one = {name: value for name, value in whole.items() if name != left_out}
        assert_inert(cell(one, EVIL, PLACE))
        assert_inert(cell(one, EVIL, Place(lambda: EVIL)))


def test_a_row_its_actions_and_its_options_are_escaped_too():
    action = {
        "label": EVIL, "href": EVIL, "icon": "pencil", "drawer": True, "dialog": False,
        "danger": False,
    }  # fmt: skip
    column = {"label": EVIL, "numeric": True, "priority": 1}
    for actions in ([action], [action] * 3):
        row = {
            "id": 7, "href": EVIL, "label": EVIL, "cells": [everything("text")],
            "actions": actions, "expand_href": EVIL,
        }  # fmt: skip
        drawn = lines(
            [row], [column], token=lambda: EVIL, selectable=True, with_actions=True, expandable=True
        )
        assert_inert(drawn)
    assert_inert(options(((EVIL, EVIL),), EVIL))
    assert_inert(checks(EVIL, ((EVIL, EVIL),), frozenset({EVIL})))
    assert_inert(icon("copy", 16, EVIL))
    for drawn in (badge(EVIL, EVIL), ident(EVIL, EVIL), money(EVIL, EVIL, EVIL)):
        assert_inert(drawn)


def test_an_amount_shows_its_sign_once():
    assert ">+5.00<" in money("+5.00", "KES", "in")
    assert ">\N{MINUS SIGN}5.00<" in money("\N{MINUS SIGN}5.00", "KES", "out")
    assert ">\N{MINUS SIGN}5.00<" in money("-5.00")
    assert ">5.00<" in money("5.00")


def test_a_row_carries_its_link_on_the_first_cell_that_can():
    plain = {"kind": "text", "text": "Name"}
    switch = {"kind": "toggle", "text": "Active", "checked": True}
    columns = [{"label": "A", "numeric": False, "priority": 1}] * 2
    row = {"id": 1, "href": "/x", "label": "x", "cells": [switch, plain], "actions": []}
    drawn = lines([row], columns, token=str)
    assert '<a href="/x" data-drawer data-row-link>Name</a>' in drawn
    assert drawn.count("data-row-link") == 1
    assert 'class="key p1 kind-text"' in drawn
