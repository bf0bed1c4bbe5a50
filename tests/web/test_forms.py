"""A choice that was not offered is refused beside its field, never read as nothing chosen."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.approvals.commands import DAYS_RANGE
from app.controls.commands import perform
from app.controls.levels import ApprovalRule
from app.controls.tenant import Organisation
from app.db.session import database
from app.integrations.models import ThirdPartySystem
from app.reference.commands import CreateProject
from app.web.forms import Offered, as_id, options
from tests import factories
from tests.ledger import books
from tests.pages import differences, form_in, form_of, send, token_of
from tests.program import a_program


def test_a_tampered_choice_is_refused_and_nothing_is_saved(app: Flask):
    house = factories.a_house(currencies=())
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    typed = {"name": "Large", "kind": "client", "levels": "1"}
    for wrong in ("x", "-1", "1e3", "9" * 19, "١"):
        answer = send(client, "/admin/approval-rules/new", **typed, project_id=wrong)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "Choose from the list" in page
        assert 'href="#project_id"' in page
        assert 'value="Large"' in page
    answer = send(client, "/admin/users/new", first_name="A", last_name="B", role_ids=["1", "two"])
    assert answer.status_code == 422
    assert 'href="#role_ids"' in answer.get_data(as_text=True)
    data = {"csrf_token": token_of(client), "project": "x"}
    assert client.post("/switch-project", data=data).status_code == 422
    with database.reading() as session:
        query = select(func.count()).select_from(ApprovalRule)
        assert session.scalar(
            query.where(ApprovalRule.organisation_id == house.organisation_id)
        ) == 0  # fmt: skip


@pytest.mark.parametrize("of", [{"1": "1", "2": "2"}, ("1", "2"), [(1, "1"), (2, "2")]])
def test_a_field_offers_labels_by_value_pairs_or_texts(of: Offered):
    assert [(one.value, one.label) for one in options(of)] == [("1", "1"), ("2", "2")]


def test_nothing_stands_first_where_it_may_be_chosen():
    offered = options({"1": "One"}, empty="None")
    assert [(one.value, one.label) for one in offered] == [("", "None"), ("1", "One")]
    assert options((), empty="") == options({"": ""})


def test_an_id_of_an_address_is_digits_or_nothing():
    assert as_id("") is None
    assert as_id(None) is None
    assert as_id("12") == 12
    assert as_id("x") is None


def test_a_day_that_does_not_exist_is_told_in_words_and_kept(app: Flask):
    house = factories.a_house()
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    asset_id = factories.a_funded_asset(house, 1_00)
    path = f"/admin/assets/{asset_id}/deposit"
    answer = send(client, path, amount="1", value_date="2026-02-30")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "This is no day of the calendar, such as 2026-11-20" in page
    answer = client.get(f"/admin/assets/{asset_id}/exchange")
    assert answer.status_code == 422
    assert "no active asset in another currency" in answer.get_data(as_text=True)
    assert "has changed" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("last_day", ["9999-12-31", "0001-01-01"])
def test_a_day_that_nobody_means_is_told_at_its_field_and_the_form_is_kept(app: Flask, last_day):
    house = factories.a_house(currencies=())
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    answer = send(client, "/account/api-keys/new", name="Till", last_day=last_day)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Give a day from 1900-01-01 to 2199-12-31" in page
    assert 'href="#last_day"' in page
    assert 'value="Till"' in page


def test_a_field_of_one_line_holds_one_and_a_text_area_its_lines(app: Flask):
    house = factories.a_house(currencies=())
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    typed = {"name": "line\r\nbreak\u202e\x1b", "kind": "other", "base_url": "https://x.example",
             "description": "one\r\n\ttwo\u202e\x07"}  # fmt: skip
    made = send(client, "/admin/third-party-systems/new", **typed)
    assert made.status_code == 303
    with database.reading() as session:
        system = session.query(ThirdPartySystem).filter_by(name="line break").one()
        assert system.description == "one\r\n\ttwo"


def test_a_form_that_comes_back_changed_is_told_in_words_and_sent_by_a_second_press(app: Flask):
    house = factories.a_house()
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    asset_id = factories.a_funded_asset(house, 1_00)
    path = f"/admin/assets/{asset_id}/deposit"
    typed = form_of(client, path) | {"amount": "5"}
    assert client.post(path, data=typed).status_code == 303
    answer = client.post(path, data=typed | {"amount": "7"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "This form was sent before, and was carried out." in page
    assert "This key" not in page
    assert books.asset(asset_id).balance_minor == 6_00
    again = form_in(answer)
    assert again["amount"] == ["7"]
    assert again["key"] != typed["key"]
    for _ in range(2):
        assert client.post(path, data=again).status_code == 303
    assert books.asset(asset_id).balance_minor == 13_00


def test_an_edit_that_comes_back_changed_is_compared_with_what_it_saved(app: Flask):
    house = factories.a_house()
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    path = f"/admin/projects/{perform(CreateProject('Nairobi'), house.administrator)}/edit"
    typed = form_of(client, path)
    client.post(path, data=typed | {"name": "Nairobi East"})
    wrong = client.post(path, data=typed | {"name": ""})
    assert wrong.status_code == 422
    answer = client.post(path, data=form_in(wrong) | {"name": "Nairobi West"})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "This form was sent before, and was carried out." in page
    assert differences(page) == {"Name": ("Nairobi East", "Nairobi West")}
    assert client.post(path, data=form_in(answer)).status_code == 303
    assert form_of(client, path)["name"] == ["Nairobi West"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_that_nobody_means_is_told_at_its_field_as_a_day_is(app: Flask, moment):
    house = factories.a_house()
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    typed = {"client_id": str(factories.a_client(house)), "currency": "KES", "amount": "5"}
    for zone in ("Africa/Nairobi", "America/Lima"):
        factories.change(house, Organisation, house.organisation_id, time_zone=zone)
        answer = send(client, "/admin/invoices/new", **typed, expires_at=moment)
        assert answer.status_code == 422
        assert "Give a day from 1900-01-01 to 2199-12-31" in answer.get_data(as_text=True)


def test_a_form_sent_after_signing_out_leads_to_sign_in_and_back_to_its_page(app: Flask):
    house = factories.a_house()
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    path = "/admin/clients/new"
    token = token_of(client)
    client.post("/logout", data={"csrf_token": token})
    typed = {"csrf_token": token, "first_name": "Ann"}
    sent = client.post(path, data=typed, headers={"Referer": f"http://localhost{path}"})
    assert sent.status_code == 302
    assert sent.location == "/login?next=/admin/clients/new"
    elsewhere = {"Referer": "http://elsewhere.example/admin/clients/new"}
    assert client.post(path, data=typed, headers=elsewhere).location == "/login"
    drawer = client.post(path, data=typed, headers={"HX-Request": "true"})
    assert drawer.status_code == 401


def test_what_nobody_can_see_is_nothing_typed_and_no_mark_turns_a_name_around(app: Flask):
    house = factories.a_house(currencies=())
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    person = factories.a_user(house, "Teller")[0]
    path = f"/admin/users/{person.user_id}/edit"
    for unseen in ("\u200b", "\u202e", "\u00a0\u2066"):
        answer = send(client, path, first_name=unseen)
        assert answer.status_code == 422
        assert "First name is required" in answer.get_data(as_text=True)
    assert send(client, path, first_name="\u202aAnn\u202e").status_code == 303
    assert form_of(client, path)["first_name"] == ["Ann"]
    program = a_program(app, house.administrator, "clients.create")
    body = {"kind": "individual", "first_name": "\u200b", "last_name": "Otieno"}
    assert program.post("/clients", **body, project_id=house.project_id).status_code == 422


@pytest.mark.parametrize("digits", [25, 309, 400, 4_300, 5_000])
def test_a_number_of_any_length_is_out_of_range_and_no_more(client, digits: int):
    house = factories.a_house(currencies=())
    factories.signed_in(client, house.administrator_email)
    for path, name, sentence in (
        ("/admin/password-rules", "remembered", "Choose from 0 to"),
        ("/admin/approval-settings", "reminder_days", DAYS_RANGE),
    ):
        for sign in ("", "-"):
            answer = send(client, path, **{name: sign + "9" * digits})
            assert answer.status_code == 422, path
            assert sentence in answer.get_data(as_text=True), path
