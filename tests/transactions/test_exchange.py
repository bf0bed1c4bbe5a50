"""A client gives one currency for another: rates, spread, preview, approval, refusals."""

from __future__ import annotations

from random import Random

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.transactions.amendments import EditTransaction
from app.transactions.exchange import Exchange
from app.transactions.previews import PreviewExchange
from tests import factories
from tests.pages import form_of, send
from tests.transactions.scenes import browser as browser_of
from tests.treasury import scenes
from tests.treasury.scenes import Scene, a_scene, balance, broken, kept_for, lines, transaction


@pytest.fixture(scope="module")
def scene(app) -> Scene:
    return a_scene("USD", "JPY", "BTC")


@pytest.fixture
def teller(scene: Scene, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(scene.house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _page(answer, status: int = 200) -> str:
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page.split("<main")[-1][-3000:]
    return page


@pytest.mark.checks("E41.47", "W01.12", "W01.14", "W02.12")
def test_shillings_are_given_for_dollars_at_the_rate_of_sale(app, database_url):
    scene = a_scene("USD")
    shillings, dollars = scene.assets["KES"], scene.assets["USD"]
    made = perform(Exchange(shillings, dollars, 1_301_00), scene.house.administrator)
    assert (balance(shillings), balance(dollars)) == (8_699_00, 10_00)
    assert lines(made) == [
        ("D", "client", "KES", 1_301_00, 1_301_00),
        ("C", "position", "KES", 1_301_00, 1_301_00),
        ("D", "position", "USD", 10_00, 1_293_00),
        ("C", "client", "USD", 10_00, 1_293_00),
        ("D", "position", "KES", 8_00, 8_00),
        ("C", "exchange", "KES", 8_00, 8_00),
    ]
    here = browser_of(app, scene.house.administrator_email)
    rows = here.get("/admin/transactions.csv?columns=reference,total").text
    assert f"{transaction(made).reference},1301.00,KES" in rows, "its value, not once a currency"
    one = transaction(made)
    assert (one.kind, one.direction, one.processing) == ("exchange", "both", "Completed")
    assert (one.settled_minor, one.settled_currency, one.settled_exponent) == (10_00, "USD", 2)
    assert one.settled_at is not None
    assert format(one.exchange_rate, "f") == "0.007686395081"
    assert (one.rate_source, one.rated_on) == ("MANUAL", factories.BUSINESS_DATE)
    # And back: bought at 128.50, 16.00 shillings dearer than the house had sold them.
    back = perform(Exchange(dollars, shillings, 10_00), scene.house.administrator)
    assert balance(shillings) == 9_984_00
    assert transaction(back).settled_minor == 1_285_00
    assert kept_for(scene.house, "exchange") == {"KES": (16_00, 16_00)}
    assert broken(database_url, scene.house) == []


def test_two_foreign_currencies_cross_through_the_base_with_rounding_of_its_own(app, database_url):
    scene = a_scene("USD", "JPY")
    house, assets = scene.house, scene.assets
    perform(Exchange(assets["KES"], assets["USD"], 6_505_00), house.administrator)
    made = perform(Exchange(assets["USD"], assets["JPY"], 10_00), house.administrator)
    # 10.00 USD buy 1,285.00 KES, which buy 1,494.18 yen: 1,494 and a rest of 15 cents.
    assert transaction(made).settled_minor == 1_494
    assert [line[1:3] for line in lines(made)] == [
        ("client", "USD"), ("position", "USD"), ("position", "JPY"), ("client", "JPY"),
        ("position", "KES"), ("exchange", "KES"), ("position", "KES"), ("exchange", "KES"),
    ]  # fmt: skip
    assert lines(made)[-1][-1] == 15
    positions = kept_for(house, "position")
    assert sum(base for _units, base in positions.values()) == 0
    assert positions["JPY"][0] == -1_494
    assert broken(database_url, house) == []


def test_many_exchanges_lose_and_make_no_unit_in_any_currency(app, database_url):
    scene = a_scene("USD", "JPY", "BTC", funded=900_000_000)
    house, random = scene.house, Random(7)  # noqa: S311 - examples, no secret
    made = 0
    for _ in range(60):
        given, received = random.sample(sorted(scene.assets), 2)
        amount = random.randrange(1, max(2, balance(scene.assets[given]) or 2))
        pair = (scene.assets[given], scene.assets[received])
        command = Exchange(*pair, amount_minor=amount)
        if random.random() < 0.3:
            command = Exchange(*pair, received_minor=random.randrange(1, 5_000))
        try:
            perform(command, house.administrator)
        except (Refusal, Conflict):
            continue
        made += 1
        positions = kept_for(house, "position")
        # What the client holds of a currency is what the house's position lacks of it.
        for code, asset_id in scene.assets.items():
            if code != "KES":
                assert balance(asset_id) == -positions.get(code, (0, 0))[0]
        earned = kept_for(house, "exchange").get("KES", (0, 0))[0]
        assert earned >= 0
        kept = balance(scene.assets["KES"]) + positions["KES"][0] + earned
        assert kept == 900_000_000
        assert sum(base for _units, base in positions.values()) == 0
    assert made > 20
    assert broken(database_url, house) == []


@pytest.mark.checks("W01.14")
def test_the_drawer_previews_by_the_same_code_and_changes_nothing(scene, teller):
    path = f"/admin/assets/{scene.assets['KES']}/exchange"
    page = _page(teller.get(path))
    assert "USD · ACC-" in page
    assert "Type one of the two amounts" in page
    before = _counts(scene)
    typed = {"counter_asset_id": str(scene.assets["USD"]), "amount": "1,301.00", "preview": "1"}
    page = _page(send(teller, path, **typed))
    for shown in (
        "1 KES = 0.007686395081 USD", "1 USD ≈ 130.1 KES", "2026-11-20 · MANUAL",
        "Spread against mid", "8.00", "+10.00",
    ):  # fmt: skip
        assert shown in page
    assert 'value="1,301.00"' in page
    # The fragment that follows the typing is the same figures, for the amount received as well.
    live = typed | {"preview": "live", "amount": "", "received": "10"}
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = teller.post(path, data=form_of(teller, path) | live, headers=headers)
    fragment = _page(answer)
    assert "<form" not in fragment
    assert "1,301.00" in fragment
    short = _page(teller.post(path, data=form_of(teller, path) | live | {"received": "100"}))
    assert "3,010.00 KES more is needed" in short
    small = form_of(teller, path) | live | {"amount": "0.01", "received": ""}
    assert "too small" in _page(teller.post(path, data=small))
    assert _counts(scene) == before
    assert balance(scene.assets["KES"]) == 10_000_00


def _counts(scene: Scene) -> tuple[int, ...]:
    """Count what a preview could have written, a refusal in the log as well."""
    mine = scene.house.organisation_id
    with database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).where(model.organisation_id == mine)) or 0
            for model in (Account, Asset, Transaction, Activity)
        )


@pytest.mark.checks("W01.12")
def test_the_drawer_exchanges_and_says_what_was_received(app):
    scene = a_scene("USD")
    _actor, email, password = factories.a_user(scene.house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    path = f"/admin/accounts/{scene.account_id}/exchange"
    typed = {"asset_id": str(scene.assets["KES"]), "counter_asset_id": str(scene.assets["USD"])}
    answer = send(browser, path, **typed, received="20", description="For the journey")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = _page(browser.get(answer.headers["Location"]))
    assert "2,602.00 KES for 20.00 USD" in page
    assert "For the journey" in page
    assert balance(scene.assets["USD"]) == 20_00
    # Each side shows what it gave or received, in its own currency.
    for code, shown in (("KES", "−2,602.00"), ("USD", "+20.00")):
        asset_id = scene.assets[code]
        assert shown in _page(browser.get(f"/admin/transactions?asset={asset_id}"))
        assert shown in _page(browser.get(f"/admin/assets/{asset_id}/recent"))


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"amount": "1", "received": "1"},
         (422, "Type either the amount given or the amount received")),
        ({}, (422, "Type either the amount given or the amount received")),
        ({"amount": "1.005"}, (422, "Given can have at most 2 decimals in this currency")),
        ({"received": "-1"}, (422, "Received must not be negative")),
        ({"amount": "10000.01"}, (409, "Insufficient available balance")),
        ({"amount": "1", "counter_asset_id": "1"}, (422, "Choose an asset from the list")),
        ({"amount": "0.01"}, (422, "This amount is too small")),
    ],
)  # fmt: skip
def test_what_cannot_be_exchanged_is_refused_with_what_was_typed(scene, teller, typed, refusal):
    status, sentence = refusal
    path = f"/admin/assets/{scene.assets['KES']}/exchange"
    values = {"counter_asset_id": str(scene.assets["USD"]), "description": "Kept"} | typed
    answer = send(teller, path, **values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert sentence in page
    assert "Kept" in page
    assert balance(scene.assets["KES"]) == 10_000_00


def test_only_another_currency_of_the_same_client_will_do(scene):
    house = scene.house
    stranger = factories.a_funded_asset(house, 0, "USD")
    second = factories.first_asset(factories.an_account(house, scene.client_id))
    for counter_id, sentence in (
        (stranger, "Both assets of an exchange belong to one customer"),
        (second, "Choose an asset in another currency"),
    ):
        with pytest.raises(Refusal) as refused:
            perform(Exchange(scene.assets["KES"], counter_id, 100_00), house.administrator)
        assert refused.value.sentence == sentence
    with pytest.raises(Refusal):
        perform(
            PreviewExchange(Exchange(scene.assets["KES"], stranger, 100_00)), house.administrator
        )


def test_an_exchange_that_waits_keeps_its_rate_and_holds_what_is_given(app, database_url):
    scene = a_scene("USD")
    house, shillings, dollars = scene.house, scene.assets["KES"], scene.assets["USD"]
    teller, *_ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    factories.an_approval_rule(house, minimum_minor=1_000_00)
    # 650.50 given is judged as that, not as what both currencies are debited together.
    assert transaction(perform(Exchange(shillings, dollars, 650_50), teller)).posted_at is not None
    made = perform(Exchange(shillings, dollars, 1_301_00), teller)
    one = transaction(made)
    assert one.record_status == "PENDING_AUTH_L1"
    assert (one.settled_minor, one.settled_at) == (10_00, None)
    with database.reading() as session:
        assert session.get_one(Asset, shillings).held_minor == 1_301_00
        assert session.get_one(Asset, dollars).pending_in_minor == 10_00
    scenes.set_rates(house, "USD", ("150", "152", "151"))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = _page(browser.get(f"/admin/approvals/transaction/{made}/approve"))
    for shown in ("1,301.00", "10.00", "0.007686395081", "15.00 USD"):
        assert shown in page
    # Beside what was agreed stands what it would come to now: 1,301 shillings at 152.
    review = f"/admin/approvals/transaction/{made}"
    for path in (review, f"{review}/approve", f"/admin/transactions/{made}"):
        page = _page(browser.get(path))
        for shown in ("0.006578947368 (agreed 0.007686395081)", "8.55", "14.50 % less"):
            assert shown in page
    perform(ApproveRecord("transaction", made, transaction(made).version), manager)
    assert "Rate today" not in _page(browser.get(f"/admin/transactions/{made}"))
    assert balance(dollars) == 15_00
    one = transaction(made)
    assert one.processing == "Completed"
    assert one.settled_at is not None
    assert [line[-1] for line in lines(made)] == [
        1_301_00, 1_301_00, 1_293_00, 1_293_00, 8_00, 8_00,
    ]  # fmt: skip
    assert broken(database_url, house) == []


def test_a_rejected_exchange_is_corrected_at_the_rates_of_then(app, database_url):
    scene = a_scene("USD")
    house, shillings, dollars = scene.house, scene.assets["KES"], scene.assets["USD"]
    teller, email, _ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    factories.an_approval_rule(house)
    made = perform(Exchange(shillings, dollars, 1_301_00), teller)
    perform(RejectRecord("transaction", made, transaction(made).version, "Too much"), manager)
    scenes.set_rates(house, "USD", ("150", "152", "151"))
    here = app.test_client()
    factories.signed_in(here, email)
    shown = here.get(f"/admin/transactions/{made}/amend").get_data(as_text=True)
    costs = shown[shown.index("breakdown__rows") :]
    assert "Received" in costs
    assert "8.55" in costs, "1,301.00 at 152"
    version = transaction(made).version
    perform(EditTransaction(made, version, 304_00, "Less", submit=True), teller)
    one = transaction(made)
    assert (one.amount_minor, one.settled_minor) == (304_00, 2_00)
    assert format(one.exchange_rate, "f") == "0.006578947368"
    perform(ApproveRecord("transaction", made, one.version), manager)
    assert (balance(shillings), balance(dollars)) == (9_696_00, 2_00)
    assert broken(database_url, house) == []


def test_a_posted_exchange_cannot_change_what_it_settled_in(scene):
    made = perform(
        Exchange(scene.assets["KES"], scene.assets["USD"], 130_10), scene.house.administrator
    )
    with pytest.raises(Conflict):
        factories.change(scene.house, Transaction, made, settled_minor=1)
    perform(Exchange(scene.assets["USD"], scene.assets["KES"], 1_00), scene.house.administrator)
    from app.transactions.commands import Deposit

    missing = 10_000_00 - balance(scene.assets["KES"])
    perform(Deposit(scene.assets["KES"], missing), scene.house.administrator)
