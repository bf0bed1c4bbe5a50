"""The words of a project: labels, texts and letters in the language of who reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.invitations import SendTemporaryPassword
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset
from app.localisation.commands import ChooseLanguage
from app.localisation.models import MailTemplate, Translation
from app.mail.compose import compose
from app.mail.models import Mail
from app.projects.commands import CreateInProject
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import form_of, send, token_of


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _say(house: factories.House, label: str, translation: str, **where: Any) -> int:
    values = {"language": where.get("language", "sw"), "label": label, "translation": translation}
    project_id = where.get("project_id", house.project_id)
    return perform(CreateInProject("translation", project_id, values), house.administrator)


def _read_in(browser: FlaskClient, language: str, path: str = "/admin/clients") -> str:
    data = {"csrf_token": token_of(browser), "language": language}
    answer = browser.post("/language", data=data, headers={"Referer": f"http://localhost{path}"})
    assert answer.status_code == 303
    assert answer.location == path
    return _page(browser, path)


@pytest.mark.checks("W08.03", "M03.14")
def test_the_screen_is_read_in_a_language_of_the_projects_in_sight(house, here):
    page = _page(here, "/admin/clients")
    header = page.split('<div class="header__end">')[1].split("</header>")[0]
    wanted = (
        'aria-label="Language: English"',
        "/admin/calendar",
        'aria-label="Notifications',
        'aria-label="User menu: ',
    )
    assert [header.index(one) for one in wanted] == sorted(header.index(one) for one in wanted)
    assert 'href="/admin/translations"' in header, "who may add translations is led to them"
    assert "Kiswahili" not in page
    form = _page(here, "/admin/translations/new")
    assert "a label that no screen shows changes nothing" in form
    sent = send(here, "/admin/translations/new", project_id=str(house.project_id), language="sw",
                label="Customers", translation="Wateja")  # fmt: skip
    assert sent.status_code == 303
    said = {"Search": "Tafuta", "Core Banking": "Benki Kuu", "Create view": "Unda mwonekano"}
    for label, translation in (said | {"Localisation": "Lugha <b>", "Number": "Nambari"}).items():
        _say(house, label, translation)
    assert 'lang="sw"><span>Kiswahili</span>' in _page(here, "/admin/clients")
    page = _read_in(here, "sw")
    assert '<html lang="sw"' in page
    assert ">Benki Kuu</p>" in page
    assert "<span>Wateja</span>" in page
    assert ">Tafuta</label>" in page
    assert "Unda mwonekano</a>" in page
    assert "Lugha &lt;b&gt;" in page, "what people write is text"
    assert "<span>Accounts</span>" in page, "what nobody translated stays English"
    assert '<html lang="en"' in _read_in(here, "en")


@pytest.mark.checks("M03.14")
def test_badges_are_read_in_the_reader_s_language_and_files_in_english(house, here):
    asset_id = factories.a_funded_asset(house, 100_00)
    _say(house, "Completed", "Imekamilika")
    _say(house, "Authorized", "Imeidhinishwa")
    rows = _read_in(here, "sw", "/admin/transactions").split("<tbody>")[1]
    assert "Imekamilika" in rows
    assert "Completed" not in rows
    with database.reading() as session:
        account_id = session.get_one(Asset, asset_id).account_id
    assert ">Imeidhinishwa<" in _page(here, f"/admin/accounts/{account_id}")
    assert "Completed" in _page(here, "/admin/transactions.csv")
    assert "Completed" in _read_in(here, "en", "/admin/transactions").split("<tbody>")[1]


@pytest.mark.checks("M03.14")
def test_a_translation_belongs_to_its_project_and_is_there_once(house, here):
    other = perform(CreateProject("Other"), house.administrator)
    _say(house, "Customers", "Wateja")
    _say(house, "Customers", "Kunden", language="de", project_id=other)
    with pytest.raises(Conflict, match="This project has the same translation already"):
        _say(house, "Customers", "Wateja wetu")
    somebody, email, _ = factories.a_user(house)
    with pytest.raises(Refusal, match="Choose a language from the list"):
        perform(ChooseLanguage("de"), somebody)
    perform(ChooseLanguage("sw"), somebody)
    with database.reading() as session:
        made = session.scalars(select(Translation).where(Translation.language == "sw",
            Translation.organisation_id == house.organisation_id)).one()  # fmt: skip
    path = f"/admin/translations/{made.id}"
    assert set(form_of(here, f"{path}/edit")) == {"csrf_token", "key", "version", "translation"}
    assert send(here, f"{path}/edit", translation="Wanachama").status_code == 303
    browser = here.application.test_client()
    factories.signed_in(browser, email)
    page = _page(browser, "/admin/clients")
    assert "<span>Wanachama</span>" in page
    assert "Deutsch" not in page
    assert send(here, f"{path}/delete").status_code == 303
    assert '<html lang="en"' in _page(browser, "/admin/clients"), "a language without words is gone"


@pytest.mark.checks("M03.15", "M03.14")
def test_clients_read_the_texts_of_their_project_in_their_language(house, here):
    client_id = factories.a_client(house)
    _, email, _ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    other = perform(CreateProject("Other"), house.administrator)
    for project_id, language, body in (
        (house.project_id, "en", "Call us on 0700.\n\nAny day."),
        (house.project_id, "sw", "Tupigie 0700."),
        (other, "en", "Elsewhere"),
    ):
        sent = send(here, "/admin/texts/new", project_id=str(project_id), code="portal-greeting",
                    language=language, body=body)  # fmt: skip
        assert sent.status_code == 303
    _say(house, "Balances", "Salio")
    browser = here.application.test_client()
    factories.signed_in(browser, email)
    page = _page(browser, "/portal")
    assert "<p>Call us on 0700.</p><p>Any day.</p>" in page.replace("\n", "")
    assert "Elsewhere" not in page
    page = _read_in(browser, "sw", "/portal")
    assert "Tupigie 0700." in page
    assert ">Salio</a>" in page


@pytest.mark.checks("M03.16")
def test_a_letter_goes_out_in_the_words_of_its_recipients_project(house, here):
    somebody, email, _ = factories.a_user(house)
    typed = {"project_id": str(house.project_id), "letter": "temporary-password", "language": "en",
             "subject": "Welcome back, {name}"}  # fmt: skip
    for body, sentence in (
        ("{{ config }} {email} {password} {colour}", "Nothing fills {colour}"),
        ("Hello {name}", "The text must contain {email}"),
    ):
        refused = send(here, "/admin/mail-templates/new", **typed, body=body)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    body = "Dear {name},\n\nsign in at {site} as {email} with {password}. {{ brand }} <i>"
    assert send(here, "/admin/mail-templates/new", **typed, body=body).status_code == 303
    perform(SendTemporaryPassword(somebody.user_id or 0), house.administrator)
    with database.reading() as session:
        mail = session.scalars(select(Mail).where(Mail.recipient == email)).one()
        template = session.scalars(select(MailTemplate)).first()
        assert template is not None
        assert mail.subject == "Welcome back, Tessa Otieno"
        password = json.loads(mail.content)["password"]
        message = compose(mail, organisation="Bank", product="Countinghouse",
                          public_url="https://bank.example", sender="a@bank.example")  # fmt: skip
    text, html = (part.get_content() for part in message.iter_parts())
    assert (
        f"sign in at https://bank.example as {email} with {password}. {{{{ brand }}}} <i>" in text
    )
    assert 'href="https://bank.example"' in html
    assert "&lt;i&gt;" in html
    other = perform(CreateProject("Other"), house.administrator)
    stranger, elsewhere, _ = factories.a_user(house, project_ids=(other,))
    perform(SendTemporaryPassword(stranger.user_id or 0), house.administrator)
    with database.reading() as session:
        mail = session.scalars(select(Mail).where(Mail.recipient == elsewhere)).one()
        assert "Welcome back" not in mail.subject


def test_no_address_carries_what_is_secret_to_another_site(house, here):
    for letter, body, place in (
        ("reset-password", "Go to https://evil.example/r?u={link}", "{link}"),
        ("reset-password", "Go to evil.example/{link} now", "{link}"),
        ("reset-password", "[here]({link}.evil.example)", "{link}"),
        ("reset-password", "{site}{link}", "{link}"),
        ("reset-password", "https://evil.example/\u00a0{link}", "{link}"),
        ("welcome", "{email} {password}@evil.example", "{password}"),
        ("welcome", "mailto:{email} {password}", "{email}"),
    ):
        typed = {"project_id": str(house.project_id), "letter": letter, "language": "en"}
        path = "/admin/mail-templates/new"
        answer = send(here, path, **typed, subject="News", body=body)
        assert answer.status_code == 422, body
        sentence = f"{place} must stand alone: put a blank before and after it"
        assert sentence in answer.get_data(as_text=True), body


def test_a_place_may_stand_between_plain_marks(house, here):
    typed = {"project_id": str(house.project_id), "letter": "reset-password", "language": "fr",
             "subject": "News"}  # fmt: skip
    body = "Hello, {name}!\n\n({link})\n«\u00a0{link}\u00a0».\nOr: {link}, for {minutes}."
    assert send(here, "/admin/mail-templates/new", **typed, body=body).status_code == 303
