"""The house's own accounts are opened at first use, and only remembered when they stay."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.commands import door, handles, perform
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account, Product
from app.ledger.house import forget_house_assets, house_asset
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from tests.factories import a_house, change
from tests.sent import statements_sent


@dataclass(frozen=True, slots=True)
class UseCash:
    """Ask for the branch's cash twice, and then perhaps change one's mind."""

    branch_id: int
    is_refused: bool


@handles(UseCash, permission=None)
def use_cash(work: Work, command: UseCash) -> int:
    for _ in range(2):
        asset_id = house_asset(
            work, purpose="cash", branch_id=command.branch_id, currency="KES", exponent=2
        )
    if command.is_refused:
        raise Refusal("Not after all")
    return asset_id


def test_an_asset_whose_opening_was_rolled_back_is_not_remembered(app: Flask):
    house = a_house(currencies=("KES",))
    with pytest.raises(Refusal, match="Not after all"):
        perform(UseCash(house.branch_id, is_refused=True), house.system)
    first = perform(UseCash(house.branch_id, is_refused=False), house.system)
    assert perform(UseCash(house.branch_id, is_refused=False), house.system) == first
    with database.reading() as session:
        query = (
            select(Asset.id)
            .join(Account, Account.id == Asset.account_id)
            .where(Account.organisation_id == house.organisation_id, Account.purpose == "cash")
        )
        assert session.scalars(query).all() == [first]


def test_a_command_looks_for_an_asset_of_the_house_once(app: Flask):
    house = a_house(currencies=("KES",))
    once = UseCash(house.branch_id, is_refused=False)
    first = perform(once, house.system)
    forget_house_assets()
    with statements_sent() as sent:
        assert perform(once, house.system) == first
    assert sum("account.purpose" in one for one in sent) == 1


def test_no_house_account_hangs_under_a_draft_of_the_same_name(app: Flask):
    house = a_house(currencies=("KES",))
    perform(CreateProduct("asset", "Cash"), house.administrator)
    with database.reading() as session:
        query = select(Product.id).where(
            Product.organisation_id == house.organisation_id, Product.name == "Cash"
        )
        ours, draft = session.scalars(query.order_by(Product.id))
    change(house, Product, ours, retired_at=door.clock())
    once = UseCash(house.branch_id, is_refused=False)
    with pytest.raises(Conflict, match="The chart of accounts has no product “Cash”"):
        perform(once, house.system)
    change(house, Product, draft, record_status="AUTHORIZED")
    change(house, Product, ours, retired_at=None)
    asset_id = perform(once, house.system)
    with database.reading() as session:
        account_id = session.get_one(Asset, asset_id).account_id
        assert session.get_one(Account, account_id).product_id == ours
