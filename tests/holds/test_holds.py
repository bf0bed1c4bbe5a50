"""Holds by hand: placed with a reason, ended once: by a person, or by the worker at their time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.controls.commands import door, perform
from app.db.session import database
from app.holds.commands import ExpireHold, PlaceHold, ReleaseHold
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.models import Asset, Hold
from app.transactions.commands import Withdraw
from tests import factories
from tests.due import work_of
from tests.pages import send

PATH = "/admin/holds"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def _held(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).held_minor


def test_a_hold_is_placed_shown_and_released_with_its_reasons(house, client: FlaskClient):
    factories.signed_in(client, factories.a_user(house, "Branch Manager")[1])
    asset_id = factories.a_funded_asset(house, 100_00)
    place = f"/admin/assets/{asset_id}/holds/new"
    assert send(client, place, amount="40.00", reason="no").status_code == 422
    assert send(client, place, amount="400.00", reason="Court order 7/2026").status_code == 409
    answer = send(client, place, amount="40.00", reason="Court order 7/2026",
                  expires_at="2031-01-02T10:00")  # fmt: skip
    assert answer.status_code == 303
    assert _held(asset_id) == 40_00
    with pytest.raises(Conflict, match="Insufficient available balance"):
        perform(Withdraw(asset_id, 61_00), house.administrator)
    with database.reading() as session:
        hold = session.query(Hold).filter_by(asset_id=asset_id).one()
        session.expunge(hold)
    assert "Court order 7/2026" in client.get(f"/admin/assets/{asset_id}").get_data(as_text=True)
    register = client.get(f"{PATH}.csv?asset={asset_id}&state=active").get_data(as_text=True)
    assert "Court order 7/2026" in register
    assert "Tessa Otieno" in register
    assert "2031-01-02" in register
    release = f"{PATH}/{hold.id}/release"
    assert send(client, release, reason="").status_code == 422
    assert send(client, release, reason="The order was lifted").status_code == 303
    assert _held(asset_id) == 0
    assert "The order was lifted" in client.get(f"{PATH}/{hold.id}").get_data(as_text=True)
    with pytest.raises(Conflict, match="ended already"):
        perform(ReleaseHold(hold.id, "A second time"), house.administrator)
    assert client.get(release).status_code == 409
    assert _held(asset_id) == 0


def test_a_hold_ends_by_itself_at_its_time_and_the_asset_tells(house, client, monkeypatch):
    asset_id = factories.a_funded_asset(house, 100_00)
    now = door.clock()
    command = PlaceHold(asset_id, 30_00, "Card payment", expires_at=now + timedelta(hours=1))
    hold_id = perform(command, house.administrator)
    work_of(house.organisation_id)
    assert _held(asset_id) == 30_00
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(hours=2))
    work_of(house.organisation_id)
    assert _held(asset_id) == 0
    assert not perform(ExpireHold(hold_id), house.administrator)
    factories.signed_in(client, house.administrator_email)
    logs = client.get(f"/admin/assets/{asset_id}/logs").get_data(as_text=True)
    assert "The hold of 30.00 KES (Card payment) expired and was released" in logs
    assert "Its time was up" in client.get(f"{PATH}/{hold_id}").get_data(as_text=True)


def test_who_may_not_adjust_holds_is_refused_and_a_transactions_hold_is_its_own(house):
    asset_id = factories.a_funded_asset(house, 100_00)
    teller, *_ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(PlaceHold(asset_id, 1_00, "Because I can"), teller)
    past = door.clock() - timedelta(hours=1)
    with pytest.raises(Refusal, match="must end in the future"):
        perform(PlaceHold(asset_id, 1_00, "Too late now", expires_at=past), house.administrator)
    other = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(other)
    waiting_asset = factories.a_funded_asset(other, 0)
    factories.change(other, Asset, waiting_asset, balance_minor=50_00)
    maker, *_ = factories.a_user(other, "Teller")
    perform(Withdraw(waiting_asset, 10_00), maker)
    with database.reading() as session:
        hold_id = session.query(Hold.id).filter_by(asset_id=waiting_asset).scalar()
    with pytest.raises(Conflict, match="ends with its transaction"):
        perform(ReleaseHold(hold_id, "Not by hand"), other.administrator)
