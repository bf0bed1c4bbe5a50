"""Core Banking > Company Fees: groups, their fees line by line, and the customers they hold for."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.models import Client
from app.controls.commands import perform
from app.db.session import database
from app.fees.models import CompanyFee
from app.reference.commands import CreateProject
from app.reference.fee_groups import FeeGroup
from tests import factories
from tests.fees.books import a_fee, a_group, sub_type
from tests.ledger.books import row
from tests.pages import form_of, send

LIST = "/admin/company-fees"
ADD = f"{LIST}/fees/new"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def _fees(group_id: int) -> list[CompanyFee]:
    with database.reading() as session:
        query = select(CompanyFee).where(
            CompanyFee.group_id == group_id, CompanyFee.retired_at.is_(None)
        )
        return list(session.scalars(query.order_by(CompanyFee.id)))


def _lines(*lines: tuple[str, str, str]) -> dict[str, str]:
    names = ("minimum", "maximum", "amount")
    return {
        f"lines-{number}-{name}": value
        for number, line in enumerate(lines)
        for name, value in zip(names, line, strict=True)
    }


@pytest.mark.checks("W04.01", "W04.03", "W04.04", "W04.05", "W04.18")
def test_a_group_is_added_and_offers_its_fees_from_the_list(house, here):
    page = _text(here, LIST)
    assert f'href="{LIST}/new"' in page
    assert "Add Group" in page
    assert f'href="{ADD}"' in page
    assert "Add Fee" in page
    assert send(here, f"{LIST}/new", name="Spot Trading Fees").status_code == 303
    with database.reading() as session:
        group = session.scalars(select(FeeGroup).where(FeeGroup.name == "Spot Trading Fees")).one()
    page = _text(here, LIST)
    assert "Spot Trading Fees" in page
    for path in (f"{ADD}?group={group.id}", f"{LIST}/{group.id}/edit", f"{LIST}/{group.id}/delete"):
        assert f'href="{path}"' in page
    assert form_of(here, f"{ADD}?group={group.id}")["group_id"] == [str(group.id)]
    assert send(here, f"{LIST}/{group.id}/edit", name="Trading").status_code == 303
    assert "Trading" in _text(here, LIST)
    again = send(here, f"{LIST}/new", name="trading")
    assert again.status_code == 409
    assert "A fee group with this name exists already" in again.get_data(as_text=True)
    assert send(here, f"{LIST}/new", name="").status_code == 422


@pytest.mark.checks("W04.06", "W04.07", "W04.10", "W04.15", "W04.16", "W04.17", "W04.19")
def test_several_thresholds_are_added_at_once_then_edited_and_deleted(house, here):
    group_id = a_group(house)
    path = f"{ADD}?group={group_id}"
    page = _text(here, path)
    for label in ("Company Fee Group", "Type of Transaction", "Currency", "Static", "Percent",
                  "Min. Value", "Max. Value", "Amount", "Deposit", "Withdrawal", "Exchange",
                  "All currencies", "Core Banking &gt; Configurations"):  # fmt: skip
        assert label in page
    withdrawal = str(sub_type(house, "withdrawal"))
    typed = {"sub_type_id": withdrawal, "basis": "percent"}
    lines = _lines(("", "100", "10"), ("100", "1000", "15"))
    more = here.post(path, data=form_of(here, path) | typed | lines | {"add-line": "1"})
    assert more.status_code == 200
    assert re.findall(r'name="lines-(\d)-amount"', more.get_data(as_text=True)) == ["0", "1", "2"]
    assert not _fees(group_id)
    four = lines | _lines(
        ("", "100", "10"), ("100", "1000", "15"), ("7", "8", "9"), ("1000", "", "20")
    )
    data = form_of(here, path) | typed | four
    less = here.post(path, data=data | {"remove-line": "2"}).get_data(as_text=True)
    assert re.findall(r'name="lines-\d-amount"[^>]*value="(\d+)"', less) == ["10", "15", "20"]
    data = form_of(here, path) | typed | lines
    data |= _lines(("", "100", "10"), ("100", "1000", "15"), ("1000", "", "20"))
    assert here.post(path, data=data).status_code == 303
    saved = _fees(group_id)
    assert [(one.minimum, one.maximum, one.amount, one.basis) for one in saved] == [
        (None, Decimal(100), Decimal(10), "percent"),
        (Decimal(100), Decimal(1000), Decimal(15), "percent"),
        (Decimal(1000), None, Decimal(20), "percent"),
    ]
    page = _text(here, f"{LIST}/{group_id}")
    for shown in ("Withdrawal", "All currencies", "10 %", "15 %", "20 %", "No limit"):
        assert shown in page
    fee = saved[1]
    assert send(here, f"{LIST}/fees/{fee.id}/edit", **{"lines-0-amount": "12.5"}).status_code == 303
    assert _fees(group_id)[1].amount == Decimal("12.5")
    stale = send(here, f"{LIST}/fees/{fee.id}/edit", version="1")
    assert stale.status_code == 409
    assert send(here, f"{LIST}/fees/{fee.id}/delete").status_code == 303
    assert [one.amount for one in _fees(group_id)] == [Decimal(10), Decimal(20)]
    assert here.get(f"{LIST}/fees/{fee.id}/edit").status_code == 404


@pytest.mark.checks("W04.09")
def test_an_exchange_has_an_out_and_an_in_currency(house, here):
    group_id = a_group(house)
    path = f"{ADD}?group={group_id}"
    exchange = {"sub_type_id": str(sub_type(house, "exchange")), "lines-0-amount": "5"}
    for typed, sentence in (
        ({"currency": "KES"}, "Choose both currencies of the exchange, or none"),
        ({"currency": "KES", "counter_currency": "KES"}, "must be different currencies"),
        ({"sub_type_id": "", "counter_currency": "USD"}, "Only an exchange has two currencies"),
        ({"currency": "EUR", "counter_currency": "KES"}, "Choose a currency of the group"),
        ({"lines-0-minimum": "9", "lines-0-maximum": "8"}, "Max. Value must be greater"),
        ({"basis": "percent", "lines-0-amount": "101"}, "Amount can be at most 100"),
        ({"lines-0-amount": ""}, "Amount is required"),
        ({}, "A static fee is an amount of one currency: choose which"),
        ({"sub_type_id": ""}, "A static fee is an amount of one currency: choose which"),
        ({"lines-0-amount": "1e5"}, "Amount must be a number"),
    ):
        answer = send(here, path, **(exchange | typed))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    assert send(here, path, currency="KES", counter_currency="USD", **exchange).status_code == 303
    (fee,) = _fees(group_id)
    assert (fee.currency, fee.counter_currency) == ("KES", "USD")
    assert "KES → USD" in _text(here, f"{LIST}/{group_id}")


@pytest.mark.checks("W04.08")
def test_without_types_or_currencies_the_form_points_to_the_configuration(app):
    house = factories.a_house(currencies=())
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = _text(browser, f"{ADD}?group={a_group(house)}")
    assert "There are no currencies" in page
    assert 'href="/admin/configurations"' in page


@pytest.mark.checks("W04.20", "W04.21", "W04.22")
def test_a_group_is_assigned_to_customers_and_deleted_only_without_them(house, here):
    group_id = a_group(house, "Partners")
    a_fee(house, group_id, "3")
    new = form_of(here, "/admin/clients/new")
    assert "fee_group_id" in new
    draft = factories.a_client(house, submit=False)
    send(here, f"/admin/clients/{draft}/edit", fee_group_id=str(group_id),
         **{"documents-0-reference": "1234567"})  # fmt: skip
    assert row(Client, draft).fee_group_id == group_id
    approved = factories.a_client(house)
    path = f"/admin/clients/{approved}/fee-group"
    assert path in _text(here, f"/admin/clients/{approved}")
    assert send(here, path, fee_group_id=str(group_id)).status_code == 303
    assert "Partners" in _text(here, f"/admin/clients/{approved}")
    delete = f"{LIST}/{group_id}/delete"
    assert "This is irreversible" in _text(here, delete)
    answer = send(here, delete)
    assert answer.status_code == 409
    assert "A group with assigned customers cannot be deleted" in answer.get_data(as_text=True)
    assert len(_fees(group_id)) == 1
    for client_id in (draft, approved):
        send(here, f"/admin/clients/{client_id}/fee-group", fee_group_id="")
    assert send(here, delete).status_code == 303
    assert _fees(group_id) == []
    assert row(FeeGroup, group_id).retired_at is not None
    assert "Partners" not in _text(here, LIST)
    assert "Partners" in _text(here, f"{LIST}?status=inactive")
    kept = _text(here, f"{LIST}/{group_id}")
    assert "Inactive" in kept
    assert "KES" in kept
    assert here.get(f"{LIST}/{group_id}/edit").status_code == 404
    assert send(here, path, fee_group_id=str(group_id)).status_code == 422


def test_a_group_of_another_project_is_not_the_customers(house, here):
    project_id = perform(CreateProject(factories.unique("Project")), house.administrator)
    stranger = send(here, f"{LIST}/new", name="Elsewhere", project_id=str(project_id))
    assert stranger.status_code == 303
    with database.reading() as session:
        group = session.scalars(select(FeeGroup).where(FeeGroup.name == "Elsewhere")).one()
    client_id = factories.a_client(house)
    answer = send(here, f"/admin/clients/{client_id}/fee-group", fee_group_id=str(group.id))
    assert answer.status_code == 422
    assert "Choose a fee group of the customer&#39;s project" in answer.get_data(as_text=True)


@pytest.mark.checks("W04.20", "W04.21")
def test_deleting_the_general_group_says_whom_it_holds_for(app):
    house = factories.a_house(currencies=("KES",))
    general, own = a_group(house, "General", is_default=True), a_group(house, "Own")
    for _ in "ab":
        factories.a_client(house)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    told = "every customer of the project without a group of their own, who are 2 now"
    assert told in _text(browser, f"{LIST}/{general}/delete")
    assert "general group" not in _text(browser, f"{LIST}/{own}/delete")
    assert "0 and all without a group" in _text(browser, LIST)


@pytest.mark.checks("W04.15")
def test_a_rule_that_stands_behind_another_says_so_and_a_twin_is_refused(house, here):
    group = a_group(house)
    path = f"{ADD}?group={group}"
    typed = {"sub_type_id": str(sub_type(house, "deposit")), "currency": "KES"}
    for lines in (_lines(("", "100", "5")), _lines(("10", "50", "7"), ("100", "200", "8")),
                  _lines(("50", "150", "9"))):  # fmt: skip
        assert send(here, path, **(typed | lines)).status_code == 303
    page = _text(here, f"{LIST}/{group}")
    first = "Deposit · KES · 5"
    assert re.findall(r"(Never applies|Does not apply[^:]*): ([^<]*) stands before it", page) == [
        ("Never applies", f"{group_name(group)} · {first}"),
        ("Does not apply from 100 to 150", f"{group_name(group)} · Deposit · KES · 9"),
        ("Does not apply from 50 to 100", f"{group_name(group)} · {first}"),
    ]
    hidden = _fees(group)[1]
    assert "Never applies" in _text(here, f"{LIST}/fees/{hidden.id}/edit")
    twin = send(here, path, **(typed | _lines(("10", "50", "70"))))
    assert twin.status_code == 409
    assert "The group has this fee already" in twin.get_data(as_text=True)
    both = send(here, path, **(typed | _lines(("300", "", "1"), ("300", "", "1"))))
    assert both.status_code == 409
    limits = {"lines-0-minimum": "", "lines-0-maximum": "100"}
    changed = send(here, f"{LIST}/fees/{hidden.id}/edit", **limits)
    assert changed.status_code == 409
    kept = {"lines-0-amount": "6"}
    assert send(here, f"{LIST}/fees/{hidden.id}/edit", **kept).status_code == 303
    assert len(_fees(group)) == 4


def group_name(group_id: int) -> str:
    return row(FeeGroup, group_id).name


def test_one_group_of_a_project_is_the_general_one(house, here):
    first = a_group(house, is_default=True)
    second = a_group(house, is_default=True)
    assert [row(FeeGroup, one).is_default for one in (first, second)] == [False, True]
    send(here, f"{LIST}/{first}/edit", is_default="y")
    assert [row(FeeGroup, one).is_default for one in (first, second)] == [True, False]
    send(here, f"{LIST}/{first}/delete")


def test_a_currency_and_a_type_that_fees_name_are_not_deleted(app):
    house = factories.a_house(currencies=("KES", "USD"))
    a_fee(house, a_group(house), "1", currency="USD")
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = _text(browser, f"/admin/configurations?project={house.project_id}")
    (usd,) = re.findall(r'id="currencies-(\d+)"(?:(?!</li>).)*USD', page, flags=re.DOTALL)[-1:]
    answer = send(browser, f"/admin/configurations/currencies/{usd}/delete")
    assert "it is used by company fees" in answer.get_data(as_text=True)


def test_a_teller_reads_the_fees_and_changes_none(house, client):
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    group_id = a_group(house)
    page = _text(client, LIST)
    assert "Add Group" not in page
    assert "What would this cost?" in page
    for path in (f"{LIST}/new", ADD, f"{LIST}/{group_id}/edit", f"{LIST}/{group_id}/delete"):
        assert client.get(path).status_code == 403
