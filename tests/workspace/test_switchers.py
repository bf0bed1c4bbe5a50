"""The project switcher narrows everything that follows, and is kept as long as the session."""

import re

import pytest
from flask.testing import FlaskClient

from app.accounts.commands import OpenAccount
from app.configuration.commands import CreateProjectLike
from app.controls.commands import perform
from app.transactions.commands import Deposit
from tests import factories
from tests.pages import token_of

LISTS = {
    "/admin/clients": ("Wanjiru", "Mutiso"),
    "/admin/accounts": ("Wanjiru", "Mutiso"),
    "/admin/assets": ("Wanjiru", "Mutiso"),
    "/admin/transactions": ("1,111.00", "2,222.00"),
    "/admin/desks": ("Main", "Wallets"),
}


@pytest.fixture(scope="module")
def house(app):
    """Two projects, in each of them a client with money."""
    house = factories.a_house(currencies=("KES",))
    wallets = perform(CreateProjectLike("Wallets", house.project_id), house.administrator)
    for project_id, surname, amount in (
        (house.project_id, "Wanjiru", 1_111_00),
        (wallets, "Mutiso", 2_222_00),
    ):
        client_id = factories.a_client(house, surname=surname, project_id=project_id)
        account_id = perform(
            OpenAccount(house.product_id, "KES", client_id=client_id), house.administrator
        )
        perform(Deposit(factories.first_asset(account_id), amount), house.administrator)
    return house, wallets


def choose(client, project, referrer="/admin/clients"):
    return client.post(
        "/switch-project",
        data={"csrf_token": token_of(client), "project": str(project)},
        headers={"Referer": f"http://localhost{referrer}"},
    )


def menu(client):
    page = client.get("/admin/clients").get_data(as_text=True)
    form = page.split('action="/switch-project"', 1)[1].split("</form>", 1)[0]
    return re.findall(r'<button[^>]*value="(\d*)"([^>]*)><span>([^<]+)', form)


@pytest.mark.checks("M01.01", "M01.03")
def test_lists_exports_counts_dashboard_and_search_follow_at_once(client: FlaskClient, house):
    house, wallets = house
    factories.signed_in(client, house.administrator_email)
    for project, mine, others in ((house.project_id, 0, 1), (wallets, 1, 0)):
        assert choose(client, project).headers["Location"] == "/admin/clients"
        for path, names in LISTS.items():
            for address in (path, f"{path}.csv"):
                table = table_of(client.get(address).get_data(as_text=True))
                assert names[mine] in table, address
                assert names[others] not in table, address
        counted = client.get("/admin/clients").get_data(as_text=True)
        assert '<span class="page-head__count" aria-hidden="true">1</span>' in counted
        board = client.get("/admin/dashboard").get_data(as_text=True)
        assert LISTS["/admin/transactions"][mine] in board
        assert LISTS["/admin/transactions"][others] not in board
        names = LISTS["/admin/clients"]
        assert "/admin/clients/" in client.get(f"/search?q={names[mine]}").get_data(as_text=True)
        found = client.get(f"/search?q={names[others]}").get_data(as_text=True)
        assert "/admin/clients/" not in found
        configured = client.get("/admin/configurations").get_data(as_text=True)
        assert f"project={project}" in configured
    assert choose(client, "").status_code == 303
    page = client.get("/admin/clients").get_data(as_text=True)
    assert "Wanjiru" in page
    assert "Mutiso" in page


def table_of(page):
    """Return what a list or an export shows of its rows, with amounts as a list writes them."""
    rows = page.split("<tbody", 1)[-1].split("</tbody>", 1)[0]
    return rows.replace("1111.00", "1,111.00").replace("2222.00", "2,222.00")


@pytest.mark.checks("M01.02")
def test_the_active_project_stands_first_and_is_marked(client: FlaskClient, house):
    house, wallets = house
    factories.signed_in(client, house.administrator_email)
    assert [name for _key, _more, name in menu(client)] == ["All projects", "Main", "Wallets"]
    choose(client, wallets)
    key, more, name = menu(client)[0]
    assert (key, name) == (str(wallets), "Wallets")
    assert 'aria-current="true"' in more
    page = client.get("/admin/accounts").get_data(as_text=True)
    assert '<span class="switcher__project">Wallets</span>' in page


def test_the_choice_is_kept_in_the_session_and_in_no_other(client: FlaskClient, house, app):
    house, wallets = house
    factories.signed_in(client, house.administrator_email)
    choose(client, wallets)
    another = app.test_client()
    factories.signed_in(another, house.administrator_email)
    assert "Wanjiru" in another.get("/admin/clients").get_data(as_text=True)
    assert "Wanjiru" not in client.get("/admin/clients").get_data(as_text=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/admin/accounts/5", "/admin/accounts"),
        ("/admin/clients?search=x", "/admin/clients"),
        ("/admin/dashboard", "/admin/dashboard"),
        ("/account", "/"),
        ("//elsewhere.example/admin/clients", "/"),
    ],
)
def test_after_the_choice_one_is_on_the_list_of_the_section(
    client: FlaskClient, house, before, after
):
    house, wallets = house
    factories.signed_in(client, house.administrator_email)
    assert choose(client, wallets, before).headers["Location"] == after


def test_a_project_out_of_sight_cannot_be_chosen(client: FlaskClient, house):
    house, wallets = house
    _, email, _ = factories.a_user(house, "Teller")
    factories.signed_in(client, email)
    assert [name for _key, _more, name in menu(client)] == ["All projects", "Main"]
    assert choose(client, wallets).status_code == 404
    other = factories.a_house(currencies=())
    assert choose(client, other.project_id).status_code == 404
    assert "Wanjiru" in client.get("/admin/clients").get_data(as_text=True)
