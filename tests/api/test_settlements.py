"""A settlement's rows are told as they were given, those that are wrong as well."""

from __future__ import annotations

from flask import Flask

from app.controls.commands import perform
from app.payments.commands import UploadPayments
from tests import factories
from tests.fees.books import a_fee, a_group
from tests.journals.scenes import number_of
from tests.program import a_program


def test_a_wrong_row_tells_the_amount_that_was_given_or_none_where_it_is_none(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    program = a_program(app, house.administrator)
    payment = {
        "debit_account": "ACC-NOBODY", "credit_account": "ACC-NONE", "amount_minor": 100,
        "currency": "kes",
    }  # fmt: skip
    sent = program.post("/settlements", name="Salaries", payments=[payment]).json
    (row,) = program.get(f"/settlements/{sent['id']}/rows").json["items"]
    assert (row["state"], row["amount_minor"], row["currency"]) == ("wrong", 100, "KES")
    typed = (
        b"debit account,credit account,amount,currency\n"
        b"ACC-A,ACC-B,12.50,USD\nACC-A,ACC-B,a few,USD\nACC-A,ACC-B,5,\n"
    )
    file_id = perform(UploadPayments("Run", "skip", "run.csv", typed), house.administrator)
    rows = program.get(f"/settlements/{file_id}/rows").json["items"]
    assert [one["amount_minor"] for one in rows] == [12_50, None, None]


def test_a_settlement_tells_what_its_payments_cost(app: Flask):
    house = factories.a_house(currencies=("KES",))
    fees = a_group(house, "General", is_default=True)
    a_fee(house, fees, "50", label="transfer", is_on_top=True)
    payer, taker = (number_of(factories.a_funded_asset(house, 500_00)) for _ in range(2))
    program = a_program(app, house.administrator)
    payment = {"debit_account": payer, "credit_account": taker, "currency": "KES"}
    rows = [payment | {"amount_minor": minor} for minor in (100_00, 200_00)]
    sent = program.post("/settlements", name="Salaries", payments=rows).json
    assert (sent["total_minor"], sent["fees_minor"]) == (300_00, 100_00)


def test_the_same_payments_are_settled_once_more_only_where_that_is_said(app: Flask):
    house = factories.a_house(currencies=("KES",))
    payer, taker = (number_of(factories.a_funded_asset(house, 500_00)) for _ in range(2))
    program = a_program(app, house.administrator)
    payment = {
        "debit_account": payer, "credit_account": taker, "currency": "KES", "amount_minor": 100_00,
    }  # fmt: skip
    first = program.post("/settlements", key="a run", name="Salaries", payments=[payment])
    assert first.status_code == 202
    repeated = program.post("/settlements", key="a run", name="Salaries", payments=[payment])
    assert repeated.json["id"] == first.json["id"]
    refused = program.post("/settlements", name="Salaries", payments=[payment])
    assert refused.status_code == 409
    assert f"The same rows are in {first.json['reference']}" in refused.get_data(as_text=True)
    assert len(program.get("/settlements").json["items"]) == 1
    again = program.post("/settlements", name="Salaries", payments=[payment], again=True)
    assert again.status_code == 202
