"""What a list can do, shown on the customers: search, filter, sort, page, view, column, export."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient

from app.controls.commands import perform
from app.controls.saved_views import MAXIMUM_VIEWS, ChooseColumns, DeleteView, SaveView
from app.kernel.errors import Conflict
from tests import factories
from tests.pages import send, token_of
from tests.sent import statements_sent

LIST = "/admin/clients"
MANY = 120


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    house = factories.a_house(currencies=("KES",))
    for number in range(MANY):
        factories.a_client(
            house,
            first_name=f"Person{number:03d}",
            surname="=HYPERLINK(1)" if number == 7 else "Mwangi",
            city="Nakuru" if number % 2 else "Mombasa",
            submit=number % 3 == 0,
        )
    return house


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


def _names(page: str) -> list[str]:
    return re.findall(
        r"Person\d{3}",
        re.sub(r'(?:title|aria-label)="[^"]*"|Select [^<]*|Actions for [^<"]*', "", page),
    )


def _page(manager: FlaskClient, query: str = "") -> str:
    answer = manager.get(f"{LIST}{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _next(page: str) -> str | None:
    found = re.search(r'href="([^"]*after=[^"]*)"', page)
    return found.group(1).replace("&amp;", "&") if found else None


@pytest.mark.checks("W07.49")
def test_fifty_rows_a_page_and_every_row_once(manager):
    page, seen = _page(manager, "?sort=name"), []
    while True:
        rows = _unique(_names(page))
        assert len(rows) <= 50
        seen += rows
        following = _next(page)
        if following is None:
            break
        page = manager.get(following).get_data(as_text=True)
    assert seen == [f"Person{number:03d}" for number in range(MANY)]


def test_the_page_before_is_the_one_that_was_left(manager):
    first = _page(manager, "?sort=-name")
    second = manager.get(_next(first) or "").get_data(as_text=True)
    back = re.search(r'href="([^"]*before=[^"]*)"', second)
    assert back is not None
    again = manager.get(back.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert _unique(_names(again)) == _unique(_names(first))


@pytest.mark.checks("W08.12")
def test_a_heading_sorts_then_turns_then_lets_go(manager):
    ascending = _page(manager, "?sort=name")
    assert _names(ascending)[0] == "Person000"
    assert 'aria-sort="ascending"' in ascending
    descending = _page(manager, "?sort=-name")
    assert _names(descending)[0] == f"Person{MANY - 1}"
    assert 'aria-sort="descending"' in descending
    assert f'href="{LIST}"' in descending


def test_search_is_live_whatever_the_case_and_by_parts(manager):
    assert _unique(_names(_page(manager, "?search=ERSON011"))) == ["Person011"]
    assert "Nothing matches" in _page(manager, "?search=nobody")
    assert "Nothing matches" in _page(manager, "?search=%25%25")


def test_a_search_of_ten_thousand_letters_is_refused_with_a_sentence(manager):
    answer = manager.get(f"{LIST}?search={'x' * 10_000}")
    assert answer.status_code in {414, 422}


def test_filters_apply_together_and_show_as_chips_that_can_be_removed(manager):
    page = _page(manager, "?status=AUTHORIZED&search=Person00")
    assert _unique(_names(page)) == ["Person009", "Person006", "Person003", "Person000"]
    assert "Authorized" in page
    chip = re.search(r'href="([^"]*)"[^>]*aria-label="Remove[^"]*', page) or re.search(
        r'class="chip__remove"[^>]*href="([^"]*)"', page
    )
    assert chip is not None
    without = manager.get(chip.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert len(_unique(_names(without))) == 10


def test_drop_filters_leads_to_the_whole_list(manager):
    page = _page(manager, "?status=AUTHORIZED&search=Person00")
    assert re.search(rf'href="{LIST}"[^>]*>Drop filters', page)


@pytest.mark.parametrize(
    "query",
    ["?created_from=yesterday", "?created_to=2026-13-40", "?after=nonsense", "?after=W10"],
)
def test_an_address_that_makes_no_sense_gets_a_sentence(manager, query):
    refused = manager.get(f"{LIST}{query}")
    assert refused.status_code == 422
    assert f'href="{LIST}">Go back</a>' in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["?project=1_000", "?project=x&manager=-1", "?sort=password_hash"]
)
def test_an_address_that_names_nothing_finds_nothing_or_is_left_out(manager, query):
    assert manager.get(f"{LIST}{query}").status_code == 200


@pytest.mark.checks("W07.11", "W08.18", "W08.32", "W09.29", "W09.52")
def test_a_view_keeps_filters_sort_and_columns_but_never_the_search(manager):
    query = "?status=AUTHORIZED&sort=name&columns=number,name&search=Person00"
    answer = send(manager, f"/admin/lists/clients/views/new{query}", name="Ready people")
    assert answer.status_code == 303
    tab = re.search(r'href="([^"]*view=\d+)"[^>]*>Ready people', _page(manager))
    assert tab is not None
    address = tab.group(1).replace("&amp;", "&")
    assert "status=AUTHORIZED" in address
    assert "sort=name" in address
    assert "columns=number%2Cname" in address
    assert "search" not in address
    shown = manager.get(address).get_data(as_text=True)
    assert 'aria-current="page"' in shown
    assert "<th" in shown
    assert "Manager</th>" not in shown


def test_a_view_needs_a_name_of_its_own(manager):
    assert send(manager, "/admin/lists/clients/views/new", name="  ").status_code == 422
    assert send(manager, "/admin/lists/clients/views/new", name="Mine").status_code == 303
    assert send(manager, "/admin/lists/clients/views/new", name="Other").status_code == 303
    other = re.search(r'view=(\d+)"[^>]*>Other', _page(manager))
    assert other is not None
    edit = f"/admin/lists/views/{other.group(1)}/edit"
    for address in ("/admin/lists/clients/views/new", edit):
        for name in ("Mine", "mine"):
            again = send(manager, address, name=name)
            assert again.status_code == 409
            assert "You have a view of this name already" in again.get_data(as_text=True)
    assert send(manager, edit, name="OTHER").status_code == 303


def test_the_default_view_opens_the_list_and_all_leads_past_it(manager):
    send(manager, "/admin/lists/clients/views/new?status=CAPTURED", name="Drafts", is_default="y")
    answer = manager.get(LIST)
    assert answer.status_code == 302
    assert "status=CAPTURED" in answer.headers["Location"]
    assert manager.get(f"{LIST}?view=all").status_code == 200


def test_a_view_of_another_person_is_missing(house, manager, app):
    send(manager, "/admin/lists/clients/views/new", name="Private")
    number = re.search(r"view=(\d+)", _page(manager, "?view=all"))
    assert number is not None
    other = app.test_client()
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(other, email, password)
    for verb in ("edit", "delete"):
        assert other.get(f"/admin/lists/views/{number.group(1)}/{verb}").status_code == 404


def test_columns_are_remembered_for_the_person(manager):
    data = {"csrf_token": token_of(manager), "column": ["number", "phone"]}
    assert manager.post("/admin/lists/clients/columns", data=data).status_code == 303
    headings = re.findall(r"<th[^>]*>.*?</th>", _page(manager), re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", "", heading) for heading in headings)
    assert "Phone" in text
    assert "Email" not in text


def test_the_export_holds_what_filters_and_columns_say(manager):
    answer = manager.get(f"{LIST}.csv?status=AUTHORIZED&columns=number,name&sort=name")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert rows[0] == ["Number", "Name"]
    assert len(rows) == 1 + MANY // 3
    assert rows[1][1].startswith("Person000")


def test_one_row_is_called_a_row(manager):
    assert "1 row, as filtered" in _page(manager, "?search=Person011")
    assert "rows, as filtered" in _page(manager)


def test_a_formula_in_a_cell_is_exported_as_text(manager, house):
    factories.a_client(house, first_name="=1+1", surname="Formula")
    answer = manager.get(f"{LIST}.csv?columns=name&search=Formula")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert rows[1] == ["'=1+1 Formula"]


@pytest.mark.checks("W08.02")
def test_the_link_to_share_keeps_filters_and_sort(manager):
    page = _page(manager, "?status=AUTHORIZED&sort=-name")
    link = re.search(r'href="([^"]*)"[^>]*data-copy-link', page)
    assert link is not None
    assert link.group(1).replace("&amp;", "&") == f"{LIST}?status=AUTHORIZED&sort=-name"


def test_the_table_is_served_alone_to_htmx(manager):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = manager.get(f"{LIST}?search=Person011", headers=headers).get_data(as_text=True)
    assert "<html" not in part
    assert "Person011" in part


def test_the_columns_one_chose_take_no_view_away(house):
    person, *_ = factories.a_user(house)
    perform(ChooseColumns("clients", ("name",)), person)
    views = [perform(SaveView("clients", f"View {n}", ""), person) for n in range(MAXIMUM_VIEWS)]
    with pytest.raises(Conflict, match="at most 30 views"):
        perform(SaveView("clients", "One more", ""), person)
    perform(DeleteView(views[0]), person)
    perform(SaveView("clients", "One more", ""), person)


def test_the_queries_of_a_list_do_not_grow_with_its_rows(manager):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    with statements_sent() as few:
        manager.get(f"{LIST}?search=Person011", headers=headers)
    with statements_sent() as many:
        manager.get(f"{LIST}?view=all", headers=headers)
    # What fits on one page is not counted as well.
    assert len(many) == len(few) + 1 <= 6
