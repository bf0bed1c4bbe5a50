"""What fails in one house's books holds up the sealing and rolling up of none beside it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.controls.commands import perform
from app.controls.identity import Actor
from app.db.session import database
from app.ledger import rollup, seals
from app.ledger.accounts import Account
from app.ledger.models import Asset, Movement
from app.ledger.seals import Seal
from tests import factories


def _two_houses() -> list[int]:
    """Return the organisations of two houses with money in them, the older one first."""
    houses = [factories.a_house(), factories.a_house()]
    for house in houses:
        factories.a_funded_asset(house, 10_00)
    return [house.organisation_id for house in houses]


def test_a_house_that_cannot_be_sealed_leaves_the_next_one_its_link(app, monkeypatch, caplog):
    broken, sound = _two_houses()

    def act(command: Any, actor: Actor) -> Any:
        if actor.organisation_id == broken:
            raise RuntimeError("this chain is torn")
        return perform(command, actor) if actor.organisation_id == sound else 0

    monkeypatch.setattr(seals, "perform", act)
    assert seals.seal_all() > 0
    with database.reading() as session:
        links = select(func.count()).select_from(Seal).where(Seal.organisation_id == sound)
        assert session.scalar(links) > 0
    assert "this chain is torn" in caplog.text


def test_an_asset_that_cannot_be_rolled_up_leaves_the_next_one_its_sum(app, monkeypatch, caplog):
    ids = _two_houses()
    query = (
        select(Movement.asset_id)
        .join(Asset, Asset.id == Movement.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .where(Account.organisation_id.in_(ids))
        .distinct()
    )
    with database.reading() as session:
        broken, *sound = sorted(session.scalars(query))
    assert sound

    def act(command: rollup.RollUpMovements, actor: Actor) -> Any:
        if command.asset_id == broken:
            raise RuntimeError("this sum is torn")
        return perform(command, actor)

    monkeypatch.setattr(rollup, "perform", act)
    rollup.roll_up()
    with database.reading() as session:
        assert set(session.scalars(query)) == {broken}
    assert "this sum is torn" in caplog.text
