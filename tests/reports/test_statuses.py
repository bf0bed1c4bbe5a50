"""`verify` finds what was booked on an account whose status forbade it (safety 7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.statuses import SetAccountStatus
from app.controls.commands import perform
from app.db.session import database
from app.ledger.locking import LockedAsset
from app.ledger.models import Entry
from app.records.commands import EditCode
from app.reference.codes import AccountStatus
from app.reports.snapshot import snapshot
from app.reports.statuses import statuses
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.ledger import books


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def found(database_url: str, house: factories.House) -> list[tuple[int, str, int | None]]:
    with snapshot(database_url) as view:
        return [(one.rule, one.table, one.id) for one in statuses(view, house.organisation_id)]


def status(house: factories.House, code: str) -> int:
    with database.reading() as session:
        query = select(AccountStatus.id).where(
            AccountStatus.organisation_id == house.organisation_id, AccountStatus.code == code
        )
        return session.scalars(query).one()


def newest_entry(asset_id: int) -> int:
    with database.reading() as session:
        query = select(Entry.id).where(Entry.asset_id == asset_id).order_by(Entry.id.desc())
        return session.scalars(query).first() or 0


def test_an_entry_booked_while_the_status_forbade_it_is_named(
    house, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    actor = house.administrator
    asset_id = factories.a_funded_asset(house, 9_00)
    account_id = books.asset(asset_id).account_id
    perform(Withdraw(asset_id, 1_00), actor)
    perform(SetAccountStatus(account_id, status(house, "FROZEN")), actor)
    perform(Deposit(asset_id, 1_00), actor)
    assert found(database_url, house) == []
    with monkeypatch.context() as patch:
        patch.setattr(LockedAsset, "demand_usable", lambda *_asset, **_kind: None)
        perform(Withdraw(asset_id, 1_00), actor)
    wrong = newest_entry(asset_id)
    perform(SetAccountStatus(account_id, status(house, "ACTIVE")), actor)
    perform(Withdraw(asset_id, 1_00), actor)
    assert found(database_url, house) == [(7, "entry", wrong)]


def test_a_flag_that_was_changed_behind_the_log_is_named(house, database_url: str):
    dormant = status(house, "DORMANT")
    perform(EditCode("account-status", dormant, 1, "Asleep", {"allow_credit": True}),
            house.administrator)  # fmt: skip
    assert found(database_url, house) == []
    with Session(database.engine) as session:
        session.execute(
            AccountStatus.__table__.update()
            .where(AccountStatus.id == dormant)
            .values(allow_debit=True)
        )
        session.commit()
    assert found(database_url, house) == [(7, "account_status", dormant)]
