"""What accounts take from the configuration: their type, and the status that rules their use."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.models import Client
from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.reference.codes import AccountStatus
from app.reference.models import AccountType
from app.transactions.commands import Transfer
from tests import factories
from tests.ledger import books
from tests.pages import form_of, send


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def one(model, house, *clauses: object):
    with database.reading() as session:
        query = select(model).where(model.organisation_id == house.organisation_id, *clauses)
        return session.scalars(query.order_by(model.id.desc())).first()


@pytest.mark.checks("E21.05", "E21.06")
def test_an_account_starts_active_and_takes_nothing_once_it_is_dormant(person, house):
    account_id = factories.an_account(house, factories.a_client(house))
    path = f"/admin/accounts/{account_id}"
    asset_id = factories.first_asset(account_id)
    assert '<span class="badge badge--success">Active</span>' in text(person, path)
    dormant = one(AccountStatus, house, AccountStatus.code == "DORMANT")
    changed = send(person, f"{path}/account-status", status_id=str(dormant.id))
    assert changed.status_code == 303
    assert '<span class="badge badge--danger">Dormant</span>' in text(person, path)
    refused = send(person, f"/admin/assets/{asset_id}/deposit", amount="5.00")
    assert refused.status_code == 409
    sentence = "has the status Dormant: no money can be put in"
    assert sentence in refused.get_data(as_text=True)
    number = one(Account, house, Account.id == account_id).number
    asked = text(person, f"/admin/account-statuses/{dormant.id}/delete")
    assert f'href="/admin/accounts?account-status={dormant.id}"' in asked
    assert number in text(person, f"/admin/accounts?account-status={dormant.id}")
    perform(RetireRecord("account-status", dormant.id), house.administrator)
    # The account keeps the status until another is chosen, and none at all allows everything.
    assert form_of(person, f"{path}/account-status")["status_id"] == [str(dormant.id)]
    assert send(person, f"{path}/account-status", status_id="").status_code == 303
    assert send(person, f"/admin/assets/{asset_id}/deposit", amount="5.00").status_code == 303
    assert books.asset(asset_id).balance_minor == 5_00


def test_who_may_not_change_statuses_is_not_offered_to(client, house):
    account_id = factories.an_account(house, factories.a_client(house))
    _, email, _ = factories.a_user(house, "Teller")
    factories.signed_in(client, email)
    path = f"/admin/accounts/{account_id}"
    assert f"{path}/account-status" not in text(client, path)
    assert client.get(f"{path}/account-status").status_code == 403


@pytest.mark.checks("W01.04", "E40.13")
def test_types_of_account_are_defined_used_and_deleted(person, house):
    panel = "/admin/configurations/account-types"
    new = f"{panel}/new?project={house.project_id}"
    for label, name in (("escrow", "Escrow"), ("checking", "Checking")):
        assert send(person, new, label=label, name=name).status_code == 303
    escrow = one(AccountType, house, AccountType.label == "escrow")
    client_id = factories.a_client(house)
    answer = send(
        person,
        f"/admin/accounts/new?client={client_id}",
        product_id=str(house.product_id),
        account_type_id=str(escrow.id),
        currency="KES",
    )
    assert answer.status_code == 303
    account = one(Account, house, Account.client_id == client_id)
    assert "Escrow" in text(person, f"/admin/accounts/{account.id}")
    assert send(person, f"{panel}/{escrow.id}/delete").status_code == 409
    checking = one(AccountType, house, AccountType.label == "checking")
    assert send(person, f"{panel}/{checking.id}/delete").status_code == 303
    assert one(AccountType, house, AccountType.label == "checking") is None
    frozen = one(AccountStatus, house, AccountStatus.code == "FROZEN")
    assert send(person, f"/admin/account-statuses/{frozen.id}/delete").status_code == 303
    assert "FROZEN" not in text(person, "/admin/account-statuses")


@pytest.mark.checks("W01.03")
def test_no_account_is_opened_or_used_while_its_customers_checks_have_not_passed(person, house):
    applicant = factories.a_client(house, submit=False)
    answer = send(
        person,
        f"/admin/accounts/new?client={applicant}",
        product_id=str(house.product_id),
        currency="KES",
    )
    assert answer.status_code == 422
    assert "Customer is not authorized" in answer.get_data(as_text=True)
    assert one(Account, house, Account.client_id == applicant) is None

    asset_id = factories.a_funded_asset(house, 50_00)
    other_id = factories.a_funded_asset(house, 50_00)
    client_id = books.asset(asset_id).client_id
    for status in ("CAPTURED", "PENDING_AUTH_L1", "REJECTED", "DENIED"):
        factories.change(house, Client, client_id, record_status=status)
        for path, typed in (
            (f"/admin/assets/{asset_id}/deposit", {}),
            (f"/admin/assets/{asset_id}/withdraw", {}),
        ):
            refused = send(person, path, amount="5.00", **typed)
            assert refused.status_code == 409, (status, path)
            assert "Customer is not authorized" in refused.get_data(as_text=True)
        with pytest.raises(Conflict, match="Customer is not authorized"):
            perform(Transfer(other_id, asset_id, 5_00), house.administrator)
    assert books.asset(asset_id).balance_minor == 50_00
    factories.change(house, Client, client_id, record_status="AUTHORIZED")
    assert send(person, f"/admin/assets/{asset_id}/deposit", amount="5.00").status_code == 303
    assert books.asset(asset_id).balance_minor == 55_00
