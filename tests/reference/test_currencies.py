"""Currencies of a project: what is chosen, typed and charged, and what may be deleted."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import OpenAccount
from app.assets.commands import AddAsset
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction
from app.organisation.models import OrganisationCurrency
from app.reference.commands import (
    CreateProject,
    CreateProjectCurrency,
    DeleteConfiguration,
    MakeDefault,
)
from app.reference.models import ProjectCurrency
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.pages import form_of, send
from tests.reference.books import PATH, administrator, line, panel, row


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


def new(house, kind):
    return f"{PATH}/currencies/new?project={house.project_id}&kind={kind}"


def balance(asset_id):
    with database.reading() as session:
        return session.get_one(Asset, asset_id).balance_minor


@pytest.mark.checks("W03.10", "W03.12", "W03.13", "W03.22")
def test_a_fiat_currency_is_chosen_from_the_dropdown_and_stored(client: FlaskClient, house):
    administrator(client, house)
    path = new(house, "fiat")
    page = client.get(path).get_data(as_text=True)
    assert '<option value="USD">USD · US Dollar</option>' in page
    assert '<option value="BTC">' not in page
    answer = send(client, path, code="USD", limit="1,250.50", rate="129.35", is_default="y")
    assert answer.status_code == 303
    saved = row(ProjectCurrency, house.project_id, "USD")
    assert (saved.kind, saved.limit_minor, saved.is_default) == ("fiat", 1250_50, True)
    assert "limit 1,250.50" in line(client, "currencies", house.project_id, saved.id)
    refused = send(client, f"{PATH}/currencies/{saved.id}/delete")
    assert refused.status_code == 409
    assert "is the default. Choose another default first" in refused.get_data(as_text=True)


@pytest.mark.checks("W03.11")
def test_the_type_is_fiat_crypto_or_custom(client: FlaskClient, house):
    administrator(client, house)
    page = client.get(new(house, "fiat")).get_data(as_text=True)
    for kind, label in (("fiat", "Fiat"), ("crypto", "Crypto"), ("custom", "Custom")):
        assert f'kind={kind}"' in page.replace("&amp;", "&")
        assert f">{label}</a>" in page
    assert client.get(new(house, "shells")).status_code == 404


@pytest.mark.checks("W03.12", "W03.15")
def test_a_crypto_currency_has_a_network_fee_and_networks(client: FlaskClient, house):
    administrator(client, house)
    path = new(house, "crypto")
    assert '<option value="BTC">BTC · Bitcoin</option>' in client.get(path).get_data(as_text=True)
    answer = send(client, path, code="BTC", network_fee="0.0005", rate="8650000.5")
    assert answer.status_code == 303
    saved = row(ProjectCurrency, house.project_id, "BTC")
    assert (saved.exponent, saved.network_fee_minor) == (8, 50_000)
    assert saved.networks == ["Bitcoin", "Lightning"]
    shown = line(client, "currencies", house.project_id, saved.id)
    assert "fee 0.00050000" in shown
    assert "Bitcoin, Lightning" in shown
    named = send(client, path, code="USDT", networks="ERC20, TRC20", rate="129")
    assert named.status_code == 303
    assert row(ProjectCurrency, house.project_id, "USDT").networks == ["ERC20", "TRC20"]


@pytest.mark.checks("W03.18", "W03.19")
def test_a_custom_currency_is_typed_and_generates_assets(client: FlaskClient, house):
    administrator(client, house)
    path = new(house, "custom")
    fields = form_of(client, path)
    assert {"label", "name", "network", "description"} <= fields.keys()
    assert "Create asset within condition" in client.get(path).get_data(as_text=True)
    answer = send(
        client,
        path,
        label="pts",
        name="Loyalty points",
        network="Savanna chain",
        description="Earned by saving",
        exponent="0",
        rate="0.5",
        creates_asset="y",
    )
    assert answer.status_code == 303
    saved = row(ProjectCurrency, house.project_id, "PTS")
    assert (saved.name, saved.networks, saved.description, saved.creates_asset) == (
        "Loyalty points",
        ["Savanna chain"],
        "Earned by saving",
        True,
    )
    account_id = factories.an_account(house, factories.a_client(house))
    with database.reading() as session:
        query = select(Asset.currency, Asset.is_active).where(Asset.account_id == account_id)
        assert {tuple(one) for one in session.execute(query)} == {("KES", True), ("PTS", False)}


def test_without_the_mark_no_asset_is_generated(house):
    perform(
        CreateProjectCurrency(
            house.project_id, "PTS", kind="custom", name="Points", rate=Decimal(1)
        ),
        house.administrator,
    )
    account_id = factories.an_account(house, factories.a_client(house))
    with database.reading() as session:
        query = select(Asset.currency).where(Asset.account_id == account_id)
        assert list(session.scalars(query)) == ["KES"]


def test_a_currency_new_to_the_organisation_needs_its_rate(client: FlaskClient, house):
    administrator(client, house)
    path = new(house, "fiat")
    answer = send(client, path, code="JPY")
    assert answer.status_code == 422
    assert "Rate to KES is required" in answer.get_data(as_text=True)
    assert row(ProjectCurrency, house.project_id, "JPY") is None
    assert send(client, path, code="JPY", rate="0.8675").status_code == 303
    with database.reading() as session:
        kept = session.scalars(
            select(OrganisationCurrency).where(
                OrganisationCurrency.organisation_id == house.organisation_id,
                OrganisationCurrency.code == "JPY",
            )
        ).one()
        assert (kept.mid_rate, kept.exponent) == (Decimal("0.8675"), 0)
    other = perform(CreateProject("Wallets"), house.administrator)
    perform(CreateProjectCurrency(other, "JPY"), house.administrator)
    assert row(ProjectCurrency, other, "JPY") is not None


@pytest.mark.parametrize("typed", ["1e9", "NaN", "-1", "1_000", "１２", "0", "9" * 60])
def test_a_rate_that_is_no_number_above_zero_is_refused(client: FlaskClient, house, typed):
    administrator(client, house)
    answer = send(client, new(house, "fiat"), code="USD", rate=typed)
    assert answer.status_code == 422
    assert "Rate to KES must be" in answer.get_data(as_text=True)
    assert row(ProjectCurrency, house.project_id, "USD") is None


@pytest.mark.parametrize("typed", ["1e9", "-5", "0.001", "abc"])
def test_a_limit_that_is_no_amount_of_the_currency_is_refused(client: FlaskClient, house, typed):
    administrator(client, house)
    answer = send(client, new(house, "fiat"), code="USD", rate="129", limit=typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Limit " in page
    assert f'value="{typed}"' in page


@pytest.mark.checks("W03.14", "W03.20", "W03.02")
def test_below_the_limit_nothing_is_conducted_from_the_moment_it_is_saved(
    client: FlaskClient, house
):
    asset_id = factories.a_funded_asset(house)
    perform(Deposit(asset_id, 5_00), house.administrator)
    kes = row(ProjectCurrency, house.project_id, "KES")
    administrator(client, house)
    answer = send(client, f"{PATH}/currencies/{kes.id}/edit", name="Shilling", limit="10.00")
    assert answer.status_code == 303
    assert row(ProjectCurrency, house.project_id, "KES").name == "Shilling"
    with pytest.raises(Refusal, match=r"The smallest amount that can be transacted is 10\.00 KES"):
        perform(Deposit(asset_id, 9_99), house.administrator)
    assert balance(asset_id) == 5_00
    perform(Deposit(asset_id, 10_00), house.administrator)
    assert balance(asset_id) == 15_00


def a_bitcoin_asset(house, fee_minor):
    perform(
        CreateProjectCurrency(
            house.project_id, "BTC", network_fee_minor=fee_minor, rate=Decimal("8650000.5")
        ),
        house.administrator,
    )
    return factories.a_funded_asset(house, 1_0000_0000, "BTC")


@pytest.mark.checks("W03.16")
def test_the_network_fee_is_charged_on_top_of_what_is_paid_out(house):
    asset_id = a_bitcoin_asset(house, 50_000)
    transaction_id = perform(Withdraw(asset_id, 2000_0000), house.administrator)
    assert balance(asset_id) == 1_0000_0000 - 2000_0000 - 50_000
    with database.reading() as session:
        transaction = session.get_one(Transaction, transaction_id)
        assert (transaction.amount_minor, transaction.fee_minor) == (2000_0000, 50_000)
        entries = session.scalars(select(Entry).where(Entry.transaction_id == transaction_id)).all()
        assert sorted((one.side, one.amount_minor) for one in entries) == [
            ("C", 50_000),
            ("C", 2000_0000),
            ("D", 50_000),
            ("D", 2000_0000),
        ]
        income = session.scalars(
            select(Account.purpose)
            .join(Asset, Asset.account_id == Account.id)
            .where(Asset.id.in_([one.asset_id for one in entries if one.amount_minor == 50_000]))
        ).all()
        assert "fees" in income


@pytest.mark.checks("W03.16")
def test_a_withdrawal_that_leaves_nothing_for_the_fee_is_refused_whole(house):
    asset_id = a_bitcoin_asset(house, 50_000)
    with pytest.raises(Conflict, match="Insufficient"):
        perform(Withdraw(asset_id, 1_0000_0000), house.administrator)
    assert balance(asset_id) == 1_0000_0000


@pytest.mark.checks("W03.21")
def test_the_trash_can_deletes_a_currency_that_nothing_uses(client: FlaskClient, house):
    usd = perform(CreateProjectCurrency(house.project_id, "USD", rate=Decimal(130)), house.system)
    administrator(client, house)
    path = f"{PATH}/currencies/{usd}/delete"
    assert f'href="{path}"' in line(client, "currencies", house.project_id, usd)
    assert "cannot be undone" in client.get(path).get_data(as_text=True)
    assert send(client, path).status_code == 303
    assert "USD" not in panel(client, "currencies", house.project_id)


def test_a_currency_that_assets_hold_cannot_be_deleted(house):
    factories.a_funded_asset(house, 100)
    kes = row(ProjectCurrency, house.project_id, "KES")
    with pytest.raises(Conflict, match="Currency cannot be deleted: it is used by assets"):
        perform(DeleteConfiguration("currencies", kes.id), house.administrator)


@pytest.mark.checks("W03.22")
def test_the_default_currency_is_deleted_only_after_another_was_chosen(house):
    usd = perform(CreateProjectCurrency(house.project_id, "USD", rate=Decimal(130)), house.system)
    perform(MakeDefault("currencies", usd), house.administrator)
    with pytest.raises(Conflict, match="Choose another default first"):
        perform(DeleteConfiguration("currencies", usd), house.administrator)
    kes = row(ProjectCurrency, house.project_id, "KES")
    perform(MakeDefault("currencies", kes.id), house.administrator)
    perform(DeleteConfiguration("currencies", usd), house.administrator)
    assert row(ProjectCurrency, house.project_id, "USD") is None


@pytest.mark.checks("W03.23")
def test_without_a_currency_of_the_project_no_asset_can_be_added(house):
    other = perform(CreateProject("Wallets"), house.administrator)
    client_id = factories.a_client(house, project_id=other)
    with pytest.raises(Refusal, match="KES is not a currency of this project"):
        perform(OpenAccount(house.product_id, "KES", client_id=client_id), house.administrator)
    perform(CreateProjectCurrency(other, "KES"), house.administrator)
    account_id = perform(
        OpenAccount(house.product_id, "KES", client_id=client_id), house.administrator
    )
    with pytest.raises(Refusal, match="currency of this"):
        perform(AddAsset(account_id, "USD"), house.administrator)


def test_a_currency_is_there_once_and_of_its_own_type(house):
    with pytest.raises(Conflict, match="This label is in use already"):
        perform(CreateProjectCurrency(house.project_id, "KES"), house.administrator)
    with pytest.raises(Refusal, match="BTC is a currency of type Crypto"):
        perform(
            CreateProjectCurrency(house.project_id, "BTC", kind="custom", rate=Decimal(1)),
            house.administrator,
        )
    with pytest.raises(Refusal, match="Choose a currency from the list"):
        perform(CreateProjectCurrency(house.project_id, "XYZ", rate=Decimal(1)), house.system)
