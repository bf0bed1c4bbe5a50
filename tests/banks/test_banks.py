"""Banks: kept in a list with one default, chosen at fiat assets, asked for balances."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.assets.commands import AddAsset
from app.assets.terms import EditAsset
from app.banks.models import Bank
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Refusal
from app.ledger.models import Asset
from tests import factories
from tests.banks.scenes import a_bank
from tests.pages import form_of, send
from tests.platforms.gateway import Gateway, a_gateway

PATH = "/admin/banks"
CREDENTIALS = '{"url": "https://api.bank.example", "key": "hush-hush"}'


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with a_gateway() as served:
        yield served


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _names(here: FlaskClient, query: str = "") -> list[str]:
    rows = csv.DictReader(io.StringIO(_page(here, f"{PATH}.csv{query}")))
    return [row["Bank"] for row in rows]


def _bank(bank_id: int) -> Bank:
    with database.reading() as session:
        return session.get_one(Bank, bank_id)


@pytest.mark.checks("W10.01", "W10.02", "W10.03", "W10.04", "W10.05", "W10.09", "W10.13", "W10.21")
def test_a_bank_is_added_with_all_that_is_known_of_it_and_edited(house, here):
    listed = _page(here, PATH)
    assert f'href="{PATH}/new"' in listed
    assert "Add bank" in listed
    assert "Create bank" not in listed
    assert "Add bank" in _page(here, f"{PATH}/new")
    for typed, sentence in (
        ({"country": "DE"}, "Name is required"),
        ({"name": "Deutsche"}, "Country is required"),
        ({"name": "D", "country": "DE", "bic": "nonsense"}, "not a valid SWIFT/BIC"),
        ({"name": "D", "country": "DE", "iban": "GB1"}, "begin with DE"),
        ({"name": "D", "country": "DE", "rules_text": "[1]"}, "must be a JSON object"),
        ({"name": "D", "country": "DE", "rules_text": '{"a": }'}, "line 1, column 7"),
        ({"name": "D", "country": "DE", "credentials_text": '{"a": NaN}'}, "NaN is no number"),
        (
            {"name": "D", "country": "DE", "rules_text": '{"a": -1e999}'},
            "a number that is too large",
        ),
    ):
        answer = send(here, f"{PATH}/new", **typed)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True).replace("&#34;", '"')
    sent = send(
        here, f"{PATH}/new", name="Deutsche Bank AG", address="Frankfurt", country="DE",
        bank_code="37040044", licence="BAFIN-1", bic="deutdeff", iban="DE89 3704 0044",
        rules_text='{"minimum": 10}', credentials_text=CREDENTIALS,
    )  # fmt: skip
    assert sent.status_code == 303
    with database.reading() as session:
        query = select(Bank.id).where(Bank.organisation_id == house.organisation_id)
        bank_id = session.scalars(query).one()
    page = _page(here, f"{PATH}/{bank_id}")
    for shown in ("Deutsche Bank AG", "Frankfurt", "Germany", "37040044", "BAFIN-1", "DEUTDEFF",
                  "DE8937040044", "minimum"):  # fmt: skip
        assert shown in page
    assert "hush-hush" not in page
    assert "1 result<" in _page(here, PATH)
    form = form_of(here, f"{PATH}/{bank_id}/edit")
    assert form["name"] == ["Deutsche Bank AG"]
    assert [one.strip() for one in form["credentials_text"]] == [""]
    assert send(here, f"{PATH}/{bank_id}/edit", name="Deutsche").status_code == 303
    assert _bank(bank_id).name == "Deutsche"
    assert "hush-hush" in _bank(bank_id).credentials, "what is left empty is kept"
    with database.reading() as session:
        done = select(Activity.action).where(
            Activity.entity == "bank", Activity.organisation_id == house.organisation_id
        )
        assert set(session.scalars(done)) >= {"Create bank", "Edit bank"}
        told = select(Activity.changes).where(Activity.entity == "bank")
        assert "hush-hush" not in str(session.scalars(told).all())


@pytest.mark.checks("W10.07", "W10.10", "W10.11", "W10.12")
def test_one_bank_is_the_default_and_the_list_is_searched_and_sorted(house, here):
    first = a_bank(house, "Absa", country="ZA", iban="ZA11", is_default=True)
    second = a_bank(house, "Equity", bic="EQBLKENA")
    assert send(here, f"{PATH}/{second}/edit", is_default="y").status_code == 303
    assert (_bank(first).is_default, _bank(second).is_default) == (False, True)
    assert _names(here) == ["Absa", "Equity (default)"]
    assert _names(here, "?sort=-name") == ["Equity (default)", "Absa"]
    assert _names(here, "?sort=country")[0] == "Equity (default)"
    for typed, found in (("bsa", "Absa"), ("za1", "Absa"), ("qblk", "Equity (default)"),
                         ("ke", "Equity (default)")):  # fmt: skip
        assert found in _names(here, f"?search={typed}")
    assert 'id="more-filters"' not in _page(here, PATH)


@pytest.mark.checks("W10.06", "W10.08", "W10.15", "W10.16", "W10.17", "W10.19", "W10.14")
def test_a_fiat_asset_is_held_at_a_bank_of_the_list_until_that_is_deleted(house, here):
    zeta = a_bank(house, "Zeta", iban="KE12", is_default=True)
    alpha = a_bank(house, "Alpha")
    account_id = factories.an_account(house, factories.a_client(house))
    path = f"/admin/accounts/{account_id}/assets/new"
    offered = _page(here, path).split('name="bank_id"')[1].split("</select>")[0]
    assert offered.index("Zeta") < offered.index("Alpha")
    assert form_of(here, path)["bank_id"] == [str(zeta)]
    assert send(here, path, currency="USD").status_code == 303
    with database.reading() as session:
        query = select(Asset).where(Asset.account_id == account_id, Asset.currency == "USD")
        asset = session.scalars(query).one()
        session.expunge(asset)
    assert (asset.bank_id, asset.address) == (zeta, "KE12")
    assert "Zeta" in _page(here, f"/admin/assets/{asset.id}")
    rows = _page(here, f"/admin/assets.csv?bank={zeta}&columns=uid,bank")
    assert rows.split()[1:] == [f"{asset.uid},Zeta"]
    assert _page(here, f"/admin/assets.csv?bank={alpha}&columns=uid").split() == ["UID"]
    assert send(here, f"{PATH}/{zeta}/delete").status_code == 303
    assert "Zeta" not in _page(here, f"/admin/assets/{asset.id}")
    assert _names(here) == ["Alpha"]


@pytest.mark.checks("W10.18")
def test_an_iban_is_one_of_the_chosen_bank(house):
    bank_id = a_bank(house, "Commerz", country="DE", bank_code="37040044")
    account_id = factories.an_account(house, factories.a_client(house))
    right, other = "DE89370400440532013000", "DE02120300000000202051"
    add = AddAsset(account_id, "USD", address=other, bank_id=bank_id)
    with pytest.raises(Refusal, match="is of the bank 12030000"):
        perform(add, house.administrator)
    asset_id = perform(
        AddAsset(account_id, "USD", address=right, bank_id=bank_id), house.administrator
    )
    for iban, sentence in ((other, "is of the bank 12030000"),
                           ("GB82WEST12345698765432", "begin with DE")):  # fmt: skip
        with pytest.raises(Refusal, match=sentence):
            perform(EditAsset(asset_id, 1, iban=iban, bank_id=bank_id), house.administrator)
    perform(EditAsset(asset_id, 1, iban=right, bank_id=bank_id), house.administrator)


@pytest.mark.checks("W10.20")
def test_a_banks_credentials_ask_it_for_the_balance(house, here, gateway):
    asset_id = factories.a_funded_asset(house, 10_00)
    credentials = {"url": gateway.url, "key": "hush"}
    bank_id = a_bank(house, "Open bank", credentials=credentials)
    path = f"/admin/assets/{asset_id}"
    sent = send(here, f"{path}/edit", bank_id=str(bank_id), external_balance_id="bal-7")
    assert sent.status_code == 303
    gateway.answers["/v1/balances/bal-7"] = {"available": "77.50", "currency": "KES"}
    assert send(here, f"{path}/refresh").status_code == 303
    page = _page(here, path)
    assert "77.50" in page, "what the bank says is told beside"
    available = _page(here, f"/admin/assets.csv?columns=available&search={_uid(asset_id)}")
    assert available.split() == ["Available", "10.00"], "and does not stand for our own books"


def _uid(asset_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).uid


def test_one_name_in_one_country_is_one_bank(house, here):
    first = a_bank(house, "Equity Bank")
    taken = "A bank of this name in this country is on the list already"
    for name in ("Equity Bank", "EQUITY bank"):
        answer = send(here, f"{PATH}/new", name=name, country="KE")
        assert answer.status_code == 409
        page = answer.get_data(as_text=True)
        assert taken in page.partition('id="name-error"')[2].partition("</p>")[0]
    other = a_bank(house, "Absa")
    assert send(here, f"{PATH}/{other}/edit", name="Equity Bank").status_code == 409
    assert _names(here) == ["Absa", "Equity Bank"]
    assert send(here, f"{PATH}/new", name="Equity Bank", country="UG").status_code == 303
    assert send(here, f"{PATH}/{first}/edit", address="Upper Hill").status_code == 303
    assert send(here, f"{PATH}/{first}/delete").status_code == 303
    assert send(here, f"{PATH}/new", name="Equity Bank", country="KE").status_code == 303


def test_two_banks_of_one_name_from_before_are_edited_one_by_one(house, here):
    first, second = a_bank(house, "Equity Bank"), a_bank(house, "Equity Bank again")
    factories.change(house, Bank, second, name="Equity Bank")
    assert send(here, f"{PATH}/{first}/edit", address="Upper Hill").status_code == 303
    assert send(here, f"{PATH}/{second}/edit", name="Equity Bank Uganda").status_code == 303
    assert _names(here) == ["Equity Bank", "Equity Bank Uganda"]
