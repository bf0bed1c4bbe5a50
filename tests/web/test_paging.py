"""Every list goes on from page to page, in whatever order it may be sorted."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from app.web.listing import Chosen, listings
from app.web.paging import sorted_by
from tests import factories

READ = {bool, date, datetime, Decimal, int, str}


def test_the_edge_of_a_page_can_be_read_again_whatever_a_list_is_sorted_by(app: Flask):
    sorts = [
        (listing.name, column.key, column.sort.type.python_type)
        for listing in listings.values()
        for column in listing.columns
        if column.sort is not None
    ]
    assert len(sorts) > 100
    assert [one for one in sorts if one[2] not in READ] == []


def test_no_list_offers_two_headings_for_one_order(app: Flask):
    """On a phone the headings are the strip that cards are sorted by."""
    for listing in listings.values():
        shown = [one for one in listing.columns if one.shown and one.sort is not None]
        orders = {id(one.sort): one.label for one in shown}
        assert [one.label for one in shown if orders[id(one.sort)] != one.label] == [], listing.name


def test_customers_go_on_in_every_order_there_and_back(app: Flask, monkeypatch: pytest.MonkeyPatch):
    for module in ("app.db.keyset", "app.web.paging"):
        monkeypatch.setattr(f"{module}.PAGE_ROWS", 2)
    house = factories.a_house()
    for number in range(5):
        factories.a_client(house, surname=f"Wanjiru{number}")
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)

    def page(path: str) -> tuple[list[str], str | None]:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        text = answer.get_data(as_text=True)
        following = re.search(r'href="([^"]*[?&;]after=[^"]+)"', text)
        rows = re.findall(r"Wanjiru\d", re.sub(r"<head.*?</head>", "", text, flags=re.DOTALL))
        return list(dict.fromkeys(rows)), following and following[1].replace("&amp;", "&")

    keys = [column.key for column in listings["clients"].columns if column.sort is not None]
    for sort in ("", *keys, *(f"-{key}" for key in keys)):
        seen: list[str] = []
        path: str | None = f"/admin/clients?sort={sort}"
        while path:
            rows, path = page(path)
            seen += rows
        assert sorted(seen) == [f"Wanjiru{number}" for number in range(5)], sort


def test_a_list_that_opens_with_the_newest_is_read_in_the_order_of_its_key(app: Flask):
    """Ids follow creation and every table has an index on them; moments have none."""
    sorted_whole = {
        one.name
        for one in listings.values()
        if one.sort.startswith("-") and sorted_by(one, Chosen(sort=one.sort)) is not one.key
    }
    # Few rows, or an index of their own.
    assert sorted_whole == {
        "api-keys", "base-rates", "closing-configurations", "closing-runs", "delegations",
        "incident-reports", "interest-postings", "penetration-reports", "pipelines", "requests",
        "violation-reports", "work-day-years",
    }  # fmt: skip
