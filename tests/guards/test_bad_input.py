"""Whatever is sent, an answer is a page with a sentence: never an error of the program."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from functools import cache
from itertools import cycle

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.keys.holder import INTERFACE
from app.pipelines.views import HOOK
from app.web.listing import Listing, listings
from tests.factories import a_client, a_funded_asset, a_house
from tests.guards.foreign import (
    Foreign,
    Person,
    a_foreign_organisation,
    addresses,
    routes_with_ids,
    said,
)
from tests.pages import form_of, token_of

SCRIPT = "<script>alert(1)</script>"
_TOO_LONG, _NO_BIGINT = "x" * 10_000, "9" * 25
_TEXTS = (
    SCRIPT,
    _TOO_LONG,
    _NO_BIGINT,
    "9" * 400,
    "a\x00b",
    "9999-12-31",
    "0001-01-01",
    "1e999990",
    "[",
    "１２",
)
_AMOUNTS = (
    "1e999990",
    "NaN",
    "1_000",
    "１２",
    "-0",
    "-5",
    "0",
    "9" * 40,
    "0.001",
    "1,00",
    " ",
    "٣",
)
_CURSORS = (
    ["\ud800", 1],
    ["a\x00b", 1],
    [10**30, 10**30],
    ["2026-01-01T00:00:00", 1],
    ["0001-01-01T00:00:00+23:59", 1],
    ["1e999999", 1],
    [float("inf"), float("nan")],
    [[1], {}],
    5,
)
_PARTLY = {"HX-Request": "true", "HX-Request-Type": "partial"}
# Those of an organisation have no list of organisations and licences.
_LISTS = sorted(set(listings) - {"licences", "organisations"})
_FORMS_ASIDE = {"/login", "/logout", "/theme", HOOK}


@pytest.fixture(scope="module")
def scene(app: Flask) -> tuple[Person, Foreign]:
    """An administrator, and one of each of their own records: some of them end on the way."""
    house = a_house(currencies=("KES", "USD", "BTC"))
    person = Person(app, house.administrator_email)
    Person(app, house.administrator_email)  # a second browser, whose session may be ended
    records = a_foreign_organisation(house, "Ordinary")
    records.ids["client"] = a_client(house, submit=False)
    # The one among the records is deactivated on the way.
    records.ids["open asset"] = a_funded_asset(house)
    return person, records


def _forms(app: Flask, records: Foreign) -> list[str]:
    """Return the addresses that take a form, of the records at hand or of none.

    The interface takes none; what it is sent is guarded beside its own scenes.
    """
    paths = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    paths = [path for path in paths if not path.startswith(INTERFACE)]
    plain = [path for path in paths if "<" not in path and path not in _FORMS_ASIDE]
    with_ids = [
        own
        for rule, method in routes_with_ids(app)
        for own, _missing in addresses(rule, records)
        if method == "POST" and not rule.rule.startswith(INTERFACE)
    ]
    ids = records.ids
    placed = [
        f"/admin/configurations/{key}/new?project={ids['project']}"
        for key in ("account-types", "currencies", "sub-types", "statuses")
    ]
    asked = [f"/admin/statements/new?subject=client&id={ids['client']}"]
    return [*plain, *placed, *asked, *with_ids, "/admin/lists/clients/views/new"]


@pytest.mark.parametrize("name", _LISTS)
def test_a_list_reads_any_address(scene: tuple[Person, Foreign], name: str):
    person, listing = scene[0], listings[name]
    for text in _TEXTS:
        names = [f"{one.name}{end}" for one in listing.filters for end in ("", "_from", "_to")]
        for keys in (["search"], ["sort", "columns", "from", "view", "open", "id"], names):
            for path in (listing.path, f"{listing.path}.csv"):
                answer = person.browser.get(
                    path, query_string=dict.fromkeys(keys, text), headers=_PARTLY
                )
                assert answer.status_code in {200, 422}, (path, keys, text[:20])
                assert SCRIPT not in said(answer)


@pytest.mark.parametrize("name", _LISTS)
def test_a_page_of_a_list_that_nobody_made_is_refused_in_words(
    scene: tuple[Person, Foreign], name: str
):
    person, listing = scene[0], listings[name]
    for sort in _sorts(listing):
        for cursor in (*map(_encoded, _CURSORS), "é", "%%%", _TOO_LONG):
            query = {"sort": sort, "after": cursor}
            answer = person.browser.get(listing.path, query_string=query, headers=_PARTLY)
            assert answer.status_code in {200, 422}, query
            if answer.status_code == 422:
                assert "Start from the first page" in said(answer), query


def _sorts(listing: Listing) -> list[str]:
    return [one.key for one in listing.columns if one.sort is not None] or [""]


def _encoded(cursor: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


@pytest.mark.parametrize("number", [_NO_BIGINT, "9" * 5_000, "１２", "-1", "1e3"])
def test_what_no_number_of_a_record_can_be_is_not_there(
    app: Flask, scene: tuple[Person, Foreign], number: str
):
    for rule, method in routes_with_ids(app):
        path = re.sub(r"<int:\w+>", number, rule.rule)
        path = path.replace("<key>", "statuses").replace("<kind>", "client")
        answer = scene[0].ask(method, path.replace("<verb>", "approve"), headers=_PARTLY)
        assert answer.status_code == 404, f"{method} {path[:80]}"


def test_a_form_keeps_a_script_as_the_text_that_it_is(app: Flask, scene: tuple[Person, Foreign]):
    person, records = scene
    for path in _forms(app, records):
        fields = _fields(person, path)
        answer = _posted(person, path, dict.fromkeys(("value", *fields), SCRIPT))
        if answer.status_code == 422 and "name" in fields:
            assert html.escape(SCRIPT) in said(answer), f"{path} keeps what was typed"


@pytest.mark.parametrize("turn", range(3))
def test_a_form_takes_any_text(app: Flask, scene: tuple[Person, Foreign], turn: int):
    """The texts go round the fields, so that the fields of a kind meet all of them."""
    person, records = scene
    texts = cycle(_TEXTS[turn:] + _TEXTS[:turn])
    for path in _forms(app, records):
        _posted(person, path, dict(zip(("value", *_fields(person, path)), texts, strict=False)))


def _posted(person: Person, path: str, typed: dict[str, str]) -> TestResponse:
    """Send a form; no answer may be an error of the program, or repeat a script."""
    answer = person.browser.post(path, data=typed | {"csrf_token": person.token})
    assert answer.status_code < 500, path
    assert SCRIPT not in said(answer), path
    return answer


@cache
def _fields(person: Person, path: str) -> tuple[str, ...]:
    """Return the names of a form's fields; none where the step has no form of its own now."""
    page = person.browser.get(path).get_data(as_text=True)
    return tuple(form_of(person.browser, path)) if "data-form" in page else ()


@pytest.mark.parametrize("typed", _AMOUNTS)
def test_an_amount_that_is_none_is_told_beside_what_was_typed(
    scene: tuple[Person, Foreign], typed: str
):
    person, records = scene
    for path in (
        f"/admin/assets/{records.ids['open asset']}/{act}" for act in ("deposit", "withdraw")
    ):
        values = form_of(person.browser, path) | {"amount": typed}
        answer = person.browser.post(path, data=values)
        assert answer.status_code == 422, path
        assert "Amount " in said(answer), path
        assert f'value="{typed}"' in said(answer), path


def test_a_field_sent_twice_counts_once(scene: tuple[Person, Foreign]):
    person, records = scene
    path = f"/admin/assets/{records.ids['open asset']}/deposit"
    values = form_of(person.browser, path) | {"amount": ["nothing", "7"], "version": ["1", "x"]}
    answer = person.browser.post(path, data=values)
    assert answer.status_code == 422
    assert 'value="nothing"' in said(answer)


def test_a_body_that_is_too_large_is_told_so(scene: tuple[Person, Foreign]):
    answer = scene[0].browser.post("/admin/projects/new", data={"name": "x" * 13_000_000})
    assert answer.status_code == 413
    assert "That is too large" in said(answer)


def test_a_write_without_the_token_changes_nothing(app: Flask, scene: tuple[Person, Foreign]):
    person, records = scene
    for path in _forms(app, records):
        answer = person.browser.post(path, data={"name": "Another", "version": "1"})
        assert answer.status_code == 400, path
        assert "This page is too old" in said(answer), path


@pytest.mark.parametrize("body", ['{"name": 5, "amount": 7}', "5", "[" * 60_000])
def test_a_page_takes_no_body_of_a_program(app: Flask, scene: tuple[Person, Foreign], body: str):
    person, records = scene
    headers = {"X-CSRFToken": person.token, "Content-Type": "application/json"}
    for path in ("/login", *_forms(app, records)):
        answer = person.browser.post(path, data=body, headers=headers)
        assert answer.status_code == 415, path
        assert "Programs use the interface under /api" in said(answer), path


def test_an_address_is_asked_only_in_its_own_way(app: Flask, scene: tuple[Person, Foreign]):
    person = scene[0]
    taken: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        taken.setdefault(rule.rule, set()).update(rule.methods or ())
    for rule in app.url_map.iter_rules():
        if "<" not in rule.rule and rule.rule != "/logout":
            methods = taken[rule.rule]
            if "GET" in methods:
                answer = person.send("HEAD", rule.rule)
                assert answer.status_code < 500
                assert not answer.data
            else:
                assert person.send("GET", rule.rule).status_code == 405, rule.rule
            data = {"csrf_token": person.token}
            if "POST" not in methods:
                assert person.send("POST", rule.rule, data=data).status_code == 405, rule.rule


@pytest.mark.parametrize(
    "sender", ["http://[", "http://x//evil.example", "//evil.example", "javascript:alert(1)", "\t"]
)
def test_after_a_choice_one_stays_here(scene: tuple[Person, Foreign], sender: str):
    data = {"csrf_token": scene[0].token, "theme": "dark"}
    answer = scene[0].browser.post("/theme", data=data, headers={"Referer": sender})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("sender", ["http://[", "http://]", "//[x"])
def test_who_is_signed_out_is_led_to_sign_in_wherever_they_say_they_come_from(
    app: Flask, sender: str
):
    browser = app.test_client()
    data = {"csrf_token": token_of(browser)}
    answer = browser.post("/admin/notices/read", data=data, headers={"Referer": sender})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")


@pytest.mark.parametrize("target", ["/\t/evil.example", "/\t/[", "/\r\nX-Evil: 1", "/\x00", "//["])
def test_after_sign_in_one_stays_here(app: Flask, target: str):
    house, browser = a_house(currencies=()), app.test_client()
    values = form_of(browser, "/login") | {
        "email": house.administrator_email,
        "password": "a long enough password",
        "next": target,
    }
    answer = browser.post("/login", data=values)
    assert answer.status_code in {303, 422}
    assert answer.headers.get("Location") in {None, "/admin/dashboard"}
    assert "X-Evil" not in answer.headers


def test_a_name_that_is_a_script_or_a_formula_stays_a_name(app: Flask):
    house = a_house(currencies=("KES",))
    person = Person(app, house.administrator_email)
    client_id = a_client(house, first_name=SCRIPT, surname="=1+1", submit=False)
    pages = (
        "/admin/clients",
        f"/admin/clients/{client_id}",
        f"/admin/clients/{client_id}/edit",
        f"/admin/approvals/client/{client_id}",
        f"/admin/approvals/client/{client_id}/submit",
        "/admin/activity",
        "/search?q=script",
        f"/admin/statements/new?subject=client&id={client_id}",
    )
    for path in pages:
        for headers in ({}, _PARTLY):
            answer = person.browser.get(path, headers=headers)
            assert answer.status_code == 200, path
            assert SCRIPT not in said(answer), path
    assert html.escape(SCRIPT) in said(person.browser.get(pages[0]))
    path = f"/admin/approvals/client/{client_id}/submit"
    values = form_of(person.browser, path)
    answer = person.browser.post(path, data=values, headers={"HX-Request": "true"})
    assert SCRIPT in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    a_client(house, first_name="=1+1", surname="x")
    rows = csv.reader(io.StringIO(person.browser.get("/admin/clients.csv").get_data(as_text=True)))
    cells = [cell for row in rows for cell in row]
    assert "'=1+1 x" in cells
    assert not any(cell.startswith(("=", "@", "+", "\t", "\r")) for cell in cells)
