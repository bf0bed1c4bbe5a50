"""Accounts at the counter: opened, approved, found, edited, switched off, deleted."""

from __future__ import annotations

import csv
import io
import re
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import OpenAccount
from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from app.reference.models import AccountType
from app.reference.types import CreateAccountType, Property
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.pages import form_of, send, send_locked, token_of
from tests.sent import statements_sent

LIST = "/admin/accounts"
NEW = f"{LIST}/new"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture(scope="module")
def savings(house: factories.House) -> int:
    properties = (Property("Card number"),)
    label = factories.unique("savings").replace(" ", "-")
    return perform(CreateAccountType(house.project_id, label, "Savings", properties), house.system)


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    return _signed_in(house, client, "Branch Manager")


def _signed_in(house: factories.House, client: FlaskClient, role: str) -> FlaskClient:
    _actor, email, password = factories.a_user(house, role)
    factories.signed_in(client, email, password)
    return client


def _text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(client, f"{LIST}.csv{query}"))))


def _account(account_id: int) -> Account:
    with database.reading() as session:
        account = session.get(Account, account_id)
        assert account is not None
        session.expunge(account)
        return account


def _newest(house: factories.House) -> Account:
    with database.reading() as session:
        query = select(Account.id).where(Account.organisation_id == house.organisation_id)
        account_id = session.scalars(query.order_by(Account.id.desc())).first()
    return _account(account_id)


def _product(house: factories.House, **values: object) -> int:
    values = {"kind": "liability", "name": factories.unique("Product"), "submit": True} | values
    return perform(CreateProduct(**values), house.administrator)


def _house_product(house: factories.House) -> int:
    with database.reading() as session:
        query = select(Product.id).where(
            Product.organisation_id == house.organisation_id, Product.name == "Clearing"
        )
        return session.scalars(query).one()


@pytest.mark.checks(
    "E33.01", "E33.02", "E33.04", "E33.10", "E33.11", "E33.12", "E33.14", "W07.03", "W07.04",
    "W07.07", "W07.08",
)  # fmt: skip
def test_a_customers_account_is_opened_and_approved_by_another(app, house, savings, client):
    owner = factories.a_client(house, first_name="Wanjiru", surname="Kamau")
    teller = _signed_in(house, client, "Teller")
    values = form_of(teller, f"{NEW}?client={owner}")
    assert values["client_id"] == [str(owner)]
    page = _text(teller, NEW)
    for label in ("Product", "Customer", "Agent Account", "Account Type", "Branch", "Currency"):
        assert label in page
    assert "Savings" in page
    answer = send(
        teller,
        f"{NEW}?client={owner}",
        product_id=str(house.product_id),
        account_type_id=str(savings),
        properties_of=str(savings),
        currency="KES",
        external_id=factories.unique("PARTNER"),
    )
    assert answer.status_code == 303
    made = _newest(house)
    assert made.record_status == "PENDING_AUTH_L1"
    assert made.name == "Wanjiru Kamau Savings KES"
    assert re.fullmatch(r"ACC-\d{8}", made.number)
    assert made.qr_code == f"QR-ACC-{made.number}"
    assert str(UUID(made.public_id)) == made.public_id
    assert made.uid.startswith("cbac")
    detail = _text(teller, f"{LIST}/{made.id}")
    for shown in (made.name, made.number, made.qr_code, made.public_id, made.uid, "Pending L1"):
        assert shown in detail
    assert "You cannot act on your own work" not in detail
    approver = _signed_in(house, app.test_client(), "Approver L1")
    send(approver, f"/admin/approvals/account/{made.id}/approve")
    assert _account(made.id).record_status == "AUTHORIZED"
    picture = approver.get(f"{LIST}/{made.id}/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert ET.fromstring(picture.data).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314


def test_a_customers_page_leads_to_what_they_hold(house, manager):
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    perform(Deposit(factories.first_asset(account_id), 1_234_50), house.administrator)
    address = f"/admin/clients/{client_id}/accounts"
    assert f'href="{address}"' in _text(manager, f"/admin/clients/{client_id}")
    held = _text(manager, address)
    assert f'href="{LIST}/{account_id}"' in held
    assert "1,234.50" in held


@pytest.mark.checks("E33.06", "E33.13", "E33.07", "E33.15")
def test_agent_and_internal_accounts_have_no_customer(house, manager):
    send(manager, NEW, product_id=str(house.product_id), currency="KES", is_agent="y")
    agent = _newest(house)
    assert (agent.holder, agent.client_id) == ("agent", None)
    assert agent.name == "Customer deposits KES"
    send(manager, NEW, product_id=str(_house_product(house)), currency="USD")
    internal = _newest(house)
    assert (internal.holder, internal.client_id) == ("internal", None)
    page = _text(manager, f"{LIST}/{internal.id}")
    facts = page.split('class="detail__main"')[1]
    assert "<dt>Customer</dt>" not in facts
    assert "<dt>Agent account</dt>" not in facts


def test_only_products_that_the_account_can_have_are_offered(house, manager):
    """From a customer's page those of customers; drafts never, for they cannot be chosen."""
    owner = factories.a_client(house)
    draft = _product(house, is_contract=True, submit=False)
    savings = _product(house, is_contract=True)
    inner = _house_product(house)

    def offered(path: str) -> set[str]:
        select_ = _text(manager, path).split('name="product_id"', 1)[1].split("</select>", 1)[0]
        return set(re.findall(r'<option value="(\d+)"', select_))

    assert {str(savings), str(inner)} <= offered(NEW)
    of_customer = offered(f"{NEW}?client={owner}")
    assert str(savings) in of_customer
    assert str(inner) not in of_customer
    assert str(draft) not in offered(NEW) | of_customer


def test_the_only_product_a_customers_account_can_have_is_chosen(app):
    house = factories.a_house(currencies=("KES",))
    owner = factories.a_client(house)
    browser = _signed_in(house, app.test_client(), "Branch Manager")
    assert form_of(browser, f"{NEW}?client={owner}")["product_id"] == [str(house.product_id)]
    perform(
        CreateProduct(kind="liability", name="Another", is_contract=True, submit=True),
        house.administrator,
    )
    assert form_of(browser, f"{NEW}?client={owner}")["product_id"] == [""]


REFUSED = [
    pytest.param({}, "Customer ID is required for contract products",
                 marks=pytest.mark.checks("E33.16")),
    pytest.param({"client_id": "owner", "is_agent": "y"}, "cannot set both",
                 marks=pytest.mark.checks("E33.17")),
    pytest.param({"client_id": "draft"}, "Customer is not authorized",
                 marks=pytest.mark.checks("E33.05")),
    pytest.param({"client_id": "owner", "product_id": "draft"}, "Product is not authorized",
                 marks=pytest.mark.checks("E33.03")),
    pytest.param({"client_id": "owner", "product_id": "dollars"},
                 "Account currency must match the product&#39;s currency",
                 marks=pytest.mark.checks("E33.08")),
    pytest.param({"client_id": "owner", "is_schedule_defined": "y"},
                 "Schedule frequency is required", marks=pytest.mark.checks("E33.18")),
    pytest.param({"client_id": "owner", "start_on": "2026-12-01", "end_on": "2026-12-01"},
                 "End date must be after start date", marks=pytest.mark.checks("E33.19")),
    pytest.param({"client_id": "owner", "currency": ""}, "Currency is required",
                 marks=pytest.mark.checks("W07.51")),
    pytest.param({"client_id": "owner", "product_id": "nonsense"}, "Choose from the list",
                 marks=()),
    pytest.param({"client_id": "owner", "product_id": "contractless"},
                 "Customer and agent accounts need a contract product", marks=()),
]  # fmt: skip


def test_all_that_is_wrong_of_an_account_is_told_at_one_press(house, manager):
    draft = factories.a_client(house, submit=False)
    typed = {
        "client_id": str(draft),
        "product_id": str(house.product_id),
        "currency": "",
        "is_schedule_defined": "y",
        "start_on": "2026-12-01",
        "end_on": "2026-12-01",
    }
    page = send(manager, NEW, **typed).get_data(as_text=True)
    for sentence in (
        "Currency is required",
        "Customer is not authorized",
        "Schedule frequency is required",
        "End date must be after start date",
    ):
        assert sentence in page


@pytest.mark.parametrize(("typed", "sentence"), REFUSED)
def test_what_an_account_may_not_be_is_refused_with_what_was_typed(house, manager, typed, sentence):
    meant = {
        "client_id": {
            "owner": factories.a_client(house),
            "draft": factories.a_client(house, submit=False),
        },
        "product_id": {
            "draft": _product(house, is_contract=True, submit=False),
            "dollars": _product(house, is_contract=True, currency="USD"),
            "contractless": _house_product(house),
        },
    }
    values = {"product_id": str(house.product_id), "currency": "KES", "sector": "Fishing"}
    for name, value in typed.items():
        values[name] = str(meant.get(name, {}).get(value, value))
    before = factories.an_account(house, meant["client_id"]["owner"])
    answer = send(manager, NEW, **values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert _newest(house).id == before
    assert 'value="Fishing"' in page


def test_terms_and_dates_are_kept_and_shown(house, manager):
    owner = factories.a_client(house)
    send(
        manager,
        NEW,
        product_id=str(house.product_id),
        client_id=str(owner),
        currency="KES",
        start_on="2026-12-01",
        end_on="2027-12-01",
        signing_rule="two",
        sector="Fishing",
        is_schedule_defined="y",
        schedule_frequency="monthly",
        services=["statements", "cards"],
    )
    page = _text(manager, f"{LIST}/{_newest(house).id}")
    for shown in ("2026-12-01", "2027-12-01", "Two of three (TWO_OF_THREE)", "Fishing", "Monthly",
                  "Statements by mail, Cards"):  # fmt: skip
        assert shown in page


def test_a_draft_waits_until_it_is_handed_in(house, manager):
    owner = factories.a_client(house)
    send(manager, f"{NEW}?client={owner}", product_id=str(house.product_id), currency="KES",
         draft="1")  # fmt: skip
    assert _newest(house).record_status == "CAPTURED"


def test_a_product_of_other_branches_is_refused(house, manager):
    from app.organisation.commands import CreateBranch

    branch = perform(
        CreateBranch(name=factories.unique("Branch"), country="KE"), house.administrator
    )
    product = _product(house, is_contract=True, branch_ids=(branch,))
    owner = factories.a_client(house)
    answer = send(manager, f"{NEW}?client={owner}", product_id=str(product), currency="KES")
    assert answer.status_code == 422
    assert "This product is not kept at this branch" in answer.get_data(as_text=True)
    sent = send(manager, f"{NEW}?client={owner}", product_id=str(product), currency="KES",
                branch_id=str(branch))  # fmt: skip
    assert sent.status_code == 303


@pytest.mark.checks("W07.01", "W07.02", "W07.05", "W07.20", "W07.21", "W07.38")
def test_the_list_shows_its_columns_links_and_actions(house, savings, manager):
    owner = factories.a_client(house, first_name="Njoki", surname="Maina")
    account_id = perform(
        OpenAccount(house.product_id, "KES", client_id=owner, account_type_id=savings,
                    external_id=factories.unique("EXT")), house.administrator,
    )  # fmt: skip
    made = _account(account_id)
    page = _text(manager, f"{LIST}?search={made.public_id}")
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page)
    assert heads[:10] == [
        "Status", "Number", "Owner", "Type", "Currency", "Account ID", "UID", "External ID",
        "Project", "Created",
    ]  # fmt: skip
    for shown in (made.public_id, made.uid, "Savings", made.external_id, "Main", "Njoki Maina"):
        assert shown in page
    assert f'href="/admin/clients/{owner}"' in page
    for path in ("assets/new", "edit", "deposit", "withdraw", "delete"):
        assert f'href="{LIST}/{account_id}/{path}"' in page
    assert f"/admin/accounts?owner={owner}" in _text(manager, f"/admin/clients/{owner}")
    (row,) = _rows(manager, f"?search={made.number}")
    assert (row["Status"], row["Account ID"], row["Owner"]) == (
        "Active", made.public_id, "Njoki Maina",
    )  # fmt: skip
    more = _rows(
        manager, f"?search={made.number}&columns=number,name,branch,product,currency,record-status"
    )
    assert more == [
        {"Number": made.number, "Name": made.name, "Branch": "Head Office",
         "Product": "Customer deposits", "Currency": "KES", "Record status": "Authorized"},
    ]  # fmt: skip


@pytest.mark.checks("W07.10", "W07.12", "W07.13", "W07.14", "W07.15", "W07.16", "W07.17")
def test_accounts_are_found_by_search_and_filters(house, savings, manager):
    email = factories.unique_email("finder")
    owner = factories.a_client(house, first_name="Zawadi", surname="Chege", email=email)
    typed = perform(
        OpenAccount(house.product_id, "KES", client_id=owner, account_type_id=savings),
        house.administrator,
    )
    plain = perform(OpenAccount(house.product_id, "USD", client_id=owner), house.administrator)
    typed, plain = _account(typed), _account(plain)

    def found(query: str) -> set[str]:
        return {row["Account ID"] for row in _rows(manager, f"?{query}")}

    both = {typed.public_id, plain.public_id}
    assert found(f"search={typed.public_id[4:23].upper()}") == {typed.public_id}
    for text in (typed.number, typed.uid):
        assert found(f"search={text}") == {typed.public_id}
    assert found("search=zawadi") == both
    assert found(f"owner={email}") == both
    assert found("owner=Nobody,Zawadi") == both
    assert found(f"owner={owner}") == both
    assert found(f"owner={owner}&type={savings}") == {typed.public_id}
    assert found(f"owner={owner}&project={house.project_id}") == both
    assert found(f"owner={owner}&project=0") == set()
    assert found(f"owner={owner}&created_from=2000-01-01&created_to=2000-01-02") == set()
    assert found(f"owner={owner}&created_from=2000-01-01") == both
    send_status(manager, f"{LIST}/{plain.id}/status", "off")
    assert found(f"owner={owner}&active=inactive") == {plain.public_id}
    assert found(f"owner={owner}&active=active") == {typed.public_id}
    page = _text(manager, f"{LIST}?owner={owner}&active=active")
    assert "Owner: Zawadi Chege" in page
    removing = re.search(r'href="([^"]*)"[^>]*aria-label="Remove filter Active or Inactive', page)
    assert removing
    assert removing[1] == f"{LIST}?owner={owner}"


def send_status(client: FlaskClient, path: str, value: str):
    return client.post(path, data={"value": value, "csrf_token": token_of(client)})


@pytest.mark.checks("W07.09")
def test_the_switch_activates_and_deactivates_an_account(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    path = f"{LIST}/{account_id}/status"
    number = _account(account_id).number
    assert send_status(manager, path, "off").status_code == 303
    assert not _account(account_id).is_active
    assert 'aria-checked="false"' in _text(manager, f"{LIST}?search={number}")
    send_status(manager, path, "on")
    assert _account(account_id).is_active
    assert 'aria-checked="true"' in _text(manager, f"{LIST}?search={number}")


def test_one_who_may_not_switch_sees_the_state_alone(house, client):
    account_id = factories.an_account(house, factories.a_client(house))
    teller = _signed_in(house, client, "Teller")
    page = _text(teller, f"{LIST}?search={_account(account_id).number}")
    assert f"{LIST}/{account_id}/status" not in page
    assert send_status(teller, f"{LIST}/{account_id}/status", "off").status_code == 403
    assert _account(account_id).is_active


@pytest.mark.checks("W07.06", "W07.18", "W07.52")
def test_only_type_external_id_and_properties_of_an_account_are_edited(house, savings, manager):
    owner = factories.a_client(house, first_name="Atieno", surname="Odhiambo")
    account_id = factories.an_account(house, owner)
    path = f"{LIST}/{account_id}/edit"
    assert set(form_of(manager, path)) == {
        "csrf_token", "key", "version", "account_type_id", "external_id",
    }  # fmt: skip
    external = factories.unique("PLATFORM")
    sent = send(manager, path, account_type_id=str(savings), external_id=external,
                client_id=str(factories.a_client(house)))  # fmt: skip
    assert sent.status_code == 303
    edited = _account(account_id)
    assert (edited.client_id, edited.external_id) == (owner, external)
    assert edited.account_type_id == savings
    assert edited.name == "Atieno Odhiambo Savings KES"
    assert "property_0" in form_of(manager, path)
    send(manager, path, property_0="4711")
    assert "4711" in _text(manager, f"{LIST}/{account_id}")
    stale = send(manager, path, version="1", external_id="other")
    assert stale.status_code == 409
    assert "Someone else changed this record" in stale.get_data(as_text=True)


@pytest.mark.checks("E33.10", "E42.04", "E42.39")
def test_an_account_in_approval_is_not_edited(house, savings, manager):
    owner = factories.a_client(house)
    maker = factories.a_user(house, "Branch Manager")[0]
    waiting = perform(OpenAccount(house.product_id, "KES", owner, submit=True), maker)
    path, made = f"{LIST}/{waiting}/edit", _account(waiting)
    assert made.record_status == "PENDING_AUTH_L1"
    assert path not in _text(manager, f"{LIST}/{waiting}")
    assert path not in _text(manager, f"{LIST}?search={made.number}")
    typed = {"account_type_id": savings, "external_id": "MOVED", "version": made.version}
    page = send_locked(manager, path, **typed).get_data(as_text=True)
    assert "Account is awaiting approval and cannot be changed" in page
    after = _account(waiting)
    assert (after.account_type_id, after.external_id) == (None, None)
    draft = perform(OpenAccount(house.product_id, "KES", owner, submit=False), maker)
    assert send(manager, f"{LIST}/{draft}/edit", account_type_id=str(savings)).status_code == 303


def test_an_external_id_names_one_account(house, manager):
    external = factories.unique("TWICE")
    for status in (303, 409):
        account_id = factories.an_account(house, factories.a_client(house))
        sent = send(manager, f"{LIST}/{account_id}/edit", external_id=external)
        assert sent.status_code == status
    assert "Another account has this External ID" in sent.get_data(as_text=True)


@pytest.mark.checks("W07.19", "W08.46")
def test_an_account_expands_to_its_assets_with_what_may_be_done(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    first = factories.first_asset(account_id)
    second = factories.an_asset(house, account_id, "USD", is_active=False)
    number = _account(account_id).number
    assert f'href="{LIST}/{account_id}/assets" data-expand' in _text(
        manager, f"{LIST}?search={number}"
    )
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = manager.get(f"{LIST}/{account_id}/assets", headers=partial)
    part = answer.get_data(as_text=True)
    assert "<html" not in part
    assert "Available" in part
    assert f'href="{LIST}/{account_id}/assets/new"' in part
    for asset_id in (first, second):
        for path in ("deposit", "withdraw"):
            # Nothing can be booked on the second: it is not active.
            is_offered = f'href="/admin/assets/{asset_id}/{path}"' in part
            assert is_offered == (asset_id == first)
        assert f'href="/admin/transactions?asset={asset_id}"' in part
    assert "<html" in _text(manager, f"{LIST}/{account_id}/assets")


@pytest.mark.checks("W07.39", "W07.45", "W07.46")
def test_an_account_without_history_is_deleted_for_good(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    factories.an_asset(house, account_id, "USD")
    number = _account(account_id).number
    page = _text(manager, f"{LIST}/{account_id}/delete")
    assert "Delete Account" in page
    assert "This action cannot be undone." in page
    assert re.search(r"<button[^>]*data-confirm><span>Confirm</span>", page)
    assert ">Cancel</a>" in page
    assert "Deactivate" not in page
    answer = send(manager, f"{LIST}/{account_id}/delete")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    after = manager.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Account deleted" in after
    assert not _rows(manager, f"?search={number}")
    with database.reading() as session:
        assert session.get(Account, account_id) is None
        assert session.scalar(select(Asset.id).where(Asset.account_id == account_id)) is None


@pytest.mark.checks("W07.40", "W07.43", "W07.47")
def test_an_account_with_transactions_is_kept_and_deactivation_is_offered(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 5_000), house.administrator)
    perform(Withdraw(asset_id, 5_000), house.administrator)
    path = f"{LIST}/{account_id}"
    page = _text(manager, f"{path}/delete")
    assert "Deactivate it instead" in page
    assert f'href="{path}/deactivate"' in page
    answer = send(manager, f"{path}/delete")
    sentence = "Account cannot be deleted: it contains assets with transactions"
    assert answer.status_code == 409
    assert sentence in answer.get_data(as_text=True)
    assert send(manager, f"{path}/deactivate").status_code == 303
    assert not _account(account_id).is_active


@pytest.mark.checks("W07.41", "W07.44")
@pytest.mark.parametrize("column", ["balance_minor", "bonus_minor", "held_minor"])
def test_an_account_with_a_balance_is_kept_though_it_changed_after_the_dialog(
    house, manager, column
):
    account_id = factories.an_account(house, factories.a_client(house))
    path = f"{LIST}/{account_id}/delete"
    values = form_of(manager, path)
    changed = {"balance_minor": 1_000} | {column: 500}
    factories.change(house, Asset, factories.first_asset(account_id), **changed)
    answer = manager.post(path, data=values)
    assert answer.status_code == 409
    sentence = "Account cannot be deleted: it contains assets with balance"
    assert sentence in answer.get_data(as_text=True)


@pytest.mark.checks("W07.35", "W07.36", "W07.37")
def test_without_the_permission_no_account_is_deleted(house, client):
    account_id = factories.an_account(house, factories.a_client(house))
    teller = _signed_in(house, client, "Teller")
    path = f"{LIST}/{account_id}/delete"
    for page in (LIST, f"{LIST}/{account_id}"):
        assert path not in _text(teller, page)
    assert teller.get(path).status_code == 403
    answer = teller.post(path, data={"csrf_token": token_of(teller)})
    assert answer.status_code == 403
    assert _account(account_id).is_active


def test_accounts_follow_the_scope_of_their_clients(house, client):
    elsewhere = factories.a_house(currencies=("KES",))
    foreign = factories.an_account(elsewhere, factories.a_client(elsewhere))
    mine = factories.an_account(house, factories.a_client(house))
    _actor, email, password = factories.a_user(house, "Teller", project_ids=())
    factories.signed_in(client, email, password)
    for path in ("", "/edit", "/assets", "/assets/new", "/deposit", "/withdraw", "/qr.svg"):
        missing = client.get(f"{LIST}/999999999{path}")
        for account_id in (foreign, mine):
            hidden = client.get(f"{LIST}/{account_id}{path}")
            assert hidden.status_code == missing.status_code == 404, path
    assert _rows(client) == []
    assert "No data to display" in _text(client, LIST)


def test_an_auditor_sees_accounts_and_changes_nothing(house, client):
    account_id = factories.an_account(house, factories.a_client(house))
    auditor = _signed_in(house, client, "Auditor")
    page = _text(auditor, f"{LIST}/{account_id}")
    for path in ("edit", "deposit", "withdraw", "delete", "assets/new", "status"):
        assert f"{LIST}/{account_id}/{path}" not in page
    for path in ("edit", "deposit", "withdraw", "delete", "assets/new"):
        assert auditor.get(f"{LIST}/{account_id}/{path}").status_code == 403
    assert auditor.get(NEW).status_code == 403
    assert "Create Account" not in _text(auditor, LIST)


def test_the_queries_of_the_list_do_not_grow_with_its_rows(house, manager):
    def queries(query: str) -> int:
        with statements_sent() as sent:
            _text(manager, f"{LIST}{query}")
        return len(sent)

    for _ in range(3):
        factories.an_account(house, factories.a_client(house))
    one = _newest(house)
    assert queries("") <= queries(f"?search={one.public_id}") + 1


def test_script_in_an_account_is_shown_as_text(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    send(manager, f"{LIST}/{account_id}/edit", external_id=f"<script>{account_id}</script>")
    for page in (f"{LIST}/{account_id}", f"{LIST}?search={_account(account_id).number}"):
        assert f"<script>{account_id}" not in _text(manager, page)


@pytest.mark.checks("W07.50")
def test_changes_of_accounts_and_assets_are_logged(house, manager):
    from app.controls.audit import Activity

    account_id = factories.an_account(house, factories.a_client(house))
    send(manager, f"{LIST}/{account_id}/edit", external_id=factories.unique("LOG"))
    send_status(manager, f"/admin/assets/{factories.first_asset(account_id)}/status", "off")
    with database.reading() as session:
        query = select(Activity.entity).where(
            Activity.organisation_id == house.organisation_id,
            Activity.entity_id.in_([account_id, factories.first_asset(account_id)]),
            Activity.tags == "modified",
        )
        assert {"account", "asset"} <= set(session.scalars(query))


def test_an_account_type_of_another_project_is_refused(house, manager):
    from app.reference.commands import CreateProject

    project = perform(CreateProject(factories.unique("Project")), house.administrator)
    owner = factories.a_client(house)
    with database.reading() as session:
        query = select(AccountType.id).where(AccountType.project_id == project)
        other = session.scalars(query).first()
    if other is None:
        other = perform(CreateAccountType(project, "other", "Other"), house.administrator)
    option = f'<option value="{other}"'
    assert option in manager.get(NEW).get_data(as_text=True), "an account of the house may have it"
    assert option not in manager.get(f"{NEW}?client={owner}").get_data(as_text=True)
    for client_id, is_there in (("", True), (str(owner), False)):
        types = manager.get(f"/admin/accounts/types?client_id={client_id}").get_data(as_text=True)
        assert (option in types) is is_there
    answer = send(manager, f"{NEW}?client={owner}", product_id=str(house.product_id),
                  currency="KES", account_type_id=str(other))  # fmt: skip
    assert answer.status_code == 422
    assert "Choose a type of the customer&#39;s project" in answer.get_data(as_text=True)


def test_money_is_moved_by_no_button_before_the_account_is_approved(app):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    money = [f"/admin/accounts/{account_id}/{what}" for what in ("deposit", "withdraw")]
    for page in ("/admin/accounts", f"/admin/accounts/{account_id}"):
        assert all(href in browser.get(page).text for href in money)
    factories.change(house, Account, account_id, record_status="CAPTURED")
    for page in ("/admin/accounts", f"/admin/accounts/{account_id}"):
        assert not any(href in browser.get(page).text for href in money)
