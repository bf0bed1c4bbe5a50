"""What is asked for is asked rightly, and a write is named: else it is said what is taken."""

from __future__ import annotations

from flask import Flask

from tests import factories
from tests.program import PREFIX, Program


def test_a_parameter_that_is_not_taken_is_refused_by_its_name(app: Flask, program: Program):
    lists = [rule.rule.removeprefix(PREFIX) for rule in app.url_map.iter_rules()
             if rule.rule.startswith(f"{PREFIX}/") and "GET" in (rule.methods or ())
             and "<" not in rule.rule and not rule.rule.endswith("openapi.json")]  # fmt: skip
    assert len(lists) > 10
    for path in lists:
        answer = program.get(path, curency="KES")
        assert answer.status_code == 422, path
        sentence = "This address takes no parameter “curency”"
        assert answer.json["errors"] == [{"field": "curency", "detail": sentence}]
    assert program.get("/assets", currency="KES", limit=1).status_code == 200


def test_a_currency_is_taken_in_either_case(house: factories.House, program: Program):
    asset_id = factories.a_funded_asset(house, 0, "USD")
    account_id = program.get(f"/assets/{asset_id}").json["account_id"]
    found = program.get("/assets", account_id=account_id, currency="usd").json["items"]
    assert [one["id"] for one in found] == [asset_id]
    opened = program.post(
        "/accounts",
        product_id=house.product_id, currency="kes", client_id=factories.a_client(house),
    )  # fmt: skip
    assert (opened.status_code, opened.json["currency"]) == (201, "KES")


def test_an_idempotency_key_that_cannot_be_kept_is_told_what_one_may_be(
    house: factories.House, program: Program
):
    asset_id = factories.a_funded_asset(house, 0)
    body = {"asset_id": asset_id, "amount_minor": 5, "currency": "KES"}
    for key in ("malipo-é", "x" * 101, "a\tb"):
        answer = program.send("/transactions/deposits", body, key=key)
        assert answer.status_code == 400, key
        assert answer.json["detail"] == (
            "Send an Idempotency-Key header with each write, the same for a repeat: "
            "1 to 100 characters, all of them ASCII"
        )
    assert program.send("/transactions/deposits", body, key="a b" * 33).status_code == 201
    assert program.get(f"/assets/{asset_id}").json["ledger_minor"] == 5
