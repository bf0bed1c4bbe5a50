"""A step for many rows says how many, does what it can and lists what was refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.models import Client
from app.db.session import database
from tests import factories
from tests.pages import form_of, send

SUBMIT = "/admin/clients/submit"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def teller(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _statuses(house: factories.House) -> list[str]:
    with database.reading() as session:
        query = select(Client.record_status).where(Client.organisation_id == house.organisation_id)
        return list(session.scalars(query.order_by(Client.id)))


def test_the_ticked_rows_are_submitted_after_one_question(house, teller):
    ids = [factories.a_client(house, submit=False) for _ in range(3)]
    query = "&".join(f"id={one}" for one in ids[:2])
    assert "Submit 2 customers?" in teller.get(f"{SUBMIT}?{query}").get_data(as_text=True)
    assert send(teller, f"{SUBMIT}?{query}").status_code == 303
    assert _statuses(house) == ["PENDING_AUTH_L1", "PENDING_AUTH_L1", "CAPTURED"]


def test_all_that_match_means_the_filters_of_the_list(house, teller):
    factories.a_client(house, first_name="Zola", submit=False)
    factories.a_client(house, first_name="Amina", submit=False)
    send(teller, f"{SUBMIT}?all=1&search=zola")
    assert _statuses(house) == ["PENDING_AUTH_L1", "CAPTURED"]


def test_what_is_refused_is_listed_row_by_row_and_the_rest_is_done(house, teller):
    done = factories.a_client(house, first_name="Ready", submit=True)
    draft = factories.a_client(house, first_name="Draft", submit=False)
    answer = send(teller, f"{SUBMIT}?id={done}&id={draft}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 207
    assert "1 of 2 customers submitted" in page
    assert "Ready Wanjiru" in page
    assert "This record was submitted already" in page
    assert _statuses(house) == ["AUTHORIZED", "PENDING_AUTH_L1"]


def test_nothing_chosen_gets_a_sentence(teller):
    answer = teller.get(SUBMIT)
    assert answer.status_code == 422
    assert "Choose at least one row" in answer.get_data(as_text=True)


def test_what_was_confirmed_is_what_is_done_whatever_matches_by_then(house, teller):
    factories.a_client(house, first_name="Counted", submit=False)
    form = form_of(teller, f"{SUBMIT}?all=1")
    factories.a_client(house, first_name="Later", submit=False)
    assert teller.post(f"{SUBMIT}?all=1", data=form).status_code == 303
    assert _statuses(house) == ["PENDING_AUTH_L1", "CAPTURED"]


def test_what_was_sent_back_is_not_handed_in_again_as_it_is(house, teller):
    client_id = factories.a_client(house, first_name="Back", submit=False)
    factories.change(house, Client, client_id, record_status="REJECTED")
    answer = send(teller, f"{SUBMIT}?id={client_id}")
    assert answer.status_code == 207
    assert "open it to correct and submit it" in answer.get_data(as_text=True)
    assert _statuses(house) == ["REJECTED"]
