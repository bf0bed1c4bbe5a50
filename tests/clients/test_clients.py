"""Customers at the counter: created as drafts, checked, submitted, found again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.people import SetUserActive
from app.clients.commands import CreateClient, Document, EditClient, Person
from app.clients.models import Client, IdentityDocument
from app.controls.commands import door, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.licences.provisioning import ProvisionOrganisation
from app.organisation.commands import CreateDesk
from app.reference.commands import CreateProject
from tests import factories
from tests.guards.foreign import said
from tests.pages import form_of, send, send_locked

NEW = "/admin/clients/new"
PERSON = {"first_name": "Wanjiku", "surname": "Kamau"}
DOCUMENT = {"documents-0-reference": "12345678"}


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def teller(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _newest(house: factories.House) -> Client:
    with database.reading() as session:
        query = Client.__table__.select().where(Client.organisation_id == house.organisation_id)
        return session.execute(query.order_by(Client.id.desc())).first()


@pytest.mark.checks("E25.01", "E25.10", "E25.11", "E25.12", "E25.21", "E37.03")
def test_a_teller_creates_a_customer_who_starts_as_a_draft(house, teller):
    answer = send(
        teller,
        NEW,
        **PERSON,
        **DOCUMENT,
        phone="0712 000 111",
        city="Nakuru",
        marital_status="SINGLE",
    )
    assert answer.status_code == 303
    made = _newest(house)
    assert made.record_status == "CAPTURED"
    # What comes next, submitting among it, is on the customer's own page.
    assert answer.location == f"/admin/clients/{made.id}"
    page = teller.get(answer.location).get_data(as_text=True)
    assert "Wanjiku Kamau" in page
    assert made.number.startswith("CUS-")
    words = re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])
    said = re.findall(rf"(?<!QR-){made.number}", words)
    assert len(said) == 1, "once, where it can be copied"
    assert "Individual customer" in words
    assert made.qr_code in page
    assert "Nakuru" in page
    picture = teller.get(f"/admin/clients/{made.id}/qr.svg")
    assert picture.mimetype == "image/svg+xml"


def test_who_may_be_a_customer_already_is_shown_to_those_who_decide(house, teller):
    first = factories.a_client(
        house, surname="Twin", email="twin@mail.example", phone="0712 111 333",
        date_of_birth=date(1990, 5, 4),
    )  # fmt: skip
    with database.reading() as session:
        query = select(IdentityDocument.reference).where(IdentityDocument.client_id == first)
        document = session.scalars(query).one()
    for typed, shared in (
        ({"documents-0-reference": document}, "Same document"),
        ({"phone": "+254712111333"}, "Same phone"),
        ({"email": "Twin@mail.example"}, "Same email"),
        ({"first_name": "Amina", "surname": "Twin", "date_of_birth": "1990-05-04"}, "Same name"),
        ({"first_name": "Amina", "surname": "Twin"}, ""),
    ):
        own = {"documents-0-reference": str(uuid4().int)[:8]}
        assert send(teller, NEW, **(PERSON | own | typed)).status_code == 303
        page = teller.get(f"/admin/clients/{_newest(house).id}").get_data(as_text=True)
        assert ("May be the same customer" in page) == bool(shared), typed
        assert shared in page
        assert (f'href="/admin/clients/{first}"' in page) == bool(shared)


@pytest.mark.parametrize("typed", ["call me", "12", "+254 7", "0712 000 111 222 333 444"])
def test_what_no_telephone_could_have_is_told_and_kept(teller, typed: str):
    answer = send(teller, NEW, **PERSON, **DOCUMENT, phone=typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Please enter a valid phone number" in page
    assert f'value="{typed}"' in page


@pytest.mark.checks("E25.03")
def test_the_form_asks_for_what_an_individual_is(teller):
    page = teller.get(NEW).get_data(as_text=True)
    for label in ("First Name", "Surname", "Title", "Gender", "Marital Status", "Date of Birth"):
        assert label in page


@pytest.mark.checks("E25.13", "E00.06")
def test_a_customer_without_a_first_name_is_sent_back_with_everything_typed(teller):
    answer = send(teller, NEW, surname="Kamau", city="Nakuru", **DOCUMENT)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "First Name is required" in page
    assert 'value="Nakuru"' in page
    assert 'value="12345678"' in page


@pytest.mark.checks("E25.05", "E25.19")
def test_a_customer_without_a_document_is_refused(teller):
    answer = send(teller, NEW, **PERSON)
    assert answer.status_code == 422
    assert "At least one identity document is required" in answer.get_data(as_text=True)


@pytest.mark.checks("E25.18")
def test_a_reference_that_does_not_fit_its_type_is_refused(teller):
    answer = send(teller, NEW, **PERSON, **{"documents-0-reference": "12-34"})
    sentence = "Reference does not match the format defined in the Identity Type"
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "hello", "Please enter a valid email address"),
        ("date_of_birth", "2150-01-01", "Date of Birth cannot be in the future"),
        ("date_of_birth", "1800-01-01", "Give a day from 1900-01-01 to 2199-12-31"),
        ("city", "x" * 201, "City can have at most 200 characters"),
        ("documents-0-issued_on", "2150-01-01", "A document cannot be issued in the future"),
    ],
)
def test_bad_input_gets_a_clear_sentence(teller, field, value, sentence):
    answer = send(teller, NEW, **PERSON, **DOCUMENT, **{field: value})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_what_is_missing_and_what_is_wrong_is_told_at_once(teller):
    wrong = {"surname": "", "phone": "call me", "documents-0-reference": "12-34",
             "documents-0-issued_on": "2150-01-01"}  # fmt: skip
    page = send(teller, NEW, **(PERSON | wrong)).get_data(as_text=True)
    for sentence in (
        "Surname is required",
        "Please enter a valid phone number",
        "Reference does not match the format defined in the Identity Type",
        "A document cannot be issued in the future",
    ):
        assert sentence in page
    assert page.count("Surname is required") == 2, "in the summary and beside the field"


def test_all_that_is_wrong_is_told_at_once(teller):
    wrong = {"date_of_birth": "2150-01-01", "phone": "call me", "documents-0-reference": "12-34"}
    answer = send(teller, NEW, **PERSON | wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for sentence in (
        "Date of Birth cannot be in the future", "Please enter a valid phone number",
        "Reference does not match the format defined in the Identity Type",
    ):  # fmt: skip
        assert sentence in page


def test_what_no_form_sent_is_judged_as_what_a_form_sends(house):
    who, born = house.administrator, date(1800, 1, 1)
    card = Document(house.identity_type_id, "12345678", date(2020, 1, 1), date(2030, 1, 1))
    expired_first = replace(card, expires_on=date(2019, 1, 1))
    for person, documents, sentence in (
        (Person("Ann", "Kamau", email="not an email"), (card,), "enter a valid email address"),
        (Person("Ann", "Kamau", date_of_birth=born), (card,), "Date of Birth must be a day from"),
        (Person("Ann", "Kamau"), (expired_first,), "cannot expire before it was issued"),
        (Person("Ann", "Kamau"), (card, card), "The same document is there twice"),
    ):
        with pytest.raises(Refusal, match=sentence):
            perform(CreateClient(person, documents, house.project_id), who)


def test_script_in_a_name_is_shown_as_text(house, teller):
    send(teller, NEW, first_name="<script>alert(1)</script>", surname="X", **DOCUMENT)
    page = teller.get(f"/admin/clients/{_newest(house).id}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.checks("E25.20", "E42.05", "E42.07", "E37.04")
def test_submitting_hands_the_customer_in_for_approval(house, teller):
    send(teller, NEW, **PERSON, **DOCUMENT, submit_now="y")
    made = _newest(house)
    assert made.record_status == "PENDING_AUTH_L1"
    page = teller.get(f"/admin/clients/{made.id}").get_data(as_text=True)
    assert "Waiting for Level 1 approval" in page
    typed = PERSON | DOCUMENT | {"first_name": "Other", "version": made.version}
    answer = send_locked(teller, f"/admin/clients/{made.id}/edit", **typed)
    assert "Customer is awaiting approval and cannot be changed" in answer.text


@pytest.mark.checks("E37.08", "E42.06")
def test_an_administrator_submits_straight_to_authorized(house, client):
    factories.signed_in(client, house.administrator_email)
    send(client, NEW, **PERSON, **DOCUMENT, submit_now="y")
    assert _newest(house).record_status == "AUTHORIZED"


@pytest.mark.checks("E36.01", "E36.02", "E37.09", "E37.10")
def test_a_draft_is_edited_and_its_version_counts_up(house, teller):
    send(teller, NEW, **PERSON, **DOCUMENT)
    made = _newest(house)
    path = f"/admin/clients/{made.id}"
    assert made.version == 1
    assert f"{path}/edit" in teller.get(path).get_data(as_text=True)
    assert send(teller, f"{path}/edit", city="Thika").status_code == 303
    edited = _newest(house)
    assert (edited.city, edited.version) == ("Thika", 2)
    authorised = factories.a_client(house)
    assert "/edit" not in teller.get(f"/admin/clients/{authorised}").get_data(as_text=True)


def test_a_stale_save_is_refused_and_shows_what_changed(house, teller):
    send(teller, NEW, **PERSON, **DOCUMENT)
    path = f"/admin/clients/{_newest(house).id}/edit"
    send(teller, path, city="Thika")
    answer = send(teller, path, city="Kisumu", version="1")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Someone else changed this record" in page
    assert "Thika" in page
    assert "Kisumu" in page


def test_a_document_that_another_added_is_not_saved_over(house):
    type_id, boss = house.identity_type_id, house.administrator
    known, added = Document(type_id, "12345678"), Document(type_id, "87654321")
    person = Person("Wanjiku", "Kamau")
    client_id = perform(CreateClient(person, (known,), house.project_id), boss)

    def saved() -> Client:
        with database.reading() as session:
            return session.get_one(Client, client_id)

    where = (saved().desk_id, saved().manager_id)
    perform(EditClient(client_id, 1, person, (known,), *where), boss)
    assert saved().version == 1, "nothing was changed"
    # Both open the form at this version: one adds a document, the other a phone.
    perform(EditClient(client_id, 1, person, (known, added), *where), boss)
    assert saved().version == 2
    reached = replace(person, phone="0712000111")
    with pytest.raises(Conflict, match="Someone else changed this record"):
        perform(EditClient(client_id, 1, reached, (known,), *where), boss)
    with database.reading() as session:
        kept = select(IdentityDocument.reference).where(IdentityDocument.client_id == client_id)
        assert set(session.scalars(kept)) == {"12345678", "87654321"}
    perform(EditClient(client_id, 2, person, (known,), *where), boss)
    assert saved().version == 3, "what is left out is a change too"


def test_the_same_form_sent_twice_makes_one_customer(house, teller):
    values = form_of(teller, NEW) | PERSON | DOCUMENT
    first = teller.post(NEW, data=values)
    before = _newest(house).id
    second = teller.post(NEW, data=values)
    assert (first.status_code, second.status_code) == (303, 303)
    assert _newest(house).id == before


@pytest.mark.checks("E09.06")
def test_no_customer_before_the_sequences_are_initialised(app):
    from datetime import date

    from app.controls.identity import system_actor
    from app.controls.permissions import ALL_PERMISSIONS

    root = system_actor(None, ALL_PERMISSIONS, "Setup")
    organisation_id = perform(
        ProvisionOrganisation(
            name=factories.unique("Bank"),
            country="KE",
            base_currency="KES",
            expires_on=date(2036, 1, 1),
            business_date=date(2026, 11, 20),
            administrator_email=factories.unique_email(),
            administrator_first_name="A",
            administrator_last_name="B",
            administrator_password=factories.PASSWORD,
        ),
        root,
    )
    actor = root.within(organisation_id)
    with database.reading() as session:
        from app.organisation.models import Project
        from app.reference.models import IdentityType

        project = session.query(Project.id).filter_by(organisation_id=organisation_id).scalar()
        kind = session.query(IdentityType.id).filter_by(organisation_id=organisation_id).first()[0]
    command = CreateClient(Person("A", "B"), (Document(kind, "12345678"),), project)
    with pytest.raises(Conflict, match="Sequences are not initialized"):
        perform(command, actor)


def test_another_organisations_customer_is_as_missing_as_an_unknown_one(house, teller):
    elsewhere = factories.a_client(factories.a_house(currencies=("KES",)))
    teller.get("/")  # the welcome is said once
    missing = teller.get("/admin/clients/999999999")
    hidden = teller.get(f"/admin/clients/{elsewhere}")
    assert (missing.status_code, hidden.status_code) == (404, 404)
    assert said(missing) == said(hidden)


def test_one_without_permission_is_told_so(house, client):
    _actor, email, password = factories.a_user(house, "Auditor")
    factories.signed_in(client, email, password)
    assert client.get("/admin/clients").status_code == 200
    assert client.get(NEW).status_code == 403
    assert "Create customer" not in client.get("/admin/clients").get_data(as_text=True)


def test_a_future_birthday_is_refused_by_the_command_too(house):
    from datetime import date

    person = Person("A", "B", date_of_birth=date(2999, 1, 1))
    document = Document(house.identity_type_id, "12345678")
    with pytest.raises(Refusal):
        perform(CreateClient(person, (document,), house.project_id), house.administrator)


def test_a_day_has_come_where_the_organisation_is_and_not_elsewhere(app, monkeypatch):
    house = factories.a_house(currencies=("KES",))
    # Fourteen hours ahead: its morning of the 2nd is the evening of the 1st at Greenwich.
    factories.change(house, Organisation, house.organisation_id, time_zone="Pacific/Kiritimati")
    monkeypatch.setattr(door, "clock", lambda: datetime(2026, 12, 1, 20, tzinfo=UTC))
    there = date(2026, 12, 2)
    document = Document(house.identity_type_id, "12345678", issued_on=there)
    born = Person("Amina", "Wanjiru", date_of_birth=there)
    assert perform(CreateClient(born, (document,), house.project_id), house.administrator)
    later = replace(born, date_of_birth=there + timedelta(days=1))
    with pytest.raises(Refusal, match="cannot be in the future"):
        perform(CreateClient(later, (document,), house.project_id), house.administrator)


@pytest.mark.checks("M02.05")
def test_a_customer_belongs_to_a_project_a_desk_of_it_and_an_employee(house, client):
    boss = house.administrator
    desk_id = perform(CreateDesk(house.project_id, "Mobile desk"), boss)
    other = perform(CreateProject(factories.unique("Wallets")), boss)
    foreign_desk = perform(CreateDesk(other, "Wallet desk"), boss)
    manager, _, _ = factories.a_user(house, first_name="Halima")
    gone, _, _ = factories.a_user(house, first_name="Formerly")
    perform(SetUserActive(gone.user_id, is_active=False), boss)
    login, _, _ = factories.a_user(house, kind="client", client_id=factories.a_client(house))
    factories.signed_in(client, house.administrator_email)
    form = client.get(NEW).get_data(as_text=True)
    assert "Halima Otieno" in form
    assert "Formerly Otieno" not in form
    for project_id, offered, left_out in (
        (house.project_id, desk_id, foreign_desk),
        (other, foreign_desk, desk_id),
    ):
        step = {"project_id": str(project_id), "step": "type", "surname": "Kept"}
        form = client.post(NEW, data=form_of(client, NEW) | step).get_data(as_text=True)
        choices = form.split('name="desk_id"')[1].split("</select>")[0]
        assert f'<option value="{offered}"' in choices
        assert f'<option value="{left_out}"' not in choices
        assert "Kept" in form
    given = PERSON | DOCUMENT | {"project_id": str(house.project_id)}
    for field, value, told in (
        ("desk_id", foreign_desk, "Choose a desk of the customer&#39;s project"),
        ("manager_id", gone.user_id, "Choose an active employee as the manager"),
        ("manager_id", login.user_id, "Choose an active employee as the manager"),
    ):
        answer = send(client, NEW, **given | {field: str(value)})
        assert answer.status_code == 422
        assert told in answer.get_data(as_text=True)
    care = {"desk_id": str(desk_id), "manager_id": str(manager.user_id)}
    assert send(client, NEW, **given | care).status_code == 303
    page = client.get(f"/admin/clients/{_newest(house).id}").get_data(as_text=True)
    assert "Mobile desk" in page
    assert "Halima Otieno" in page


def test_a_customer_is_never_put_on_a_desk_that_their_maker_does_not_see(house):
    boss = house.administrator
    near, far = (
        perform(CreateDesk(house.project_id, factories.unique("Desk")), boss) for _ in range(2)
    )
    wanted = CreateClient(
        Person("Vivian", "Ing"), (Document(house.identity_type_id, "55512345"),), house.project_id
    )
    bound = replace(boss, scope=replace(boss.scope, desk_ids=frozenset({near})))
    with database.reading() as session:
        assert session.get_one(Client, perform(wanted, bound)).desk_id == near
    between = replace(boss, scope=replace(boss.scope, desk_ids=frozenset({near, far})))
    with pytest.raises(Refusal, match="Choose a desk"):
        perform(wanted, between)
    with database.reading() as session:
        assert session.get_one(Client, perform(wanted, boss)).desk_id not in {near, far, None}


def test_a_field_finds_customers_in_sight_and_in_use(app):
    house, other = factories.a_house(), factories.a_house()
    factories.a_client(house, first_name="Zawadi", surname="Mwangi", email="zm@mail.example")
    factories.a_client(house, first_name="Zawadi", surname="Draft", submit=False)
    factories.a_client(other, first_name="Zawadi", surname="Elsewhere")
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)

    def found(query: str) -> list[str]:
        page = browser.get(f"/admin/clients/options?{query}").get_data(as_text=True)
        return re.findall(r'data-value="([^"]+)"', page)

    approved, draft = "Zawadi Mwangi · CUS-00000001", "Zawadi Draft · CUS-00000002 (not authorized)"
    assert found("q=zawadi") == [draft, approved]
    assert found("") == [draft, approved]
    assert found("q=zawadi&authorised=1") == [approved]
    assert found("q=ZM@mail") == found("q=00000001") == [approved]
    assert found("q=nobody") == []
