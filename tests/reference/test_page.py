"""The configuration page shows one project's four panels."""

import re

import pytest
from flask.testing import FlaskClient

from app.controls.commands import perform
from app.reference.commands import CreateAccountType, CreateProject
from app.reference.models import AccountType, TransactionStatus, TransactionSubType
from tests import factories
from tests.reference.books import PATH, administrator, line, panel, row


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


@pytest.mark.checks("W03.01")
def test_the_four_panels_stand_left_and_right_above_and_below(client: FlaskClient, house):
    page = administrator(client, house).get(PATH).get_data(as_text=True)
    titles = re.findall(r'id="title-[a-z-]+">([^<]+?) <', page)
    # Two columns, filled row by row.
    assert titles == [
        "Types of account",
        "Currencies",
        "Sub-types of transaction",
        "Transaction statuses",
    ]


@pytest.mark.checks("W12.02")
def test_a_pill_selects_the_project_of_all_four_panels(client: FlaskClient, house):
    other = perform(CreateProject("Wallets"), house.administrator)
    perform(CreateAccountType(house.project_id, "savings", "Savings"), house.administrator)
    perform(CreateAccountType(other, "demo", "Demo"), house.administrator)
    page = administrator(client, house).get(PATH).get_data(as_text=True)
    assert "Settings by project" in page
    pill = re.search(r'<a class="pill" href="([^"]+)">Wallets</a>', page)
    chosen = client.get(pill.group(1)).get_data(as_text=True)
    assert re.search(r'aria-current="true">Wallets', chosen)
    assert "Demo" in chosen
    assert "Savings" not in chosen


@pytest.mark.checks("W12.02")
def test_typing_a_name_selects_the_project_that_matches(client: FlaskClient, house):
    perform(CreateProject("Wallets"), house.administrator)
    page = administrator(client, house).get(f"{PATH}?search=wall").get_data(as_text=True)
    assert re.findall(r'class="pill"[^>]*>([^<]+)', page) == ["Wallets"]
    assert re.search(r'aria-current="true">Wallets', page)
    nothing = client.get(f"{PATH}?search=zzz").get_data(as_text=True)
    assert "No project found" in nothing


@pytest.mark.checks("W12.03", "W06.18")
def test_a_section_without_settings_says_so(client: FlaskClient, house):
    other = perform(CreateProject("Wallets"), house.administrator)
    administrator(client, house)
    assert "No data to display" in panel(client, "account-types", other)
    assert "No data to display" in panel(client, "currencies", other)
    assert "No data to display" not in panel(client, "currencies", house.project_id)


@pytest.mark.checks("W03.27")
def test_only_sub_types_of_ones_own_have_a_trash_can(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/sub-types/new?project={house.project_id}"
    form = {"label": "fee", "name": "Fee", "direction": "out"}
    from tests.pages import send

    assert send(client, path, **form).status_code == 303
    own = row(TransactionSubType, house.project_id, "fee")
    system = row(TransactionSubType, house.project_id, "deposit")
    assert f"/sub-types/{own.id}/delete" in line(client, "sub-types", house.project_id, own.id)
    assert "/delete" not in line(client, "sub-types", house.project_id, system.id)


@pytest.mark.checks("W03.29", "W03.25")
def test_a_new_project_has_the_statuses_and_sub_types_of_the_system(client: FlaskClient, house):
    administrator(client, house)
    statuses = panel(client, "statuses", house.project_id)
    for name in ("Pending", "Processing", "Completed", "Canceled"):
        assert re.search(rf'<span class="badge badge--c-\w+">{name}</span>', statuses)
    sub_types = panel(client, "sub-types", house.project_id)
    assert all(name in sub_types for name in ("Exchange", "Withdrawal", "Deposit"))


@pytest.mark.checks("W12.04")
def test_one_type_is_the_default_and_the_others_offer_to_become_it(client: FlaskClient, house):
    first = perform(
        CreateAccountType(house.project_id, "savings", "Savings", is_default=True),
        house.administrator,
    )
    second = perform(CreateAccountType(house.project_id, "demo", "Demo"), house.administrator)
    administrator(client, house)
    from tests.pages import token_of

    assert ">Default</span>" in line(client, "account-types", house.project_id, first)
    assert "Make as default" in line(client, "account-types", house.project_id, second)
    answer = client.post(
        f"{PATH}/account-types/{second}/default", data={"csrf_token": token_of(client)}
    )
    assert answer.status_code == 303
    assert ">Default</span>" in line(client, "account-types", house.project_id, second)
    assert "Make as default" in line(client, "account-types", house.project_id, first)
    assert not row(AccountType, house.project_id, "savings").is_default


def test_who_may_only_look_sees_neither_buttons_nor_drawers(client: FlaskClient, house):
    _, email, password = factories.a_user(house, "Auditor")
    factories.signed_in(client, email, password)
    status = row(TransactionStatus, house.project_id, "pending")
    page = client.get(f"{PATH}?project={house.project_id}").get_data(as_text=True)
    assert "Transaction statuses" in page
    assert not re.search(r"/(new|edit|delete|clone|default)\b", page.split('class="panels"')[1])
    assert client.get(f"{PATH}/statuses/{status.id}/edit").status_code == 403
    assert client.get(f"{PATH}/statuses/new?project={house.project_id}").status_code == 403


def test_another_organisations_rows_are_not_there(client: FlaskClient, house):
    stranger = factories.a_house(currencies=())
    status = row(TransactionStatus, stranger.project_id, "pending")
    administrator(client, house)
    assert client.get(f"{PATH}/statuses/{status.id}/edit").status_code == 404
    assert client.get(f"{PATH}/statuses/{status.id}/delete").status_code == 404
    assert client.get(f"{PATH}/statuses/new?project={stranger.project_id}").status_code == 404
    assert client.get(f"{PATH}/nothing/new?project={house.project_id}").status_code == 404
