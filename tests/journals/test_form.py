"""The sheet as a person without scripts uses it: header, batches, sentences, drafts."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import (
    BUSINESS_DATE,
    House,
    a_funded_asset,
    a_platform_person,
    a_user,
    an_approval_rule,
    signed_in,
)
from tests.journals.scenes import NEW, codes, fill, house_account, line, number_of, post, record
from tests.ledger import books
from tests.pages import differences, form_in, form_of, send
from tests.transactions.scenes import LIST, browser


@pytest.mark.checks(
    "E41.02", "E41.05", "E41.06", "E41.07", "E41.08", "E41.09", "E41.10", "E41.12", "E41.18",
)  # fmt: skip
def test_an_administrator_saves_a_draft_and_posts_at_once(app: Flask, house: House):
    codes(house)
    asset_id = a_funded_asset(house)
    number, clearing = number_of(asset_id), house_account(house)
    here = browser(app, house.administrator_email)
    form = form_of(here, NEW)
    assert form["posting_date"] == form["value_date"] == [BUSINESS_DATE.isoformat()]
    assert form["branch_id"] == [str(house.branch_id)]
    rows = (("D", clearing, "1,250.00"), ("C", number, "1,250.00"))
    answer = post(here, fill(here, *rows, draft="1", narrative="Rent of November"))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    draft = int(answer.headers["Location"].rsplit("/", 1)[1])
    saved = books.transaction(draft)
    assert (saved.record_status, saved.processing) == ("CAPTURED", "Pending")
    assert saved.reference == f"TXN-{draft:08d}"
    assert saved.description == "Rent of November"
    assert books.asset(asset_id).balance_minor == 0
    answer = post(here, fill(here, *rows))
    posted = int(answer.headers["Location"].rsplit("/", 1)[1])
    saved = books.transaction(posted)
    assert (saved.record_status, saved.processing) == ("AUTHORIZED", "Completed")
    assert books.asset(asset_id).balance_minor == 1_250_00
    assert [one.code for one in books.entries_of(posted)] == ["GENERAL"] * 2
    page = here.get(f"{LIST}/{posted}").get_data(as_text=True)
    assert "Authorized" in page
    assert "Processed" in page
    assert here.get(f"{LIST}/{draft}").get_data(as_text=True).count("Draft") >= 1


@pytest.mark.checks("E41.13", "E41.14", "E41.15", "E41.16", "E41.17")
def test_what_the_header_and_an_empty_sheet_lack_is_said(app: Flask, house: House):
    here = browser(app, house.administrator_email)
    values = fill(here, posting_date="", value_date="", branch_id="")
    page = post(here, values).get_data(as_text=True)
    for sentence in (
        "Posting date is required.", "Value date is required.", "Branch is required.",
        "At least one debit line is required.", "At least one credit line is required.",
    ):  # fmt: skip
        assert sentence in page


@pytest.mark.checks("E41.30", "E41.31", "E41.32", "E41.33", "E41.34")
def test_what_lines_lack_is_said_and_everything_typed_is_kept(app: Flask, house: House):
    codes(house)
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    here = browser(app, house.administrator_email)
    uneven = fill(here, ("D", clearing, "1250"), ("C", number, "1,000.55"))
    answer = post(here, uneven)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert (
        "Transaction is not balanced in KES. Debit total: 1,250.00 — Credit total: 1,000.55."
        in page
    )
    assert 'value="1,000.55"' in page
    for amount in ("0", "-5", ""):
        values = fill(here, ("D", clearing, amount), ("C", number, "5"))
        assert "All line amounts must be greater than zero." in post(here, values).text
    assert "Amount must be a number" in post(here, fill(here, ("D", clearing, "1_0"))).text
    nobody = post(here, fill(here, ("D", "", "5"), ("C", "ACC-NONE", "5"))).text
    assert "All lines must have an account selected." in nobody
    assert "The account ACC-NONE is unknown." in nobody
    assert 'value="ACC-NONE"' in nobody
    rows = (("D", clearing, "5"), ("C", number, "5"))
    for code, sentence in (
        ("", "All lines must have a transaction code selected."),
        ("UNKNOWN", "No transaction code UNKNOWN is in use."),
    ):
        page = post(here, fill(here, *rows, b1__code=code)).text
        assert sentence in page
        assert 'href="#b1-code"' in page
    page = post(here, fill(here, *rows, b1__l2__narrative="  ")).text
    assert "All lines must have a narrative." in page
    assert 'href="#b1-l2-narrative"' in page


@pytest.mark.checks("E41.19", "E41.22", "E41.23", "E41.24", "E41.25")
def test_lines_and_batches_come_and_go_and_each_says_whether_it_balances(app: Flask, house: House):
    codes(house, "GENERAL", "RENT")
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    here = browser(app, house.administrator_email)
    values = fill(here, ("D", clearing, "30"), ("C", number, "20"))
    page = post(here, values | {"step": "batch"}).text
    assert 'id="b2"' in page
    assert 'value="30"' in page
    assert "Not balanced" in page
    second = {
        "b2-code": "RENT",
        "b2-l1-side": "C", "b2-l1-account": number, "b2-l1-amount": "10", "b2-l1-narrative": "x",
    }  # fmt: skip
    page = post(here, values | second | {"step": "check"}).text
    assert page.count("Not balanced") == 2
    assert page.count("</svg>Balanced") == 1, "the whole balances though neither batch does"
    partial = post(here, values | second | {"step": "check"}, **{"HX-Request": "true"}).text
    assert 'hx-target="#balance-b2"' in partial
    assert "<form" not in partial
    page = post(here, values | {"step": "D1"}).text
    assert 'id="b1-l3-account"' in page
    page = post(here, values | {"step": "drop-b1-l2"}).text
    assert 'id="b1-l2-account"' not in page
    posted = post(here, values | second)
    assert posted.status_code == 303
    key = int(posted.headers["Location"].rsplit("/", 1)[1])
    assert [one.code for one in books.entries_of(key)] == ["GENERAL", "GENERAL", "RENT"]
    assert 'id="b1"' not in post(here, values | {"step": "drop-b1"}).text


@pytest.mark.checks("E41.36", "E41.37", "E41.38", "E41.39", "E41.40", "E41.41", "E41.42")
def test_a_draft_is_corrected_by_its_maker_and_what_waits_or_is_final_is_not(
    app: Flask, house: House
):
    codes(house)
    asset_id = a_funded_asset(house, 50_00)
    number, clearing = number_of(asset_id), house_account(house)
    an_approval_rule(house)
    manager, email, _ = a_user(house, "Branch Manager")
    key = record(house, line("D", clearing, 5_00), line("C", number, 5_00), actor=manager)
    here, path = browser(app, email), f"{LIST}/{key}/edit-lines"
    assert path in here.get(f"{LIST}/{key}").text
    form = form_of(here, path)
    assert form["b1-l2-account"] == [number]
    assert form["b1-l1-amount"] == ["5.00"]
    assert form["b1-l1-narrative"] == ["As agreed"]
    assert "posting_date" not in form
    assert "branch_id" not in form
    before = books.transaction(key)
    changed = form | {
        "b1-l1-amount": "7", "b1-l2-amount": "7.00", "value_date": "2026-11-19",
        "narrative": "Corrected", "posting_date": "2020-01-01", "branch_id": "1",
    }  # fmt: skip
    assert post(here, changed | {"draft": "1"}, path).status_code == 303
    after = books.transaction(key)
    assert after.version == before.version + 1
    assert (after.description, after.value_date.day, after.amount_minor) == ("Corrected", 19, 7_00)
    assert (after.posting_date, after.branch_id) == (before.posting_date, before.branch_id)
    stale = post(here, changed | {"key": "another"}, path)
    assert stale.status_code == 409
    assert form_in(stale)["b1-l1-amount"] == ["7"]
    typed = post(here, changed | {"key": "a third", "narrative": "Mine", "b1-code": ""}, path)
    assert typed.status_code == 422
    again = form_in(typed) | {"b1-code": "GENERAL", "b1-l2-narrative": "Mine"}
    compared = differences(post(here, again, path).text)
    assert compared["Narrative"] == ("Corrected", "Mine")
    assert compared["Batch 1, credit line 1"][1] == f"{number} · 7.00 KES · Mine"
    assert post(here, form_of(here, path), path).status_code == 303
    assert books.transaction(key).record_status == "PENDING_AUTH_L1"
    assert path not in here.get(f"{LIST}/{key}").text
    assert here.get(path).status_code == 409
    posted = record(house, line("D", clearing, 5_00), line("C", number, 5_00), submit=True)
    there = browser(app, house.administrator_email)
    assert f"{LIST}/{posted}/edit-lines" not in there.get(f"{LIST}/{posted}").text
    assert there.get(f"{LIST}/{posted}/edit-lines").status_code == 409
    assert there.get(path).status_code == 409


@pytest.mark.checks("E41.04")
def test_the_company_shows_to_the_platform_s_people_alone(app: Flask, house: House):
    platform = app.test_client()
    signed_in(platform, a_platform_person())
    assert platform.get(NEW).status_code == 403
    send(platform, f"/admin/organisations/{house.organisation_id}/enter")
    page = platform.get(NEW).text
    assert "<dt>Company</dt>" in page
    assert house.name in page[page.index("<dt>Company</dt>") :]
    assert f'<option value="{house.branch_id}"' in page.replace(" selected", "")
    assert "<dt>Company</dt>" not in browser(app, house.administrator_email).get(NEW).text


@pytest.mark.checks("W01.07")
def test_payments_over_swift_and_ach_are_booked_under_their_codes(app: Flask, house: House):
    codes(house, "SWIFT", "ACH")
    asset_id = a_funded_asset(house, 900_00)
    number, clearing = number_of(asset_id), house_account(house)
    here = browser(app, house.administrator_email)
    for code, debit, credit, amount in (
        ("SWIFT", number, clearing, "400"),
        ("ACH", clearing, number, "150.50"),
    ):
        values = fill(here, ("D", debit, amount), ("C", credit, amount), b1__code=code)
        key = int(post(here, values).headers["Location"].rsplit("/", 1)[1])
        assert {one.code for one in books.entries_of(key)} == {code}
        assert books.transaction(key).processing == "Completed"
        assert f">{code}<" in here.get(f"{LIST}/{key}").text
    assert books.asset(asset_id).balance_minor == 650_50
