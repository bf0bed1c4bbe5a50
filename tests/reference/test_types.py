"""Types of account and sub-types of transaction are added, changed and deleted by their panels."""

import pytest
from flask.testing import FlaskClient

from app.accounts.commands import OpenAccount
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.reference.commands import (
    CreateAccountType,
    CreateTransactionSubType,
    DeleteConfiguration,
    EditTransactionSubType,
    MakeDefault,
)
from app.reference.models import AccountType, TransactionSubType
from tests import factories
from tests.pages import form_of, send
from tests.reference.books import PATH, administrator, line, panel, row


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


@pytest.mark.checks("W03.03", "W03.04", "W03.06")
def test_the_drawer_stores_a_type_with_its_properties(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/account-types/new?project={house.project_id}"
    assert f'href="{path}" data-drawer' in panel(client, "account-types", house.project_id)
    fields = form_of(client, path)
    assert {"label", "name", "properties-0-name", "properties-0-kind"} <= fields.keys()
    answer = send(
        client,
        path,
        **{
            "label": "corporate",
            "name": "Corporate Account",
            "properties-0-name": "Risk class",
            "properties-0-kind": "number",
        },
    )
    assert answer.status_code == 303
    saved = row(AccountType, house.project_id, "corporate")
    assert saved.name == "Corporate Account"
    assert saved.properties == [{"name": "Risk class", "kind": "number"}]
    shown = line(client, "account-types", house.project_id, saved.id)
    assert "Corporate Account" in shown
    assert "Risk class" in shown


@pytest.mark.checks("W03.05")
def test_a_label_that_is_taken_is_refused_whatever_its_case(client: FlaskClient, house):
    perform(CreateAccountType(house.project_id, "corporate", "Corporate"), house.administrator)
    administrator(client, house)
    path = f"{PATH}/account-types/new?project={house.project_id}"
    answer = send(client, path, label="Corporate", name="Again")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "This label is in use already" in page
    assert 'value="Again"' in page
    assert row(AccountType, house.project_id, "Corporate") is None


def test_label_and_name_are_required(client: FlaskClient, house):
    administrator(client, house)
    for key in ("account-types", "sub-types", "statuses"):
        path = f"{PATH}/{key}/new?project={house.project_id}"
        answer = send(client, path, label=" ", name="", colour="red")
        assert answer.status_code == 422
        assert "Name is required" in answer.get_data(as_text=True)


@pytest.mark.checks("W03.07", "W12.10")
def test_the_pencil_changes_label_name_and_properties_of_a_type(client: FlaskClient, house):
    type_id = perform(CreateAccountType(house.project_id, "corp", "Corp"), house.administrator)
    administrator(client, house)
    path = f"{PATH}/account-types/{type_id}/edit"
    assert f'href="{path}"' in line(client, "account-types", house.project_id, type_id)
    answer = send(
        client, path, **{"label": "corporate", "name": "Corporate", "properties-0-name": "Tax id"}
    )
    assert answer.status_code == 303
    saved = row(AccountType, house.project_id, "corporate")
    assert (saved.id, saved.name) == (type_id, "Corporate")
    assert saved.properties == [{"name": "Tax id", "kind": "text"}]


def test_a_stale_save_is_refused_and_keeps_what_was_typed(client: FlaskClient, house):
    type_id = perform(CreateAccountType(house.project_id, "corp", "Corp"), house.administrator)
    administrator(client, house)
    path = f"{PATH}/account-types/{type_id}/edit"
    mine = form_of(client, path) | {"name": ["Mine"]}
    assert send(client, path, name="Theirs").status_code == 303
    answer = client.post(path, data=mine)
    assert answer.status_code == 409
    assert "Theirs" in answer.get_data(as_text=True)
    assert "Mine" in answer.get_data(as_text=True)
    assert row(AccountType, house.project_id, "corp").name == "Theirs"


@pytest.mark.checks("W03.08", "W12.11")
def test_the_trash_can_deletes_after_a_confirmation_for_good(client: FlaskClient, house):
    type_id = perform(CreateAccountType(house.project_id, "corp", "Corp"), house.administrator)
    administrator(client, house)
    path = f"{PATH}/account-types/{type_id}/delete"
    assert f'href="{path}"' in line(client, "account-types", house.project_id, type_id)
    question = client.get(path).get_data(as_text=True)
    assert "cannot be undone" in question
    assert row(AccountType, house.project_id, "corp") is not None
    assert send(client, path).status_code == 303
    assert row(AccountType, house.project_id, "corp") is None


@pytest.mark.checks("W03.09")
def test_an_account_is_opened_with_a_type_of_its_project_and_keeps_it(client: FlaskClient, house):
    type_id = perform(CreateAccountType(house.project_id, "corp", "Corp"), house.administrator)
    client_id = factories.a_client(house)
    opened = perform(
        OpenAccount(house.product_id, "KES", client_id=client_id, account_type_id=type_id),
        house.administrator,
    )
    with database.reading() as session:
        assert session.get_one(Account, opened).account_type_id == type_id
    administrator(client, house)
    answer = send(client, f"{PATH}/account-types/{type_id}/delete")
    assert answer.status_code == 409
    assert "it is used by accounts" in answer.get_data(as_text=True)
    assert row(AccountType, house.project_id, "corp") is not None


@pytest.mark.checks("W03.26")
def test_a_sub_type_is_added_with_label_and_name(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/sub-types/new?project={house.project_id}"
    assert send(client, path, label="fee", name="Service fee").status_code == 303
    saved = row(TransactionSubType, house.project_id, "fee")
    assert saved.name == "Service fee"
    shown = line(client, "sub-types", house.project_id, saved.id)
    assert "Service fee" in shown
    assert "fee</code>" in shown


@pytest.mark.checks("W03.24")
def test_a_sub_type_belongs_to_in_to_out_or_to_both(client: FlaskClient, house):
    administrator(client, house)
    path = f"{PATH}/sub-types/new?project={house.project_id}"
    assert send(client, path, label="fee", name="Fee", direction="out").status_code == 303
    saved = row(TransactionSubType, house.project_id, "fee")
    assert ">Out<" in line(client, "sub-types", house.project_id, saved.id)
    assert send(client, path, label="x", name="X", direction="sideways").status_code == 422


@pytest.mark.checks("W03.27")
def test_the_systems_sub_types_cannot_be_deleted(house):
    system = row(TransactionSubType, house.project_id, "deposit")
    with pytest.raises(Conflict, match="Deposit is a system entry and cannot be deleted"):
        perform(DeleteConfiguration("sub-types", system.id), house.administrator)
    own = perform(CreateTransactionSubType(house.project_id, "fee", "Fee"), house.administrator)
    perform(DeleteConfiguration("sub-types", own), house.administrator)
    assert row(TransactionSubType, house.project_id, "fee") is None


@pytest.mark.checks("W03.28", "W12.10")
def test_of_a_sub_type_only_the_name_is_edited(client: FlaskClient, house):
    system = row(TransactionSubType, house.project_id, "deposit")
    administrator(client, house)
    path = f"{PATH}/sub-types/{system.id}/edit"
    assert "label" not in form_of(client, path)
    answer = send(client, path, name="Cash in", label="renamed", direction="out")
    assert answer.status_code == 303
    saved = row(TransactionSubType, house.project_id, "deposit")
    assert (saved.name, saved.direction) == ("Cash in", "in")


def test_sub_types_have_no_default(house):
    system = row(TransactionSubType, house.project_id, "deposit")
    with pytest.raises(Conflict, match="no default"):
        perform(MakeDefault("sub-types", system.id), house.administrator)
    with pytest.raises(Refusal, match="Name is required"):
        perform(EditTransactionSubType(system.id, system.version, "  "), house.administrator)
