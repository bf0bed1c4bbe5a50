"""Snippets that a project puts into the pages of its client area."""

from __future__ import annotations

import html

import pytest

from app.controls.commands import perform
from app.localisation.commands import ChooseLanguage
from app.projects.commands import CreateInProject
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import send


@pytest.mark.checks("M03.05", "M03.06")
def test_clients_see_the_snippets_of_their_project_as_text_with_links(app, client):
    house = factories.a_house()
    other = perform(CreateProject("Other"), house.administrator)
    factories.signed_in(client, house.administrator_email)
    typed = {"project_id": str(house.project_id), "name": "Offer", "place": "balances"}
    refused = send(client, "/admin/snippets/new", **typed, body="{{ config }} {secret}")
    assert refused.status_code == 422
    assert "Nothing fills {secret}" in refused.get_data(as_text=True)
    for wrong in ("{client.__class__}", "{0}", "{client!r}", "{Client}", "Dear {", "Dear }"):
        refused = send(client, "/admin/snippets/new", **typed, body=f"Hello {wrong}")
        assert refused.status_code == 422, wrong
        told = html.unescape(refused.get_data(as_text=True))
        assert f"Nothing fills {wrong[-1] if ' ' in wrong else wrong}. Use {{client}}" in told
    body = "Dear {client}, see https://bank.example/offer <script>{{ 7 * 7 }}</script>"
    assert send(client, "/admin/snippets/new", **typed, body=body).status_code == 303
    for project_id, place, language, text in (
        (house.project_id, "balances", "sw", "Ofa mpya"),
        (house.project_id, "invoices", "en", "Pay by the tenth"),
        (other, "balances", "en", "Elsewhere"),
    ):
        values = {"name": "Offer", "place": place, "language": language, "body": text}
        perform(CreateInProject("snippet", project_id, values), house.administrator)
    words = {"language": "sw", "label": "Balances", "translation": "Salio"}
    perform(CreateInProject("translation", house.project_id, words), house.administrator)
    client_id = factories.a_client(house)
    person, email, _ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    theirs = app.test_client()
    factories.signed_in(theirs, email)
    page = theirs.get("/portal").get_data(as_text=True)
    assert "Dear Tessa Otieno, see" in page
    assert 'href="https://bank.example/offer"' in page
    assert "&lt;script&gt;{{ 7 * 7 }}&lt;/script&gt;" in page, "what people write is never run"
    assert "Elsewhere" not in page
    assert "Pay by the tenth" not in page
    assert "Pay by the tenth" in theirs.get("/portal/invoices").get_data(as_text=True)
    perform(ChooseLanguage("sw"), person)
    page = theirs.get("/portal").get_data(as_text=True)
    assert "Ofa mpya" in page
    assert "bank.example/offer" not in page
