"""What is refused names the field that is at fault as the body has it, and says what is true."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests import factories
from tests.journals.scenes import codes, house_account, number_of
from tests.program import Program

DAY = {"scheduled_on": "2026-12-02"}


@pytest.fixture(scope="module")
def strange(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


def test_a_record_that_is_not_there_or_not_in_sight_is_told_alike_with_its_field(
    house: factories.House, program: Program, strange: factories.House
):
    asset_id = factories.a_funded_asset(house, 10_00)
    theirs = factories.a_funded_asset(strange, 10_00)
    moved = {"asset_id": asset_id, "amount_minor": 100, "currency": "KES"}
    documents = [{"identity_type_id": house.identity_type_id, "reference": "12345678"}]
    person = {"first_name": "A", "surname": "B", "project_id": house.project_id,
              "documents": documents}  # fmt: skip
    account = {"product_id": house.product_id, "currency": "KES"}
    account |= {"client_id": factories.a_client(house)}
    period = {"first_day": "2026-11-01", "last_day": "2026-11-02"}
    lines = [{"side": side, "account": number_of(asset_id), "amount_minor": 1, "currency": "KES",
              "code": "X", "narrative": "y"} for side in "DC"]  # fmt: skip
    cases: list[tuple[str, dict[str, Any], str, int, str]] = [
        ("/transactions/deposits", moved, "asset_id", theirs, "asset"),
        ("/transactions/transfers", moved, "counter_asset_id", theirs, "asset"),
        ("/transactions/exchanges", moved, "counter_asset_id", theirs, "asset"),
        ("/transactions/withdrawals", moved, "funding_source_id", 10**9, "funding source"),
        ("/clients", person, "project_id", strange.project_id, "project"),
        ("/clients", person, "desk_id", 10**9, "desk"),
        ("/accounts", account, "client_id", factories.a_client(strange), "client"),
        ("/accounts", account, "product_id", strange.product_id, "product"),
        ("/accounts", account, "account_type_id", 10**9, "account type"),
        ("/accounts", account, "branch_id", strange.branch_id, "branch"),
        ("/statements", period | {"subject": "asset"}, "subject_id", theirs, "asset"),
        ("/forward-dated-transactions", DAY | {"lines": lines}, "branch_id",
         strange.branch_id, "branch"),
    ]  # fmt: skip
    for path, body, field, elsewhere, noun in cases:
        for record_id in (elsewhere, 987654321):
            answer = program.send(path, body | {field: record_id})
            told = [{"field": field, "detail": f"There is no such {noun}"}]
            assert (answer.status_code, answer.json.get("errors")) == (422, told), (path, field)
    one = documents[0] | {"document_type_id": 10**9}
    answer = program.send("/clients", person | {"documents": [one]})
    assert answer.json["errors"][0]["field"] == "documents.0.document_type_id"
    asked = {"kind": "deposit", "amount_minor": 1, "currency": "KES"}
    priced = program.get("/transactions/preview", asset_id=theirs, **asked)
    assert (priced.status_code, priced.json["errors"][0]["field"]) == (422, "asset_id")


def test_what_an_address_names_stays_the_matter_of_the_address(program: Program):
    answer = program.post("/transactions/987654321/outcome", status="completed")
    assert (answer.status_code, answer.json["detail"]) == (404, "There is nothing at this address.")


def test_an_amount_that_is_refused_is_named_as_the_body_has_it(
    house: factories.House, program: Program
):
    shillings = factories.a_funded_asset(house, 10_00)
    account_id = program.get(f"/assets/{shillings}").json["account_id"]
    dollars = factories.an_asset(house, account_id, "USD")
    answer = program.post(
        "/transactions/exchanges",
        asset_id=shillings, counter_asset_id=dollars, amount_minor=1, currency="KES",
    )  # fmt: skip
    (told,) = answer.json["errors"]
    assert "too small" in told["detail"]
    assert told["field"] == "amount_minor"


def test_a_line_that_is_wrong_is_named_by_its_place(house: factories.House, program: Program):
    codes(house)
    payer, taker = house_account(house), number_of(factories.a_funded_asset(house))

    def refused(place: int, **wrong: Any) -> dict[str, str]:
        lines = [
            {"side": side, "account": account, "amount_minor": minor, "currency": "KES",
             "code": "GENERAL", "narrative": "Rent"}
            for side, account, minor in (("D", payer, 5), ("C", taker, 3), ("C", taker, 2))
        ]  # fmt: skip
        lines[place] |= wrong
        sent = program.post(
            "/forward-dated-transactions", **DAY, branch_id=house.branch_id, lines=lines
        )
        assert sent.status_code == 422, sent.get_data(as_text=True)
        (told,) = sent.json["errors"]
        return told

    assert refused(1, account="ACC-NONE") == {
        "field": "lines.1.account", "detail": "The account ACC-NONE is unknown.",
    }  # fmt: skip
    assert refused(2, code="NOWHERE") == {
        "field": "lines.2.code", "detail": "No transaction code NOWHERE is in use.",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/transactions/deposits", "/clients", "/accounts"])
def test_an_external_id_names_one_record_and_an_empty_one_none(
    house: factories.House, program: Program, path: str
):
    noun, body = {
        "/transactions/deposits": (
            "transaction",
            {"asset_id": factories.a_funded_asset(house), "amount_minor": 5, "currency": "KES"},
        ),
        "/clients": (
            "client",
            {"first_name": "A", "surname": "B", "project_id": house.project_id,
             "documents": [{"identity_type_id": house.identity_type_id, "reference": "12345678"}]},
        ),
        "/accounts": (
            "account",
            {"product_id": house.product_id, "currency": "KES",
             "client_id": factories.a_client(house)},
        ),
    }[path]  # fmt: skip
    for empty in ("", "  ", None):
        made = program.send(path, body | {"external_id": empty})
        assert (made.status_code, made.json["external_id"]) == (201, None)
    assert program.send(path, body | {"external_id": "ours-1"}).status_code == 201
    again = program.send(path, body | {"external_id": "ours-1"})
    sentence = f"Another {noun} has this External ID"
    assert again.status_code == 409
    assert again.json["errors"] == [{"field": "external_id", "detail": sentence}]
