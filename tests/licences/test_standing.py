"""An organisation without a good licence signs in, and meets one sentence and the way out."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from app.access.models import User
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.due_work import DueWork
from app.controls.tenant import Licence, Organisation
from app.db.session import database
from app.transactions.commands import Deposit
from tests import factories
from tests.pages import token_of
from tests.statements.books import request

ERROR = "/licence-error"
EXPIRED = "Your organization&#39;s license has expired. Contact your system administrator."
INACTIVE = "Your license is inactive. Contact your system administrator."
TAMPERED = (
    "Unable to verify your organization&#39;s license. "
    "Your license may have been tampered with. Contact support."
)


@pytest.fixture
def house(app):
    return factories.a_house(currencies=())


def expire(house):
    yesterday = door.clock().date() - timedelta(days=1)
    factories.license_anew(house.organisation_id, expires_on=yesterday)


def deactivate(house):
    factories.license_anew(house.organisation_id, is_active=False)


def tamper(house, values=None):
    """Write into the database past every command."""
    values = values or {"expires_on": door.clock().date() + timedelta(days=9_000)}
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(
            update(Licence).where(Licence.organisation_id == house.organisation_id).values(**values)
        )


def strike(house):
    """Take the record away altogether."""
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(
            text("DELETE FROM licence WHERE organisation_id = :id"), {"id": house.organisation_id}
        )


@pytest.mark.checks("E38.03", "E38.04", "E38.05", "E38.06", "E38.08", "E38.09", "E38.10")
@pytest.mark.parametrize(
    ("spoil", "sentence"), [(expire, EXPIRED), (deactivate, INACTIVE), (tamper, TAMPERED)]
)
def test_sign_in_succeeds_and_every_page_leads_to_the_sentence(
    client: FlaskClient, house, spoil, sentence
):
    spoil(house)
    answer = factories.signed_in(client, house.administrator_email)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/dashboard")
    # A page, a list, a download and one that this person may open in no case.
    for path in ("/admin/dashboard", "/", "/admin/clients", "/admin/clients.csv", "/account"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, ERROR), path
    page = client.get(ERROR).get_data(as_text=True)
    body = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert sentence in body
    assert page.count("<form") == page.count("<button") == 1
    assert page.count("<a ") == page.count('<a class="skip-link"') == 1
    assert ">Sign Out<" in body
    answer = client.post("/logout", data={"csrf_token": token_of_error(page)})
    assert answer.headers["Location"] == "/login"
    assert client.get(ERROR).headers["Location"].startswith("/login")


def token_of_error(page):
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


@pytest.mark.checks("E38.07")
@pytest.mark.parametrize(
    "values",
    [
        {"is_active": True},
        {"modules": ["core-banking"]},
        {"licensee": "Somebody Else"},
        {"signature": "bm9uZQ=="},
        {"signature": "no base64 at all"},
    ],
)
def test_whatever_is_altered_in_the_database_is_found(client: FlaskClient, house, values):
    deactivate(house)
    factories.signed_in(client, house.administrator_email)
    tamper(house, values)
    assert client.get("/admin/clients").headers["Location"] == ERROR
    assert TAMPERED in client.get(ERROR).get_data(as_text=True)


@pytest.mark.checks("E38.07")
def test_another_organisations_licence_and_none_at_all_are_no_licence(client: FlaskClient, house):
    other = factories.a_house(currencies=())
    with database.reading() as session:
        query = select(Licence).where(Licence.organisation_id == other.organisation_id)
        theirs = session.scalars(query).one()
        borrowed = {
            key: getattr(theirs, key)
            for key in ("licensee", "modules", "expires_on", "is_active", "issued_at", "signature")
        }
    factories.signed_in(client, house.administrator_email)
    assert client.get("/admin/clients").status_code == 200
    tamper(house, borrowed)
    assert client.get("/admin/clients").headers["Location"] == ERROR
    strike(house)
    assert TAMPERED in client.get(ERROR).get_data(as_text=True)


def test_a_fragment_and_a_poll_take_the_whole_page_along(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    deactivate(house)
    for path in ("/admin/clients", "/admin/approvals/count", "/search?q=ab"):
        answer = client.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
        assert answer.status_code == 204
        assert answer.headers["HX-Redirect"] == ERROR


def test_nothing_is_written_while_the_licence_is_not_good(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    token = token_of(client)
    expire(house)
    answer = client.post("/admin/projects/new", data={"csrf_token": token, "name": "New business"})
    assert answer.headers["Location"] == ERROR
    factories.license_anew(
        house.organisation_id, expires_on=door.clock().date() + timedelta(days=1)
    )
    assert "New business" not in client.get("/admin/projects").get_data(as_text=True)


def test_the_last_day_counts_and_is_one_of_the_organisations_calendar(client: FlaskClient, house):
    today = door.clock().date()
    factories.signed_in(client, house.administrator_email)
    factories.license_anew(house.organisation_id, expires_on=factories.today())
    assert client.get("/admin/clients").status_code == 200
    for zone, days, is_good in (
        # At the date line it is a day earlier, or a day later, than at noon in Greenwich.
        ("Etc/GMT+12", -1, door.clock().hour < 12),
        ("Etc/GMT-14", 0, door.clock().hour < 10),
    ):
        factories.change(house, Organisation, house.organisation_id, time_zone=zone)
        factories.license_anew(house.organisation_id, expires_on=today + timedelta(days=days))
        answer = client.get("/admin/clients")
        assert (answer.status_code == 200) is is_good, zone


def test_a_customer_meets_the_same_sentence(app):
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house)
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(house, kind="client", client_id=client_id)[1])
    assert browser.get("/portal").status_code == 200
    expire(house)
    assert browser.get("/portal").headers["Location"] == ERROR
    assert EXPIRED in browser.get(ERROR).get_data(as_text=True)


def test_the_work_of_an_organisation_waits_until_its_licence_is_good_again(app):
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    perform(Deposit(factories.first_asset(account_id), 500_00), house.administrator)
    sweep()
    deactivate(house)
    request(house.administrator, "client", client_id)
    for _number in range(2):
        assert sweep() == 0
        row = work_of(house)
        assert (row.state, row.attempts, row.message) == ("waiting", 0, INACTIVE)
    assert row.due_at > door.clock()
    factories.license_anew(house.organisation_id, is_active=True)
    with database.engine.execution_options(writing=True).begin() as connection:
        mine = update(DueWork).where(DueWork.organisation_id == house.organisation_id)
        connection.execute(mine.values(due_at=door.clock()))
    sweep()
    assert work_of(house).state == "done"


def work_of(house):
    with database.reading() as session:
        query = select(DueWork).where(DueWork.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(DueWork.id.desc())).first()


def test_a_temporary_password_and_a_bad_licence_lead_to_one_page(app, house):
    """Each has a page of its own to lead to: together they must not lead in a circle."""
    actor, email, _ = factories.a_user(house)
    due = door.clock() + timedelta(days=1)
    factories.change(house, User, actor.user_id, password_temporary_until=due)
    browser = app.test_client()
    factories.signed_in(browser, email)
    assert browser.get("/").headers["Location"] == "/change-password"
    deactivate(house)
    assert browser.get("/").headers["Location"] == ERROR
    assert browser.get("/change-password").headers["Location"] == ERROR
    assert INACTIVE in browser.get(ERROR).get_data(as_text=True)


def test_a_good_licence_leads_back_in(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    assert client.get(ERROR).headers["Location"] == "/admin/dashboard"


def test_an_organisation_that_is_closed_lets_nobody_sign_in(client: FlaskClient, house, app):
    factories.signed_in(client, house.administrator_email)
    assert client.get("/admin/clients").status_code == 200
    factories.change(house, Organisation, house.organisation_id, is_active=False)
    assert client.get("/admin/clients").headers["Location"].startswith("/login")
    again = factories.signed_in(app.test_client(), house.administrator_email)
    assert again.status_code == 422
    assert "Authentication failed" in again.get_data(as_text=True)
