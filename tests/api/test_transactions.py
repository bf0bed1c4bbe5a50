"""Programs move money through the interface: once, in minor units, within what their key allows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.commands import CreateRole
from app.accounts.commands import OpenAccount
from app.accounts.terms import Terms as AccountTerms
from app.clients.models import Client
from app.controls.commands import perform
from app.db.session import database
from app.fees.commands import AddFees, CreateFeeGroup, Fee, Threshold
from app.funding.commands import RejectFundingSource
from app.funding.models import FundingSource
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.mandates.commands import AddMandate, Terms
from app.mandates.models import Signature
from app.transactions.commands import Deposit, Withdraw
from app.transactions.wallets import TopUp
from tests import factories
from tests.due import work_of
from tests.journals.scenes import codes, house_account
from tests.program import Program, a_key, a_program, a_service
from tests.schedules.scenes import until
from tests.transactions.scenes import AddStatus

APPROVER = (
    "api-keys.own", "approvals.view", "assets.view", "transactions.view", "clients.view-all",
    "projects.view-all", "desks.view-all",
)  # fmt: skip


def _asset(asset_id: int) -> Asset:
    with database.reading() as session:
        found = session.get_one(Asset, asset_id)
        session.expunge(found)
        return found


@pytest.mark.checks("W01.29", "W02.06")
def test_a_job_posts_deposits_withdrawals_and_transfers_once_however_often_it_sends_them(
    app: Flask, house: factories.House
):
    scopes = ("assets.view", "assets.deposit", "assets.withdraw", "assets.transfer")
    job = Program(app, a_key(house.administrator, *scopes, user_id=a_service(house)))
    mine, theirs = factories.a_funded_asset(house), factories.a_funded_asset(house)
    paid = {"asset_id": mine, "amount_minor": 1_000_00, "currency": "KES", "external_id": "job-1"}
    first = job.send("/transactions/deposits", paid, key="one")
    assert first.status_code == 201, first.get_data(as_text=True)
    assert first.json["status"] == "Completed"
    assert (first.json["amount_minor"], first.json["currency"]) == (1_000_00, "KES")
    again = job.send("/transactions/deposits", paid, key="one")
    assert (again.status_code, again.json) == (201, first.json)
    other = job.send("/transactions/deposits", paid | {"amount_minor": 7}, key="one")
    assert other.status_code == 409
    assert other.json["detail"] == "This key was already used for a different request"
    taken = job.post(
        "/transactions/withdrawals", asset_id=mine, amount_minor=250_00, currency="KES"
    )
    assert taken.status_code == 201
    sent = job.post(
        "/transactions/transfers",
        asset_id=mine, counter_asset_id=theirs, amount_minor=300_00, currency="KES",
    )  # fmt: skip
    assert sent.json["kind"] == "transfer_out"
    balances = [job.get(f"/assets/{one}").json["available_minor"] for one in (mine, theirs)]
    assert balances == [450_00, 300_00]
    with database.reading() as session:
        one = session.get_one(Transaction, first.json["id"])
        assert one.operator_name.endswith("(service)")


def test_what_cannot_be_posted_is_a_problem_with_the_sentence_and_the_field(
    house: factories.House, program: Program
):
    asset_id = factories.a_funded_asset(house, 10_00)
    good = {"asset_id": asset_id, "amount_minor": 5_00, "currency": "KES"}
    path = "/transactions/withdrawals"
    short = program.send(path, good | {"amount_minor": 11_00})
    assert short.status_code == 409
    assert short.mimetype == "application/problem+json"
    assert "Insufficient" in short.json["detail"]
    assert short.json["request_id"] == short.headers["X-Request-Id"]
    foreign = program.send(path, good | {"currency": "USD"})
    assert foreign.status_code == 422
    told = {"field": "currency", "detail": "The asset is kept in KES"}
    assert foreign.json["errors"] == [told]
    for amount in (0, -5, 1.5, "5", True, None, 10**16, 10**40):
        answer = program.send(path, good | {"amount_minor": amount})
        assert answer.status_code == 422, amount
        assert answer.json["errors"][0]["field"] == "amount_minor"
    strange = (
        "[",
        "null",
        "[" * 100_000,
        '{"a": ' + "9" * 5_000 + "}",
        "NaN",
        b"\xff\xfe",
        "1e999990",
    )
    for body in strange:
        assert program.send(path, body).status_code == 400, body[:20]
    for text in ("a\x00b", "\ud800", "x" * 300):
        answer = program.send(path, good | {"description": text})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "description"
    assert program.send(path, good | {"tip": 1}).status_code == 422
    bare = program.client.post(
        "/api/v1/transactions/withdrawals", json=good,
        headers={"Authorization": f"Bearer {program.token}"},
    )  # fmt: skip
    assert bare.status_code == 400
    assert "Idempotency-Key" in bare.json["detail"]
    assert _asset(asset_id).balance_minor == 10_00


def test_a_movement_is_priced_before_it_is_posted_as_it_is_then_posted(
    house: factories.House, program: Program
):
    group = perform(CreateFeeGroup(house.project_id, factories.unique("Fees")), house.administrator)
    perform(
        AddFees(group, Fee("static", currency="KES"), (Threshold(Decimal(2)),)), house.administrator
    )
    client_id = factories.a_client(house)
    factories.change(house, Client, client_id, fee_group_id=group)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    asked = {"kind": "deposit", "asset_id": asset_id, "amount_minor": 100_00, "currency": "KES"}
    priced = program.get("/transactions/preview", **asked).json
    posted = program.post(
        "/transactions/deposits", asset_id=asset_id, amount_minor=100_00, currency="KES"
    ).json
    assert priced["fee_minor"] == posted["fee_minor"]
    assert priced["available_after_minor"] == _asset(asset_id).available_minor


def test_a_transaction_is_reversed_and_listed_page_by_page(
    house: factories.House, program: Program
):
    asset_id = factories.a_funded_asset(house)
    for minor in (1_00, 2_00, 3_00):
        made = program.post(
            "/transactions/deposits", asset_id=asset_id, amount_minor=minor, currency="KES"
        )
    first = program.get("/transactions", asset_id=asset_id, limit=2).json
    assert [one["amount_minor"] for one in first["items"]] == [1_00, 2_00]
    last = program.get(
        "/transactions", asset_id=asset_id, limit=2, cursor=first["next_cursor"]
    ).json
    assert [one["amount_minor"] for one in last["items"]] == [3_00]
    assert last["next_cursor"] is None
    assert program.get("/transactions", cursor="nonsense").status_code == 422
    assert program.get("/transactions", limit=1_000).status_code == 422
    path = f"/transactions/{made.json['id']}/reversal"
    assert program.post(path, reason="short").json["errors"][0]["field"] == "reason"
    reversal = program.post(path, reason="Paid in twice by mistake")
    assert reversal.status_code == 201
    assert reversal.json["reverses_id"] == made.json["id"]
    handed = program.post(
        f"/approvals/transaction/{reversal.json['id']}/submit", version=reversal.json["version"]
    )
    assert handed.json["record_status"] == "AUTHORIZED"
    assert _asset(asset_id).balance_minor == 3_00
    assert program.get(f"/transactions/{made.json['id']}").json["status"] == "Reversed"


def test_above_the_rules_a_posting_waits_for_somebody_else(app: Flask):
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house, minimum_minor=500_00)
    asset_id = factories.a_funded_asset(house, 10_00)
    program = ("assets.deposit", "transactions.create", "transactions.approve-l1", *APPROVER)
    perform(CreateRole("Files payments", program), house.administrator)
    perform(CreateRole("Approves payments", ("transactions.approve-l1", *APPROVER)), house.system)
    maker, checker = (
        a_program(app, factories.a_user(house, role)[0], *scopes)
        for role, scopes in (
            ("Files payments", ("assets.deposit", "approvals.view", "approvals.decide")),
            ("Approves payments", ("transactions.view", "approvals.view", "approvals.decide")),
        )
    )
    waiting = maker.post(
        "/transactions/deposits", asset_id=asset_id, amount_minor=900_00, currency="KES"
    ).json
    assert (waiting["status"], waiting["record_status"]) == ("Pending", "PENDING_AUTH_L1")
    path = f"/approvals/transaction/{waiting['id']}/approve"
    refused = maker.post(path, version=waiting["version"])
    assert refused.status_code == 403
    assert "your own" in refused.json["detail"].lower()
    mine = checker.get("/approvals").json["items"]
    assert [(one["kind"], one["id"], one["level"]) for one in mine] == [
        ("transaction", waiting["id"], 1)
    ]
    assert checker.post(path, version=99).status_code == 409
    done = checker.post(path, version=mine[0]["version"])
    assert done.json["record_status"] == "AUTHORIZED"
    assert _asset(asset_id).balance_minor == 910_00


@pytest.mark.checks("W02.07")
def test_an_external_payment_shows_how_it_stands_while_its_gateway_tells(
    app: Flask, house: factories.House, program: Program
):
    platform_id = factories.a_platform(house)
    keys = []
    for name in ("pay-settled", "pay-failed"):
        command = TopUp(factories.a_funded_asset(house), 250_00, platform_id, name)
        keys.append(perform(command, house.administrator))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)

    def shown() -> tuple[str, str]:
        page = browser.get("/admin/transactions?sort=-created").get_data(as_text=True)
        return page, page.split("/admin/transactions/live?at=", 1)[1].split('"', 1)[0]

    page, seen = shown()
    assert page.count("Pending") >= 2
    live = f"/admin/transactions/live?at={seen}"
    assert "HX-Trigger" not in browser.get(live, headers={"X-Poll": "1"}).headers
    outcome = f"/transactions/{keys[0]}/outcome"
    for other in ({}, {"amount_minor": 2_50, "currency": "KES"}):
        refused = program.post(outcome, status="completed", **other)
        assert refused.status_code == 409
        assert "250.00 KES was typed: nothing is posted" in refused.json["detail"]
    settled = program.post(outcome, status="completed", amount_minor=250_00, currency="KES").json
    failed = program.post(
        f"/transactions/{keys[1]}/outcome",
        status="failed", failure_code="E51", failure_reason="Card was declined",
    ).json  # fmt: skip
    assert settled["status"] == "Completed"
    assert settled["settled_at"] is not None
    assert (failed["status"], failed["failure_reason"]) == ("Failed", "Card was declined")
    # What the list shows has moved: it is told to read itself again.
    assert "list:refresh" in browser.get(live, headers={"X-Poll": "1"}).headers["HX-Trigger"]
    for key, word in zip(keys, ("Completed", "Failed"), strict=True):
        assert word in browser.get(f"/admin/transactions/{key}").get_data(as_text=True)


@pytest.mark.checks("W01.30")
def test_a_batch_is_judged_row_by_row_and_posted_all_or_past_what_fails(
    house: factories.House, program: Program
):
    payer, taker = (_numbered(factories.a_funded_asset(house, minor)) for minor in (500_00, 1_00))

    def payment(minor: int, **more: Any) -> dict[str, Any]:
        return {
            "debit_account": payer[1], "credit_account": taker[1], "amount_minor": minor,
            "currency": "KES",
        } | more  # fmt: skip

    rows = [payment(100_00), payment(9_000_00), payment(50_00, credit_account="ACC-NOBODY")]
    whole = program.post("/settlements", name="Salaries", policy="all", payments=rows)
    assert whole.status_code == 202
    assert whole.json["state"] == "failed"
    assert "cannot be posted" in whole.json["refusal"]
    key = {"key": "batch"}
    part = program.post("/settlements", **key, name="Salaries", policy="skip", payments=rows).json
    assert part["state"] == "posting"
    again = program.post("/settlements", **key, name="Salaries", policy="skip", payments=rows)
    assert again.json["id"] == part["id"]
    work_of(house.organisation_id)
    done = program.get(f"/settlements/{part['id']}").json
    assert (done["state"], done["counts"]["posted"], done["counts"]["wrong"]) == ("partly", 1, 2)
    verdicts = program.get(f"/settlements/{part['id']}/rows").json["items"]
    assert [one["state"] for one in verdicts] == ["posted", "wrong", "wrong"]
    assert verdicts[0]["transaction_id"]
    assert "Insufficient" in verdicts[1]["reason"]
    assert "unknown" in verdicts[2]["reason"]
    assert [one["amount_minor"] for one in verdicts] == [100_00, 9_000_00, 50_00]
    assert _asset(payer[0]).balance_minor == 400_00
    assert _asset(taker[0]).balance_minor == 101_00
    odd = program.post("/settlements", name="x", payments=[payment(1, currency="XXX")])
    assert odd.json["errors"][0]["field"] == "payments.0.currency"


@pytest.mark.checks("W02.13")
def test_a_spot_conversion_is_made_at_the_rate_in_force(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    account_id = factories.an_account(house, factories.a_client(house))
    shillings = factories.first_asset(account_id)
    dollars = factories.an_asset(house, account_id, "USD")
    perform(Deposit(shillings, 2_000_00), house.administrator)
    program = a_program(app, house.administrator)
    rate = next(one for one in program.get("/rates").json["items"] if one["currency"] == "USD")
    cost = int(Decimal(10_00) * Decimal(rate["sell"]))
    made = program.post(
        "/transactions/exchanges",
        asset_id=shillings, counter_asset_id=dollars, amount_minor=cost, currency="KES",
    )  # fmt: skip
    assert (made.status_code, made.json["kind"]) == (201, "exchange")
    assert _asset(dollars).available_minor == 10_00
    assert _asset(shillings).available_minor == 2_000_00 - cost


def test_a_period_that_runs_back_is_refused(house: factories.House, program: Program):
    answer = program.get("/transactions", posted_from="2026-11-21", posted_to="2026-11-20")
    assert answer.status_code == 422
    assert answer.json["errors"][0] == {
        "field": "posted_from", "detail": "posted_from must not be after posted_to",
    }  # fmt: skip
    one_day = program.get("/transactions", posted_from="2026-11-20", posted_to="2026-11-20")
    assert one_day.status_code == 200


@pytest.mark.checks("E43.26", "E43.27")
@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (None, "Exchange rate is required when rate source is not SYSTEM."),
        ("", "Exchange rate is required when rate source is not SYSTEM."),
        ("0", "Exchange rate must be a positive number."),
        ("-1", "Exchange rate must be a positive number."),
        ("a few", "Exchange rate must be a positive number."),
    ],
)
def test_a_rate_that_is_none_is_refused_as_on_the_page(app: Flask, rate, sentence):
    house = factories.a_house(currencies=("KES", "USD"))
    codes(house)
    _, payer = _numbered(factories.a_funded_asset(house, 2_000_00))
    program = a_program(app, house.administrator)
    common = {"code": "GENERAL", "currency": "USD", "narrative": "Rent", "amount_minor": 10_00}
    lines = [
        {"side": "C", "account": house_account(house, "USD")} | common,
        {"side": "D", "account": payer, "rate_source": "MANUAL", "rate": rate} | common,
    ]
    answer = program.post(
        "/forward-dated-transactions",
        branch_id=house.branch_id,
        scheduled_on="2026-12-02",
        lines=lines,
    )
    assert answer.status_code == 422
    assert answer.json["detail"] == sentence
    assert answer.json["errors"][0]["field"] == "lines.1.rate"


@pytest.mark.checks("W02.14")
def test_a_forward_is_agreed_at_a_rate_and_executed_on_its_day(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    codes(house)
    shillings, payer = _numbered(factories.a_funded_asset(house, 2_000_00))
    dollars, payee = _numbered(factories.a_funded_asset(house, 0, "USD"))
    program = a_program(app, house.administrator)
    agreed = {"rate_source": "CBK", "rate": "131.5", "code": "GENERAL", "currency": "USD",
              "narrative": "Forward of December"}  # fmt: skip
    ours = [house_account(house, code, "position") for code in ("KES", "USD")]
    lines = [
        {"side": "D", "account": payer, "amount_minor": 10_00} | agreed,
        {"side": "C", "account": ours[0], "amount_minor": 10_00} | agreed,
        {"side": "D", "account": ours[1], "amount_minor": 10_00} | agreed,
        {"side": "C", "account": payee, "amount_minor": 10_00} | agreed,
    ]
    day = {"branch_id": house.branch_id, "scheduled_on": "2026-12-02"}
    path = "/forward-dated-transactions"
    odd = program.post(path, **day, lines=[lines[0] | {"rate": "a few"}, *lines[1:]])
    assert (odd.status_code, odd.json["errors"][0]["field"]) == (422, "lines.0.rate")
    made = program.post(path, key="deal-1", **day, lines=lines)
    assert made.status_code == 201, made.get_data(as_text=True)
    assert program.post(path, key="deal-1", **day, lines=lines).json["id"] == made.json["id"]
    assert (made.json["status"], made.json["total_minor"]) == ("SCHEDULED", 2_615_00)
    assert _asset(shillings).held_minor == 1_315_00
    until(house, date(2026, 12, 2))
    done = program.get(f"{path}/{made.json['id']}").json
    assert done["status"] == "EXECUTED"
    assert program.get(f"/transactions/{done['transaction_id']}").json["status"] == "Completed"
    assert (_asset(shillings).balance_minor, _asset(dollars).balance_minor) == (685_00, 10_00)
    other = program.post(path, **day | {"scheduled_on": "2026-12-04"}, lines=[
        one | {"amount_minor": 1_00} for one in lines
    ])  # fmt: skip
    ended = program.post(f"{path}/{other.json['id']}/cancellation")
    assert (ended.status_code, ended.json["status"]) == (200, "CANCELLED")
    assert _asset(shillings).held_minor == 0
    assert [one["status"] for one in program.get(path).json["items"]] == ["EXECUTED", "CANCELLED"]


def _numbered(asset_id: int) -> tuple[int, str]:
    with database.reading() as session:
        account_id = session.get_one(Asset, asset_id).account_id
        return asset_id, session.get_one(Account, account_id).number


@pytest.mark.parametrize("address", ["withdrawals", "transfers"])
def test_an_account_that_two_must_sign_for_pays_nothing_out_unsigned(
    house: factories.House, program: Program, address: str
):
    opening = OpenAccount(
        house.product_id,
        "KES",
        client_id=factories.a_client(house),
        terms=AccountTerms(signing_rule="all"),
    )
    account_id = perform(opening, house.administrator)
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 90_00), house.administrator)
    joint = AddMandate(account_id, "Njeri Kamau", "JOINT_HOLDER", factories.BUSINESS_DATE, Terms())
    perform(joint, house.administrator)
    answer = program.get(f"/accounts/{account_id}/mandates")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    signing = answer.json
    assert signing["signing_rule"] == "all"
    one, two = [mandate["id"] for mandate in signing["mandates"]]
    given = {"asset_id": asset_id, "amount_minor": 10_00, "currency": "KES"}
    if address == "transfers":
        given["counter_asset_id"] = factories.a_funded_asset(house)
    for signed in ({}, {"signed_by": [one]}):
        refused = program.send(f"/transactions/{address}", given | signed)
        assert refused.status_code == 422
        assert refused.json["errors"][0]["field"] == "signed_by"
        assert "All 2 mandate holders must sign" in refused.json["detail"]
    assert _asset(asset_id).balance_minor == 90_00
    paid = program.send(f"/transactions/{address}", given | {"signed_by": [one, two]})
    assert paid.status_code == 201, paid.get_data(as_text=True)
    with database.reading() as session:
        query = select(Signature.name).where(Signature.transaction_id == paid.json["id"])
        assert len(session.scalars(query).all()) == 2


def test_nothing_is_completed_to_a_bank_account_that_was_rejected_meanwhile(app: Flask):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 500_00)
    perform(AddStatus(house.project_id, "review", "Pending", is_default=True), house.system)
    source_id = factories.a_funding_source(house, asset_id)
    command = Withdraw(asset_id, 100_00, funding_source_id=source_id)
    key = perform(command, house.administrator)
    with database.reading() as session:
        version = session.get_one(FundingSource, source_id).version
    perform(RejectFundingSource(source_id, version, "Fraud suspected"), house.administrator)
    program = a_program(app, house.administrator, "transactions.change-status")
    refused = program.post(f"/transactions/{key}/outcome", status="completed")
    assert refused.status_code == 409
    assert "nothing is paid out to it" in refused.json["detail"]
    assert _asset(asset_id).balance_minor == 500_00
    failed = program.post(f"/transactions/{key}/outcome", status="failed").json
    assert failed["status"] == "Failed"
