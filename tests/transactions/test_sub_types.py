"""A project's own sub-types: chosen as money moves, priced, shown and filtered by (W03.24)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import perform
from app.kernel.errors import Refusal
from app.ledger.models import Transaction
from app.reference.commands import CreateTransactionSubType
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Deposit, Transfer
from app.transactions.kinds import Particulars
from tests import factories
from tests.factories import House
from tests.fees.books import a_fee, a_group, sub_type
from tests.pages import form_of, token_of
from tests.program import a_program
from tests.sent import statements_sent
from tests.transactions.scenes import transaction


@pytest.fixture
def house(app: Flask) -> House:
    """A house that tells salaries and rents apart, and takes 7 of a salary, 3 of any deposit."""
    made = factories.a_house(currencies=("KES",))
    for label, direction in (("salary", "in"), ("rent", "out"), ("gift", "both")):
        command = CreateTransactionSubType(made.project_id, label, label.title(), direction)
        perform(command, made.administrator)
    general = a_group(made, "General", is_default=True)
    a_fee(made, general, "7", label="salary", currency="KES")
    a_fee(made, general, "3", label="deposit", currency="KES")
    return made


def _text(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page)


def _charged(made: int) -> tuple[int | None, int]:
    one: Transaction = transaction(made)
    return one.sub_type_id, one.fee_minor


@pytest.mark.checks("W03.24", "W03.26", "W04.07", "W08.37", "W09.47")
def test_a_deposit_classified_at_the_counter_costs_shows_and_is_found_as_that(app, house, client):
    asset_id = factories.a_funded_asset(house, 500_00)
    factories.signed_in(client, house.administrator_email)
    path = f"/admin/assets/{asset_id}/deposit"
    page = client.get(path).get_data(as_text=True)
    offered = page.split('name="sub_type"')[1].split("</select>")[0]
    assert re.findall(r"<option[^>]*>([^<]+)", offered) == ["Deposit", "Gift", "Salary"]
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    typed = {"preview": "1", "csrf_token": token_of(client), "amount": "100"}
    priced = client.post(path, data=typed | {"sub_type": "salary"}, headers=headers)
    assert re.search(r"Fee amount +7\.00", _text(priced.get_data(as_text=True)))
    sent = form_of(client, path) | {"amount": "100", "sub_type": "salary"}
    answer = client.post(path, data=sent)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    listed = client.get("/admin/transactions?sub-type=salary").get_data(as_text=True)
    (made,) = {int(one) for one in re.findall(r'href="/admin/transactions/(\d+)', listed)}
    assert _charged(made) == (sub_type(house, "salary"), 7_00)
    assert re.search("Sub-type +Salary", _text(client.get(f"/admin/transactions/{made}").text))
    refused = client.post(path, data=form_of(client, path) | {"amount": "1", "sub_type": "rent"})
    assert refused.status_code == 422
    assert "Choose from the list" in refused.get_data(as_text=True)


def test_what_nobody_classifies_is_the_systems_own_and_asks_the_database_nothing_more(app, house):
    asset_id = factories.a_funded_asset(house, 1_00)
    counts, charged = [], []
    for label in ("", "", "salary"):
        with statements_sent() as sent:
            deposit = Deposit(asset_id, 100_00, Particulars(sub_type=label))
            made = perform(deposit, house.administrator)
        counts.append(len(sent))
        charged.append(_charged(made))
    assert counts[1] == counts[2]
    assert charged[1:] == [(sub_type(house, "deposit"), 3_00), (sub_type(house, "salary"), 7_00)]
    with pytest.raises(Refusal, match="Choose a sub-type of the project"):
        perform(Deposit(asset_id, 1_00, Particulars(sub_type="rent")), house.administrator)


def test_both_halves_of_a_transfer_are_what_goes_both_ways(app, house):
    mine, theirs = (factories.a_funded_asset(house, 500_00) for _ in "ab")
    for label, received in (("gift", "gift"), ("rent", "transfer")):
        transfer = Transfer(mine, theirs, 10_00, Particulars(sub_type=label))
        out = transaction(perform(transfer, house.administrator))
        into = transaction(out.id + 1)
        assert (into.kind, into.pair_id) == ("transfer_in", out.id)
        assert out.sub_type_id == sub_type(house, label)
        assert into.sub_type_id == sub_type(house, received)


def test_what_waits_keeps_its_sub_type_and_a_correction_may_change_it(app, house, client):
    factories.an_approval_rule(house, levels=1)
    mine, theirs = (factories.a_funded_asset(house) for _ in "ab")
    teller, email, password = factories.a_user(house, "Teller")
    made = perform(Deposit(mine, 100_00, Particulars(sub_type="salary")), teller)
    assert _charged(made) == (sub_type(house, "salary"), 7_00)
    version = transaction(made).version
    perform(RejectRecord("transaction", made, version, "Not a salary"), house.administrator)
    one = transaction(made)
    perform(EditTransaction(made, one.version, 200_00), teller)
    assert _charged(made) == (sub_type(house, "salary"), 7_00)
    factories.signed_in(client, email, password)
    typed = form_of(client, f"/admin/transactions/{made}/amend")
    assert typed["sub_type"] == ["salary"]
    answer = client.post(f"/admin/transactions/{made}/amend", data=typed | {"sub_type": ""})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert _charged(made) == (sub_type(house, "deposit"), 3_00)
    perform(ApproveRecord("transaction", made, transaction(made).version), house.administrator)
    moved = perform(Transfer(mine, theirs, 50_00, Particulars(sub_type="gift")), teller)
    perform(ApproveRecord("transaction", moved, 1), house.administrator)
    assert transaction(moved).sub_type_id == sub_type(house, "gift")
    assert transaction(moved + 1).sub_type_id == sub_type(house, "gift")


def test_a_program_names_the_sub_type_and_asks_what_it_costs(app, house):
    program = a_program(app, house.administrator)
    asset_id = factories.a_funded_asset(house, 500_00)
    movement: dict[str, Any] = {"asset_id": asset_id, "amount_minor": 100_00, "currency": "KES"}
    for label, fee in (("", 3_00), ("salary", 7_00)):
        asked = movement | {"kind": "deposit", "sub_type": label}
        told = program.get("/transactions/preview", **asked).json
        assert told["fee_minor"] == fee
        made = program.post("/transactions/deposits", **movement, sub_type=label)
        named = sub_type(house, label or "deposit")
        assert (made.json["fee_minor"], made.json["sub_type_id"]) == (fee, named)
    wrong = program.post("/transactions/deposits", **movement, sub_type="rent")
    assert wrong.status_code == 422
    assert "Choose a sub-type of the project" in wrong.get_data(as_text=True)


def test_the_simulator_prices_a_sub_type_as_the_movement_it_classifies(app, house, client):
    factories.signed_in(client, house.administrator_email)
    path = "/admin/company-fees/simulator"
    page = client.get(path).get_data(as_text=True)
    for offered in ("Gift · Deposit", "Gift · Transfer", "Rent · Withdrawal", "Salary · Deposit"):
        assert offered in page
    assert "Salary · Withdrawal" not in page
    query = {"project_id": str(house.project_id), "kind": "deposit/salary", "currency": "KES"}
    told = client.get(path, query_string=query | {"amount": "100"}).get_data(as_text=True)
    assert re.search(r"Net amount +93\.00", _text(told))
