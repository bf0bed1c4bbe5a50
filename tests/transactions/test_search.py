"""Searching transactions by any part of what they show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from app.controls.commands import door, perform
from app.db.session import database
from app.ledger.accounts import Account
from app.transactions import matching
from app.transactions.search import SearchMark, TransactionSearch, index_all, index_missing
from app.transactions.statuses import EditDescription
from tests.factories import a_client, a_funded_asset, a_house, an_account, first_asset
from tests.transactions.scenes import LIST, asset, browser, deposit, transaction


def indexed(transaction_id: int) -> bool:
    with database.reading() as session:
        return session.get(TransactionSearch, transaction_id) is not None


@pytest.mark.checks("W09.28", "W08.36")
@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_part_of_any_text_is_found_whatever_its_case(app: Flask, is_indexed: bool):  # noqa: FBT001
    house = a_house()
    client = a_client(house, first_name="Ngozi", surname="Ächtung", email="ngozi@example.org")
    asset_id = first_asset(an_account(house, client))
    key = deposit(
        house, asset_id, 1_234_567, description="School fees 100% due", source="M-Pesa Till",
        source_email="Payer@Example.com", beneficiary="St. Mary's",
    )  # fmt: skip
    other = deposit(house, a_funded_asset(house), 99)
    if is_indexed:
        index_all()
    assert indexed(key) is is_indexed
    here = browser(app, house.administrator_email)
    one = transaction(key)
    with database.reading() as session:
        account = session.get_one(Account, one.account_id)
    for typed in (
        one.public_id[4:20].upper(), one.uid[2:], one.reference[1:], asset(asset_id).uid.upper(),
        account.public_id, account.public_id[2:16].upper(), asset(asset_id).public_id[3:20],
        "ngozi", "NGOZI@EX", "payer@ex", "pesa till", "st. mary", "fees 100%", "12,345.67",
    ):  # fmt: skip
        page = here.get(LIST, query_string={"search": typed}).get_data(as_text=True)
        assert f"{LIST}/{key}" in page, typed
        assert f"{LIST}/{other}" not in page, typed
    for typed in ("no such thing", "%%%", '"', "'; --", "*"):
        page = here.get(LIST, query_string={"search": typed}).get_data(as_text=True)
        assert f"{LIST}/{key}" not in page, typed


def test_one_or_two_characters_are_looked_for_among_the_newest(app: Flask):
    house = a_house()
    key = deposit(house, a_funded_asset(house), 5_00, description="Qz")
    index_all()
    here = browser(app, house.administrator_email)
    assert f"{LIST}/{key}" in here.get(f"{LIST}?search=qz").get_data(as_text=True)
    assert "Nothing matches" in here.get(f"{LIST}?search=ßß").get_data(as_text=True)


def test_a_changed_description_is_found_at_once_and_after_the_next_beat(app: Flask):
    house = a_house()
    key = deposit(house, a_funded_asset(house), 5_00, description="Before everything")
    index_all()
    perform(EditDescription(key, 1, "Afterwards"), house.administrator)
    here = browser(app, house.administrator_email)
    for _ in range(2):
        assert f"{LIST}/{key}" in here.get(f"{LIST}?search=afterw").get_data(as_text=True)
        assert "Nothing matches" in here.get(f"{LIST}?search=everything").get_data(as_text=True)
        index_all()
    assert indexed(key)


def test_the_mark_passes_what_can_change_no_more_and_a_lost_text_is_made_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house = a_house()
    key = deposit(house, a_funded_asset(house), 5_00)
    index_all()
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=5))
    before = _mark()
    index_all()
    assert _mark() > before
    perform(EditDescription(key, 1, "Away"), house.administrator)
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=9))
    index_all()
    assert indexed(key)
    assert index_missing() == 0
    _lose(key)
    assert index_all() == 0
    assert index_missing() >= 1
    assert indexed(key)


@pytest.mark.checks("W09.29", "W09.52")
def test_a_saved_view_keeps_filters_and_never_the_search(app: Flask):
    from tests.pages import send

    house = a_house()
    deposit(house, a_funded_asset(house), 5_00, description="Toyota")
    here = browser(app, house.administrator_email)
    send(here, "/admin/lists/transactions/views/new?type=in&search=toyota", name="Incoming")
    page = here.get(f"{LIST}?view=all").get_data(as_text=True)
    assert "Incoming" in page
    assert "type=in" in page
    assert "search=toyota" not in page


def _mark() -> int:
    with database.reading() as session:
        return session.scalars(select(SearchMark.activity_id)).one()


def _lose(transaction_id: int) -> None:
    """Lose a text as a restored database would."""
    with Session(database.engine) as session:
        session.delete(session.get_one(TransactionSearch, transaction_id))
        session.commit()


def test_a_word_that_many_have_is_found_beside_a_filter_as_any_other_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house = a_house()
    asset_id = a_funded_asset(house)
    keys = [deposit(house, asset_id, 5_00, description=f"Rent 100% of {n}") for n in range(3)]
    index_all()
    late = deposit(house, asset_id, 7_00, description="Late RENT 100%")
    here = browser(app, house.administrator_email)
    for most, one_in in ((1, 100), (1, 0), (matching.MOST_IDS, 100)):
        monkeypatch.setattr(matching, "MOST_IDS", most)
        monkeypatch.setattr(matching, "_COMMON_ONE_IN", one_in)
        for asked in (
            "search=rent 100%25&type=in", "search=rent 100%25&sort=-amount", "search=rent 100%25",
        ):  # fmt: skip
            page = here.get(f"{LIST}?{asked}").get_data(as_text=True)
            assert all(f"{LIST}/{key}" in page for key in (*keys, late)), asked
        page = here.get(f"{LIST}?search=rent 100%25&type=out").get_data(as_text=True)
        assert "Nothing matches" in page


def test_a_whole_code_is_found_and_so_is_a_text_that_quotes_it(app: Flask):
    house = a_house()
    one = deposit(house, a_funded_asset(house), 5_00)
    row = transaction(one)
    quoting = deposit(house, a_funded_asset(house), 7_00, description=f"Again: {row.reference}!")
    here = browser(app, house.administrator_email)
    for _ in range(2):
        page = here.get(f"{LIST}?search={row.reference.lower()}").text
        assert f"{LIST}/{one}" in page
        assert f"{LIST}/{quoting}" in page
        page = here.get(f"{LIST}?search={row.uid.upper()}").text
        assert f"{LIST}/{one}" in page
        assert f"{LIST}/{quoting}" not in page
        index_all()


@pytest.mark.parametrize(
    ("typed", "ids", "others"),
    [
        ("TXN-00000012", {12}, {1, 2, 120, 11, 13}),
        ("txn-0000001", {10, 19}, {1, 9, 20, 100, 100_000_010}),
        ("TXN-12345678", {12345678, 123456780, 123456789, 1234567899}, {12345677, 123456790}),
        ("TXN-1", {10_000_000, 19_999_999, 100_000_000, 1_000_000_000}, {1, 10, 20_000_000}),
        ("cbtr00000z", {35}, {36, 34}),
        ("CBTR0001", {36**2, 2 * 36**2 - 1}, {36**2 - 1, 2 * 36**2}),
    ],
)
def test_the_beginning_of_a_code_is_a_range_of_ids(app: Flask, typed, ids, others):
    clause = matching.by_code(typed)
    assert clause is not None
    with database.reading() as session:
        for key in ids | others:
            inside = session.scalar(select(literal(1)).where(_of(clause, key)))
            assert bool(inside) is (key in ids), key


def _of(clause: Any, key: int) -> Any:
    """Put a number in the place of the id."""
    return visitors.replacement_traverse(
        clause, {}, lambda one, **_kw: literal(key) if getattr(one, "key", "") == "id" else None
    )
