"""Positions, their revaluation and what exchanging earned, as the books hold them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.approvals import ApproveRecord, DenyRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.exchange import Exchange
from app.transactions.reversal import ReverseTransaction
from app.treasury.commands import NOTHING, WAITS, RevalueBalances
from app.treasury.income import income_of
from app.treasury.positions import Position, fingerprint, positions_on
from tests import factories
from tests.pages import send
from tests.treasury.scenes import (
    Scene,
    a_scene,
    balance,
    broken,
    kept_for,
    lines,
    set_rates,
    transaction,
)

POSITIONS = "/admin/currency-positions"
INCOME = "/admin/exchange-income"
DAY = factories.BUSINESS_DATE


def _positions(scene: Scene) -> list[Position]:
    with database.reading() as session:
        return positions_on(session, scene.house.organisation_id, DAY)


def _revalue(scene: Scene, actor=None) -> int:
    seen = fingerprint(_positions(scene))
    return perform(RevalueBalances(DAY, seen), actor or scene.house.administrator)


def _browser(app, scene: Scene) -> FlaskClient:
    browser = app.test_client()
    factories.signed_in(browser, scene.house.administrator_email)
    return browser


@pytest.mark.checks("W02.12")
def test_positions_tell_what_is_held_and_owed_and_are_revalued_by_the_difference(app, database_url):
    scene = a_scene("USD")
    house = scene.house
    # The house sells 10.00 USD that it does not have: it owes them at 129.30.
    perform(Exchange(scene.assets["KES"], scene.assets["USD"], 1_301_00), house.administrator)
    (position,) = _positions(scene)
    assert [one.product for one in position.holdings] == ["Customer deposits"]
    assert (position.units_minor, position.book_minor, position.difference_minor) == (
        -10_00, -1_293_00, 0,
    )  # fmt: skip
    set_rates(house, "USD", ("139", "141", "140"))
    browser = _browser(app, scene)
    page = browser.get(POSITIONS).get_data(as_text=True)
    assert "1 USD = 140 KES" in page
    assert "−1,400.00" in page
    assert "−107.00" in page
    before = balance(scene.assets["USD"])
    answer = send(browser, f"{POSITIONS}/revalue")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert kept_for(house, "revaluation:USD") == {"KES": (107_00, 107_00)}
    assert kept_for(house, "revaluation-loss") == {"KES": (-107_00, -107_00)}
    assert balance(scene.assets["USD"]) == before, "the balance itself is left alone"
    (position,) = _positions(scene)
    assert (position.adjusted_minor, position.difference_minor) == (-107_00, 0)
    # At the next rate no more than the difference since is posted: here a gain.
    set_rates(house, "USD", ("134", "136", "135"))
    made = _revalue(scene)
    assert lines(made) == [
        ("D", "revaluation:USD", "KES", 50_00, 50_00),
        ("C", "revaluation-gain", "KES", 50_00, 50_00),
    ]
    one = transaction(made)
    assert (one.kind, one.value_date, one.posting_date) == ("revaluation", DAY, DAY)
    page = browser.get(f"/admin/transactions/{made}").get_data(as_text=True)
    assert "Parties" in page
    assert "Amount breakdown" not in page, "the header has the amount of one line"
    page = send(browser, f"{POSITIONS}/revalue").get_data(as_text=True)
    assert NOTHING in page
    assert broken(database_url, house) == []


def test_what_is_paid_in_and_charged_in_a_currency_is_held_and_gains_with_it(app):
    scene = a_scene("USD")
    house, dollars = scene.house, scene.assets["USD"]
    perform(Deposit(dollars, 100_00), house.administrator)
    perform(Exchange(dollars, scene.assets["KES"], 40_00), house.administrator)
    perform(Withdraw(dollars, 10_00), house.administrator)
    (position,) = _positions(scene)
    # Cash 90.00 less deposits of 50.00: the 40.00 that were bought from the client.
    assert {one.product: one.units_minor for one in position.holdings} == {
        "Cash": 90_00, "Customer deposits": -50_00,
    }  # fmt: skip
    assert position.units_minor == 40_00
    set_rates(house, "USD", ("130", "132", "131"))
    made = _revalue(scene)
    assert lines(made)[0][-1] == 40 * (131_00 - 129_30)


def test_a_revaluation_is_of_what_was_seen_and_one_at_a_time(app):
    scene = a_scene("USD", "JPY")
    house = scene.house
    perform(Exchange(scene.assets["KES"], scene.assets["USD"], 1_301_00), house.administrator)
    perform(Exchange(scene.assets["KES"], scene.assets["JPY"], 86_00), house.administrator)
    set_rates(house, "USD", ("139", "141", "140"))
    set_rates(house, "JPY", ("0.79", "0.81", "0.8"))
    seen = fingerprint(_positions(scene))
    set_rates(house, "USD", ("138", "140", "139"))
    with pytest.raises(Conflict, match="figures have changed"):
        perform(RevalueBalances(DAY, seen), house.administrator)
    with pytest.raises(Refusal, match="after the business date"):
        perform(RevalueBalances(DAY + timedelta(days=1), seen), house.administrator)
    teller, *_ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        _revalue(scene, teller)
    manager, *_ = factories.a_user(house, "Branch Manager")
    first, *_ = factories.a_user(house, "Approver L1")
    factories.an_approval_rule(house)
    waiting = _revalue(scene, manager)
    assert transaction(waiting).record_status == "PENDING_AUTH_L1"
    with pytest.raises(Conflict) as refused:
        _revalue(scene)
    assert refused.value.sentence == WAITS
    perform(DenyRecord("transaction", waiting, transaction(waiting).version, "Wrong rate"), first)
    made = _revalue(scene, manager)
    perform(ApproveRecord("transaction", made, transaction(made).version), first)
    assert [line[1:] for line in lines(made)] == [
        ("revaluation:JPY", "KES", 4_21, 4_21), ("revaluation-gain", "KES", 4_21, 4_21),
        ("revaluation-loss", "KES", 97_00, 97_00), ("revaluation:USD", "KES", 97_00, 97_00),
    ]  # fmt: skip
    earlier = DAY - timedelta(days=1)
    with pytest.raises(Conflict, match="choose that date or a later"):
        perform(RevalueBalances(earlier, seen), house.administrator)
    page = _browser(app, scene).get(f"{POSITIONS}?on={earlier.isoformat()}")
    assert page.status_code == 422
    assert "Rate unavailable for" in page.get_data(as_text=True)


@pytest.mark.checks("W02.15")
def test_income_by_pair_agrees_with_the_income_account(app, database_url):
    scene = a_scene("USD", "JPY")
    house, assets = scene.house, scene.assets
    for given, received, amount in (
        ("KES", "USD", 1_301_00), ("KES", "USD", 650_50), ("USD", "JPY", 10_00),
        ("USD", "KES", 2_50),
    ):  # fmt: skip
        perform(Exchange(assets[given], assets[received], amount), house.administrator)
    with database.reading() as session:
        found = income_of(session, house.organisation_id, DAY, DAY)
    told = {(one.given, one.received): (one.count, one.earned_minor) for one in found.pairs}
    assert told[("KES", "USD")] == (2, 12_00)
    assert told[("USD", "KES")] == (1, 2_00)
    assert all(one.difference_minor == 0 for one in found.pairs)
    assert found.account_minor == kept_for(house, "exchange")["KES"][1]
    assert found.difference_minor == 0
    browser = _browser(app, scene)
    page = browser.get(INCOME).get_data(as_text=True)
    assert "KES → USD" in page
    assert "The income account agrees with what was exchanged." in page
    sheet = browser.get(f"{INCOME}.csv?from=2026-11-01&to=2026-11-20").get_data(as_text=True)
    assert "KES,USD,2,0,1951.50,1939.50,12.00,12.00,0.00" in sheet
    assert browser.get(f"{INCOME}?from=2026-11-21&to=2026-11-20").status_code == 422
    empty = browser.get(f"{INCOME}?from=2026-10-01&to=2026-10-31").get_data(as_text=True)
    assert "Nothing was exchanged in this period." in empty
    # What someone books on the account by other means is told apart.
    income_asset = _house_asset(scene, "exchange")
    perform(Deposit(income_asset, 5_00), house.administrator)
    with database.reading() as session:
        found = income_of(session, house.organisation_id, DAY, DAY)
    assert found.difference_minor == 5_00
    page = browser.get(INCOME).get_data(as_text=True)
    assert "is explained by no exchange" in page
    assert "Other entries" in page


def test_what_revaluations_keep_is_booked_by_nobody_else(app):
    scene = a_scene("USD")
    perform(Exchange(scene.assets["KES"], scene.assets["USD"], 5_000_00), scene.house.administrator)
    set_rates(scene.house, "USD", ("138.5", "140.1", "139.3"))
    _revalue(scene)
    kept = _house_asset(scene, "revaluation:USD")
    for command in (
        Deposit(kept, 10_00),
        Withdraw(kept, 10_00),
        Transfer(scene.assets["KES"], kept, 1),
    ):
        with pytest.raises(Conflict, match="is booked by revaluations alone"):
            perform(command, scene.house.administrator)
    with pytest.raises(Conflict, match=NOTHING):
        _revalue(scene)


def _house_asset(scene: Scene, purpose: str) -> int:
    with database.reading() as session:
        query = (
            select(Asset.id)
            .join(Account, Account.id == Asset.account_id)
            .where(
                Account.organisation_id == scene.house.organisation_id,
                Account.purpose == purpose,
            )
        )
        return session.scalars(query).one()


def test_the_positions_of_a_past_day_stand_as_they_did_whatever_was_revalued_since(app):
    scene = a_scene("USD")
    house = scene.house
    perform(Exchange(scene.assets["KES"], scene.assets["USD"], 1_301_00), house.administrator)
    (before,) = _positions(scene)
    next_day = DAY + timedelta(days=1)
    factories.change(house, Organisation, house.organisation_id, business_date=next_day)
    set_rates(house, "USD", ("139", "141", "140"))
    with database.reading() as session:
        seen = fingerprint(positions_on(session, house.organisation_id, next_day))
    made = perform(RevalueBalances(next_day, seen), house.administrator)
    assert transaction(made).value_date == next_day
    assert _positions(scene) == [before]
    reversal = perform(ReverseTransaction(made, "Wrong rates were typed"), house.administrator)
    perform(SubmitRecord("transaction", reversal), house.administrator)
    assert _positions(scene) == [before]
    with database.reading() as session:
        (now,) = positions_on(session, house.organisation_id, next_day)
    assert (now.adjusted_minor, now.difference_minor) == (0, -107_00)
