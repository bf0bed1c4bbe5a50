"""Financial Config > Tenant Currency: adding, rates and their history, the base, deleting."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.controls.tenant import Organisation
from app.currencies.commands import AddCurrency, EditCurrency
from app.currencies.models import ExchangeRate
from app.currencies.queries import rate_on
from app.currencies.rates import Rates
from app.db.session import database
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.organisation.models import OrganisationCurrency
from app.transactions.commands import Deposit
from tests import factories
from tests.pages import send

PATH = "/admin/currencies"
DAY = factories.BUSINESS_DATE


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "JPY"))


@pytest.fixture
def administrator(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _rates(buy: str, sell: str, mid: str) -> Rates:
    return Rates(Decimal(buy), Decimal(sell), Decimal(mid))


def _currency(house: factories.House, code: str) -> OrganisationCurrency:
    with database.reading() as session:
        query = select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == house.organisation_id,
            OrganisationCurrency.code == code,
        )
        found = session.scalars(query).one()
        session.expunge(found)
        return found


def _page(answer, status: int = 200) -> str:
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[-3000:]
    return page


@pytest.mark.checks("E15.01", "E15.02", "E15.05")
def test_a_currency_is_added_with_its_rates_and_appears_in_the_list(house, administrator):
    page = _page(administrator.get(f"{PATH}/new"))
    for label in ("Buy Rate", "Sell Rate", "Mid Rate", "Rate date", "Source", "Base Currency"):
        assert label in page
    offered = page.split('name="code"', 1)[1].split("</select>", 1)[0]
    missing = set(known_currencies()) - {"KES", "USD", "JPY"}
    assert offered.count("<option") == len(missing) + 1
    assert all(f'value="{code}"' in offered for code in missing)
    typed = {"buy_rate": "139.2", "sell_rate": "142", "mid_rate": "140.6"}
    assert send(administrator, f"{PATH}/new", code="EUR", **typed).status_code == 303
    row = _page(administrator.get(PATH)).split(">EUR<", 1)[1].split("</tr>", 1)[0]
    for shown in ("139.2", "142", "140.6", "2026-11-20", "MANUAL"):
        assert shown in row
    exported = administrator.get(f"{PATH}.csv").get_data(as_text=True)
    assert "EUR,Euro,,139.2,142,140.6,2026-11-20,MANUAL" in exported
    # A rate is base units for one unit: a hundred euros are valued at 14,060 shillings.
    assert rate_of(house, "EUR").mid == Decimal("140.6")


def rate_of(house, code, on=DAY, source="SYSTEM"):
    with database.reading() as session:
        return rate_on(session, house.organisation_id, code, on, source=source)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": "XXX"}, "Choose from the list"),
        ({"code": "KES"}, "Choose from the list"),
        ({"code": ""}, "Currency is required"),
        ({"mid_rate": ""}, "Mid Rate is required"),
        ({"buy_rate": "151"}, "Buy Rate cannot be above Mid Rate"),
        ({"sell_rate": "149"}, "Sell Rate cannot be below Mid Rate"),
        ({"mid_rate": "0"}, "Mid Rate must be greater than 0"),
        ({"sell_rate": "1e9"}, "Sell Rate must be a number such as 129.35"),
        ({"rate_date": "2026-11-21"}, "Rate date cannot be after the business date"),
        ({"margin": "50"}, "Margin must be from 0 to less than 50 percent"),
        ({"margin": "-1"}, "Margin must be a number such as 129.35"),
        ({"source": "GUESS"}, "Choose from the list"),
    ],
)
def test_what_is_no_rate_is_refused_and_kept_as_typed(house, administrator, typed, sentence):
    values = {"code": "GBP", "buy_rate": "148", "sell_rate": "152", "mid_rate": "150"} | typed
    page = _page(send(administrator, f"{PATH}/new", **values), 422)
    assert sentence in page
    assert f'value="{values["buy_rate"]}"' in page


@pytest.mark.checks("E15.02")
def test_rates_keep_their_dated_history_and_nothing_changes_it(app):
    house = factories.a_house(currencies=("KES", "USD"))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    usd = _currency(house, "USD")
    typed = {"buy_rate": "128", "sell_rate": "131", "mid_rate": "129.5"}
    assert send(browser, f"{PATH}/{usd.id}/edit", **typed).status_code == 303
    earlier = {"buy_rate": "120", "sell_rate": "122", "mid_rate": "121", "rate_date": "2026-11-02"}
    assert send(browser, f"{PATH}/{usd.id}/edit", **earlier).status_code == 303
    official = {"buy_rate": "129", "sell_rate": "129", "mid_rate": "129", "source": "CBK"}
    assert send(browser, f"{PATH}/{usd.id}/edit", **official).status_code == 303
    page = _page(browser.get(f"{PATH}/{usd.id}"))
    history = page.split("History of rates", 1)[1]
    assert history.count("<tr>") == 5
    assert "CBK" in history
    assert "Ada Achieng" in history
    assert _currency(house, "USD").mid_rate == Decimal("129.5")
    assert rate_of(house, "USD").sell == Decimal(131)
    assert rate_of(house, "USD", DAY - timedelta(days=1)).mid == Decimal(121)
    assert rate_of(house, "USD", source="CBK").mid == Decimal(129)
    with pytest.raises(Refusal) as refused:
        rate_of(house, "USD", date(2026, 11, 1))
    assert refused.value.sentence == (
        "Rate unavailable for USD → KES. Please configure tenant currencies first."
    )
    with pytest.raises(Refusal):
        rate_of(house, "USD", source="THIRD_PARTY")
    assert rate_of(house, "KES", source="CBK").mid == 1
    with pytest.raises(DatabaseError), database.engine.begin() as connection:
        connection.execute(text("UPDATE exchange_rate SET source = 'CBK'"))


@pytest.mark.checks("E15.03", "E15.04")
def test_a_new_base_is_one_to_one_and_replaces_the_one_before(app):
    house = factories.a_house(currencies=("KES", "USD"))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    typed = {"code": "EUR", "buy_rate": "140", "sell_rate": "160", "mid_rate": "150"}
    answer = send(browser, f"{PATH}/new", **typed, is_base="y")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with database.reading() as session:
        query = select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == house.organisation_id
        )
        kept = {row.code: row for row in session.scalars(query)}
        organisation = session.get_one(Organisation, house.organisation_id)
        assert (organisation.base_currency, organisation.base_exponent) == ("EUR", 2)
    assert [code for code, row in kept.items() if row.is_base] == ["EUR"]
    assert (kept["EUR"].buy_rate, kept["EUR"].sell_rate, kept["EUR"].mid_rate) == (1, 1, 1)
    # A shilling is worth what a euro cost the other way round; the dollar goes through both.
    assert kept["KES"].mid_rate == Decimal("0.006666666667")
    assert kept["KES"].buy_rate == Decimal("0.00625")
    assert kept["USD"].mid_rate == Decimal("0.866666666667")
    page = _page(browser.get(PATH))
    assert page.count("Base Currency") == 1
    page = _page(browser.get(f"{PATH}/{kept['EUR'].id}/edit"))
    assert "Buy Rate" not in page
    assert "its rates are 1:1" in page
    assert rate_of(house, "KES").source == "SYSTEM"
    # What was opened before is transacted at once, in amounts of the new base.
    asset_id = factories.a_funded_asset(house, 30_000, "KES")
    assert asset_id


def test_a_base_stays_once_something_is_recorded_or_rules_name_amounts(app):
    house = factories.a_house(currencies=("KES", "USD"))
    usd = _currency(house, "USD")
    rule_id = factories.an_approval_rule(house, minimum_minor=100_000)
    command = EditCurrency(usd.id, usd.version, _rates("130", "130", "130"), is_base=True)
    with pytest.raises(Conflict, match="approval rules that ask for an amount"):
        perform(command, house.administrator)
    from app.controls.levels import ApprovalRule

    factories.change(house, ApprovalRule, rule_id, minimum_minor=0)
    factories.a_funded_asset(house, 100)
    with pytest.raises(Conflict) as refused:
        perform(command, house.administrator)
    assert refused.value.sentence == (
        "The base currency cannot be changed: transactions have amounts in KES, which would mean "
        "others in USD"
    )
    assert _currency(house, "KES").is_base


@pytest.mark.checks("E40.21")
def test_a_currency_is_deleted_but_not_the_base_nor_what_is_in_use(app):
    house = factories.a_house(currencies=("KES", "USD"))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    base, usd = _currency(house, "KES"), _currency(house, "USD")
    page = _page(browser.get(f"{PATH}/{base.id}"))
    assert "The base currency cannot be deleted" in page
    page = _page(send(browser, f"{PATH}/{base.id}/delete"), 409)
    assert "The base currency cannot be deleted" in page
    page = _page(send(browser, f"{PATH}/{usd.id}/delete"), 409)
    assert "USD cannot be deleted: it is used by projects" in page
    euro = perform(AddCurrency("EUR", _rates("139", "142", "140")), house.administrator)
    answer = send(browser, f"{PATH}/{euro}/delete")
    assert answer.status_code == 303
    page = _page(browser.get(PATH))
    assert "Currency deleted successfully" in page
    assert ">EUR<" not in page
    assert ">EUR<" in _page(browser.get(f"{PATH}?status=inactive"))
    page = _page(browser.get(f"{PATH}/{euro}"))
    assert "Inactive" in page
    assert f"{PATH}/{euro}/edit" not in page
    with pytest.raises(Refusal):
        rate_of(house, "EUR")
    assert 'value="EUR"' in _page(browser.get(f"{PATH}/new"))
    # Added again, it is the same record, and its history goes on.
    again = perform(AddCurrency("EUR", _rates("140", "143", "141")), house.administrator)
    assert again == euro
    with database.reading() as session:
        rows = session.scalars(
            select(ExchangeRate.mid_rate).where(
                ExchangeRate.organisation_id == house.organisation_id,
                ExchangeRate.currency == "EUR",
            )
        )
        assert sorted(rows) == [140, 141]


def test_one_that_comes_back_with_an_older_rate_keeps_the_newer_for_all_who_ask(app):
    house = factories.a_house(currencies=("KES",))
    perform(AddCurrency("CHF", Rates.at(Decimal(160))), house.administrator)
    for day, mid, in_force in ((DAY - timedelta(days=3), 170, 160), (DAY, 175, 175)):
        currency = _currency(house, "CHF")
        perform(RetireRecord("organisation-currency", currency.id), house.administrator)
        again = AddCurrency("CHF", Rates.at(Decimal(mid)), rate_date=day)
        assert perform(again, house.administrator) == currency.id
        assert _currency(house, "CHF").mid_rate == in_force
        assert rate_of(house, "CHF").mid == in_force
    assert rate_of(house, "CHF", DAY - timedelta(days=1)).mid == 170


def test_a_currency_that_balances_are_kept_in_stays(app):
    house = factories.a_house(currencies=("KES",))
    perform(AddCurrency("EUR", _rates("139", "142", "140")), house.administrator)
    perform(factories.AddCurrencies(house.project_id, ("EUR",)), house.system)
    asset_id = factories.a_funded_asset(house, 5_000, "EUR")
    from app.reference.commands import DeleteConfiguration
    from app.reference.models import ProjectCurrency

    with database.reading() as session:
        query = select(ProjectCurrency.id).where(
            ProjectCurrency.organisation_id == house.organisation_id,
            ProjectCurrency.label == "EUR",
        )
        row_id = session.scalars(query).one()
    with pytest.raises(Conflict):
        perform(DeleteConfiguration("currencies", row_id), house.administrator)
    with pytest.raises(Conflict, match="EUR cannot be deleted"):
        perform(
            RetireRecord("organisation-currency", _currency(house, "EUR").id), house.administrator
        )
    assert perform(Deposit(asset_id, 100), house.administrator)


def test_a_teller_looks_and_changes_nothing(house, app):
    teller, email, password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    page = _page(browser.get(PATH))
    assert "Create currency" not in page
    assert "No feed of rates" not in page
    usd = _currency(house, "USD")
    assert browser.get(f"{PATH}/{usd.id}/edit").status_code == 403
    with pytest.raises(Forbidden):
        perform(EditCurrency(usd.id, usd.version, _rates("1", "1", "1")), teller)
