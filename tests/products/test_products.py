"""The chart of accounts: drafted with a code, approved, with balances per branch."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Product, ProductBalance
from app.organisation.commands import CreateBranch
from app.products.commands import CreateProduct
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.pages import form_of, send, send_locked

LIST = "/admin/products"
NEW = f"{LIST}/new"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture(scope="module")
def westlands(house: factories.House) -> int:
    return perform(CreateBranch(name="Westlands", country="KE"), house.administrator)


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


def _product(product_id: int) -> Product:
    with database.reading() as session:
        product = session.get_one(Product, product_id)
        session.expunge(product)
        return product


def _newest(house: factories.House) -> Product:
    with database.reading() as session:
        query = select(Product.id).where(Product.organisation_id == house.organisation_id)
        return _product(session.scalars(query.order_by(Product.id.desc())).first())


def _branches(product_id: int) -> set[int]:
    with database.reading() as session:
        query = select(ProductBalance.branch_id).where(ProductBalance.product_id == product_id)
        return set(session.scalars(query))


def _text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


CODES = [
    pytest.param("asset", ("AS", 10_000, 29_999), marks=pytest.mark.checks("E31.03")),
    pytest.param("liability", ("LI", 30_000, 49_999), marks=pytest.mark.checks("E31.04")),
    pytest.param("income", ("IN", 50_000, 69_999), marks=pytest.mark.checks("E31.05")),
    pytest.param("expense", ("EX", 70_000, 79_999), marks=pytest.mark.checks("E31.06")),
]


@pytest.mark.parametrize(("kind", "codes_of_kind"), CODES)
@pytest.mark.checks("E31.01", "E31.02", "E31.07")
def test_a_product_is_drafted_and_takes_the_next_code(house, manager, kind, codes_of_kind):
    prefix, first, last = codes_of_kind
    assert "code" not in form_of(manager, NEW)
    codes = []
    for _ in range(2):
        answer = send(manager, NEW, kind=kind, name=factories.unique("Product"), draft="1",
                      code="XX-1")  # fmt: skip
        assert answer.status_code == 303
        made = _newest(house)
        assert (made.record_status, made.kind) == ("CAPTURED", kind)
        found = re.fullmatch(rf"{prefix}-(\d{{5}})", made.code)
        assert found
        codes.append(int(found[1]))
    assert first <= codes[0] < last
    assert codes[1] == codes[0] + 1
    assert made.code in _text(manager, f"{LIST}/{made.id}")


def test_the_first_codes_are_those_of_the_guide(app):
    house = factories.a_house(currencies=("KES",))
    with database.reading() as session:
        query = select(Product.code).where(Product.organisation_id == house.organisation_id)
        codes = set(session.scalars(query))
    assert {"AS-10000", "LI-30000"} <= codes


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": ""}, "Type is required"),
        ({"kind": "equity"}, "Choose from the list"),
        ({"name": ""}, "Name is required"),
        ({"name": "  "}, "Name is required"),
        ({"kind": "income", "is_contract": "y"}, "Only asset and liability products"),
        ({"currency": "XXX"}, "Choose a currency of this organisation"),
        ({"name": "x" * 201}, "Name can have at most 200 characters"),
    ],
)
def test_what_a_product_may_not_be_is_refused_with_what_was_typed(house, manager, typed, sentence):
    before = _newest(house).id
    values = {"kind": "asset", "name": "Product", "description": "Kept as typed"} | typed
    answer = send(manager, NEW, **values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert "Kept as typed" in page
    assert _newest(house).id == before


@pytest.mark.checks("E31.08", "E31.10")
def test_on_approval_every_branch_gets_a_balance(app, house, westlands, manager):
    send(manager, NEW, kind="liability", name="Open to all")
    made = _newest(house)
    assert made.record_status == "PENDING_AUTH_L1"
    assert _branches(made.id) == set()
    _actor, email, password = factories.a_user(house, "Approver L1")
    approver = app.test_client()
    factories.signed_in(approver, email, password)
    send(approver, f"/admin/approvals/product/{made.id}/approve")
    assert _product(made.id).record_status == "AUTHORIZED"
    assert _branches(made.id) == {house.branch_id, westlands}
    page = _text(manager, f"{LIST}/{made.id}")
    balances = page.split("Balances per branch")[1]
    assert "Head Office" in balances
    assert "Westlands" in balances


@pytest.mark.checks("E31.09")
def test_a_product_restricted_to_a_branch_has_its_balance_there_alone(house, westlands, client):
    factories.signed_in(client, house.administrator_email)
    send(client, NEW, kind="asset", name="Westlands only", branch_ids=[str(westlands)])
    made = _newest(house)
    assert made.record_status == "AUTHORIZED"
    assert _branches(made.id) == {westlands}
    balances = _text(client, f"{LIST}/{made.id}").split("Balances per branch")[1]
    assert "Head Office" not in balances


def test_the_balances_are_sums_of_the_assets_in_the_sign_of_the_type(app):
    house = factories.a_house(currencies=("KES", "USD"))
    asset_id = factories.a_funded_asset(house, 100_000)
    factories.a_funded_asset(house, 5_000, "USD")
    perform(Deposit(asset_id, 1_000, bonus_minor=500), house.administrator)
    perform(Withdraw(asset_id, 20_000), house.administrator)
    with database.reading() as session:
        query = select(Product.id, Product.name).where(
            Product.organisation_id == house.organisation_id
        )
        ids = {row.name: row.id for row in session.execute(query)}
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    deposits = _text(browser, f"{LIST}/{ids['Customer deposits']}")
    assert "815.00" in deposits
    assert "50.00" in deposits
    assert "810.00" in _text(browser, f"{LIST}/{ids['Cash']}")
    assert "5.00" in _text(browser, f"{LIST}/{ids['Promotion expense']}")


def test_a_draft_is_edited_and_a_stale_save_is_refused(house, manager):
    send(manager, NEW, kind="asset", name="Draft", draft="1")
    made = _newest(house)
    path = f"{LIST}/{made.id}/edit"
    assert "kind" not in form_of(manager, path)
    sent = send(manager, path, name="Better", currency="USD", is_contract="y", draft="1")
    assert sent.status_code == 303
    edited = _product(made.id)
    assert (edited.name, edited.currency, edited.is_contract, edited.code) == (
        "Better", "USD", True, made.code,
    )  # fmt: skip
    assert send(manager, path, name="Late", version="1", draft="1").status_code == 409
    assert _product(made.id).name == "Better"


@pytest.mark.checks("E31.11", "E31.12")
@pytest.mark.parametrize(
    ("handed_in_by", "sentence"),
    [
        ("teller", "Product is awaiting approval and cannot be changed"),
        ("administrator", "Product is already finalized and cannot be changed"),
    ],
)
def test_a_product_that_waits_or_is_approved_is_not_edited(house, manager, handed_in_by, sentence):
    maker = house.administrator
    if handed_in_by == "teller":
        maker = factories.a_user(house, "Branch Manager")[0]
    product_id = perform(CreateProduct("asset", factories.unique("Done"), submit=True), maker)
    assert f"{LIST}/{product_id}/edit" not in _text(manager, f"{LIST}/{product_id}")
    version = _product(product_id).version
    answer = send_locked(manager, f"{LIST}/{product_id}/edit", name="Other", version=version)
    assert sentence in answer.get_data(as_text=True)
    assert _product(product_id).name != "Other"


def test_the_list_shows_and_filters_products(house, manager):
    send(manager, NEW, kind="income", name="Fees of the counter", draft="1")
    made = _newest(house)
    page = _text(manager, f"{LIST}?search={made.code}")
    for shown in (made.code, "Fees of the counter", "Income", "Any", "Draft"):
        assert shown in page

    def found(query: str) -> set[str]:
        rows = csv.DictReader(io.StringIO(_text(manager, f"{LIST}.csv?{query}")))
        return {row["Code"] for row in rows}

    assert made.code in found("type=income")
    assert made.code not in found("type=asset")
    assert made.code in found("search=counter&status=CAPTURED")
    assert made.code not in found("status=AUTHORIZED")
    assert found("contract=1&type=income") == set()


def test_another_organisations_product_is_missing(house, manager):
    elsewhere = factories.a_house(currencies=("KES",))
    for path in ("", "/edit"):
        assert manager.get(f"{LIST}/{elsewhere.product_id}{path}").status_code == 404


def test_a_teller_reads_the_chart_and_writes_nothing(house, client):
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    assert "Create product" not in _text(client, LIST)
    assert client.get(NEW).status_code == 403
    assert client.get(f"{LIST}/{house.product_id}/edit").status_code == 403
