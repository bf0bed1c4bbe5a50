"""Deposits, withdrawals and transfers: what the books hold afterwards, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest

from app.accounts.commands import SetAccountActive
from app.assets.commands import SetAssetActive
from app.controls.commands import perform
from app.controls.identity import Scope
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.kernel.money import convert_minor
from app.ledger.models import Asset, Entry, Transaction
from app.ledger.rollup import roll_up
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.factories import RATES, House
from tests.ledger import books


@pytest.mark.checks("W01.01", "E41.03", "W08.43", "L02.02", "L01.03", "V01.03")
def test_a_deposit_credits_the_client_against_cash(house: House):
    asset_id = factories.a_funded_asset(house)
    transaction_id = perform(Deposit(asset_id, 250_00), house.administrator)
    debit, credit = books.entries_of(transaction_id)
    assert (debit.side, credit.side) == ("D", "C")
    assert credit.asset_id == asset_id
    assert debit.base_minor == credit.base_minor == 250_00
    assert books.asset(asset_id).balance_minor == 250_00
    assert books.house_balance(house.organisation_id) == -250_00


@pytest.mark.checks("W08.43", "L02.03", "L01.03", "V01.03")
def test_a_withdrawal_debits_the_client(house: House):
    asset_id = factories.a_funded_asset(house, 250_00)
    perform(Withdraw(asset_id, 100_00), house.administrator)
    asset = books.asset(asset_id)
    assert (asset.balance_minor, asset.available_minor) == (150_00, 150_00)
    assert books.house_balance(house.organisation_id) == -150_00


@pytest.mark.checks("W08.50")
def test_all_time_deposited_counts_what_was_ever_paid_in(house: House):
    asset_id = factories.a_funded_asset(house, 100_00)
    perform(Deposit(asset_id, 200_00), house.administrator)
    perform(Withdraw(asset_id, 50_00), house.administrator)
    asset = books.asset(asset_id)
    assert (asset.deposited_minor, asset.withdrawn_minor) == (300_00, 50_00)
    assert asset.held_minor == 0


@pytest.mark.checks("L02.04", "L06.03", "W01.06", "W01.10")
def test_a_transfer_is_a_pair_that_moves_money_between_two_clients(house: House):
    one, other = factories.a_funded_asset(house, 90_00), factories.a_funded_asset(house)
    out = books.transaction(perform(Transfer(one, other, 40_00), house.administrator))
    into = books.received(out.id)
    assert (out.kind, out.asset_id, out.counter_asset_id) == ("transfer_out", one, other)
    assert (into.kind, into.asset_id, into.counter_asset_id) == ("transfer_in", other, one)
    assert (out.amount_minor, into.amount_minor) == (40_00, 40_00)
    assert books.asset(one).balance_minor == 50_00
    assert books.asset(other).balance_minor == 40_00
    assert books.asset(other).deposited_minor == 0
    assert books.house_balance(house.organisation_id) == -90_00


def test_a_transfer_needs_two_assets_of_one_currency(house: House):
    shilling, dollar = (
        factories.a_funded_asset(house, 90_00),
        factories.a_funded_asset(house, currency="USD"),
    )
    with pytest.raises(Refusal, match="same currency"):
        perform(Transfer(shilling, dollar, 1_00), house.administrator)
    with pytest.raises(Refusal, match="another asset"):
        perform(Transfer(shilling, shilling, 1_00), house.administrator)


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_an_amount_is_above_zero(house: House, amount_minor: int):
    asset_id = factories.a_funded_asset(house, 5_00)
    with pytest.raises(Refusal):
        perform(Deposit(asset_id, amount_minor), house.administrator)
    assert books.asset(asset_id).balance_minor == 5_00


def test_a_withdrawal_beyond_the_balance_changes_nothing(house: House):
    asset_id = factories.a_funded_asset(house, 100_00)
    before = books.count(Entry, house.organisation_id)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        perform(Withdraw(asset_id, 100_01), house.administrator)
    assert books.count(Entry, house.organisation_id) == before
    assert books.asset(asset_id).balance_minor == 100_00
    perform(Withdraw(asset_id, 100_00), house.administrator)
    assert books.asset(asset_id).balance_minor == 0


def test_an_overdraft_may_be_used_to_its_limit(house: House):
    asset_id = factories.a_funded_asset(house, 10_00)
    factories.change(house, Asset, asset_id, overdraft_minor=5_00)
    perform(Withdraw(asset_id, 15_00), house.administrator)
    assert books.asset(asset_id).balance_minor == -5_00
    with pytest.raises(Conflict, match="Insufficient"):
        perform(Withdraw(asset_id, 1), house.administrator)


def test_the_same_key_gives_the_same_transaction_once(house: House):
    asset_id = factories.a_funded_asset(house)
    first = perform(Deposit(asset_id, 7_00), house.administrator, key="a key")
    again = perform(Deposit(asset_id, 7_00), house.administrator, key="a key")
    assert first == again
    assert books.asset(asset_id).balance_minor == 7_00


def test_a_key_answers_again_even_when_the_money_is_gone(house: House):
    asset_id = factories.a_funded_asset(house, 7_00)
    first = perform(Withdraw(asset_id, 7_00), house.administrator, key="a key")
    assert perform(Withdraw(asset_id, 7_00), house.administrator, key="a key") == first


def test_a_key_cannot_serve_two_different_requests(house: House):
    asset_id = factories.a_funded_asset(house)
    perform(Deposit(asset_id, 7_00), house.administrator, key="a key")
    with pytest.raises(Conflict, match="different request"):
        perform(Deposit(asset_id, 8_00), house.administrator, key="a key")
    assert books.asset(asset_id).balance_minor == 7_00


def test_two_people_may_use_the_same_key(house: House):
    asset_id = factories.a_funded_asset(house)
    teller, *_ = factories.a_user(house)
    perform(Deposit(asset_id, 7_00), house.administrator, key="a key")
    perform(Deposit(asset_id, 8_00), teller, key="a key")
    assert books.asset(asset_id).balance_minor == 15_00


@pytest.mark.checks("W08.10")
def test_an_inactive_asset_cannot_be_transacted_until_it_is_active_again(house: House):
    asset_id = factories.a_funded_asset(house, 5_00)
    perform(SetAssetActive(asset_id, is_active=False), house.administrator)
    for command in (Deposit(asset_id, 1_00), Withdraw(asset_id, 1_00)):
        with pytest.raises(Conflict, match="inactive and cannot be transacted"):
            perform(command, house.administrator)
    perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    perform(Deposit(asset_id, 1_00), house.administrator)
    assert books.asset(asset_id).balance_minor == 6_00


def test_money_cannot_be_moved_to_an_inactive_asset(house: House):
    one, other = factories.a_funded_asset(house, 9_00), factories.a_funded_asset(house)
    perform(SetAssetActive(other, is_active=False), house.administrator)
    with pytest.raises(Conflict, match="inactive"):
        perform(Transfer(one, other, 1_00), house.administrator)
    assert books.asset(one).balance_minor == 9_00


def test_an_inactive_account_takes_no_entries(house: House):
    asset_id = factories.a_funded_asset(house, 5_00)
    account_id = books.asset(asset_id).account_id
    perform(SetAccountActive(account_id, is_active=False), house.administrator)
    with pytest.raises(Conflict, match=r"Account ACC-\d+ is inactive"):
        perform(Deposit(asset_id, 1_00), house.administrator)


def test_an_account_that_awaits_approval_takes_no_entries(house: House):
    teller, *_ = factories.a_user(house)
    client_id = factories.a_client(house)
    asset_id = factories.first_asset(factories.an_account(house, client_id, actor=teller))
    with pytest.raises(Conflict, match="inactive and cannot be transacted"):
        perform(Deposit(asset_id, 1_00), house.administrator)
    factories.change(house, Asset, asset_id, is_active=True)
    with pytest.raises(Conflict, match="is not authorized"):
        perform(Deposit(asset_id, 1_00), house.administrator)


def test_one_who_may_not_deposit_is_refused(house: House):
    auditor, *_ = factories.a_user(house, "Auditor")
    asset_id = factories.a_funded_asset(house)
    with pytest.raises(Forbidden):
        perform(Deposit(asset_id, 1_00), auditor)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(allowed_project_ids=frozenset()),
        Scope(desk_ids=frozenset({-1})),
        Scope(own_clients=True),
        Scope(client_id=-1),
    ],
)
def test_an_asset_out_of_scope_is_missing(house: House, scope: Scope):
    asset_id = factories.a_funded_asset(house, 5_00)
    own = factories.a_funded_asset(house)
    stranger = replace(house.administrator, user_id=None, scope=scope)
    for command in (
        Deposit(asset_id, 1_00),
        Withdraw(asset_id, 1_00),
        Transfer(asset_id, own, 1_00),
    ):
        with pytest.raises(Missing):
            perform(command, stranger)


def test_another_organisation_s_asset_is_missing_like_an_unknown_one(house: House):
    other = factories.a_house()
    asset_id = factories.a_funded_asset(house, 5_00)
    mine = factories.a_funded_asset(other, 5_00)
    for command in (
        Deposit(asset_id, 1_00),
        Withdraw(asset_id, 1_00),
        Transfer(mine, asset_id, 1_00),
        Transfer(asset_id, mine, 1_00),
        Deposit(999_999_999, 1_00),
    ):
        with pytest.raises(Missing):
            perform(command, other.administrator)


def test_the_house_s_own_money_is_not_a_teller_s_to_move(house: House):
    asset_id = factories.a_funded_asset(house, 5_00)
    cash_id = _cash(perform(Deposit(asset_id, 1_00), house.administrator))
    teller, *_ = factories.a_user(house)
    with pytest.raises(Missing):
        perform(Transfer(cash_id, asset_id, 1_00), teller)
    with pytest.raises(Missing):
        perform(Deposit(cash_id, 1_00), teller)
    with pytest.raises(Refusal, match="branch's cash"):
        perform(Deposit(cash_id, 1_00), house.administrator)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "BTC"])
@pytest.mark.parametrize("amount_minor", [1, 12_345, 99_999_999])
def test_the_base_amount_is_the_amount_at_the_rate_rounded_half_up(
    house: House, currency: str, amount_minor: int
):
    asset_id = factories.a_funded_asset(house, currency=currency)
    transaction_id = perform(Deposit(asset_id, amount_minor), house.administrator)
    exponent = {"USD": 2, "JPY": 0, "KWD": 3, "BTC": 8}[currency]
    exact = Decimal(amount_minor).scaleb(-exponent) * RATES[currency] * 100
    expected = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    for entry in books.entries_of(transaction_id):
        assert (entry.base_minor, entry.rate) == (expected, RATES[currency])
    assert books.transaction(transaction_id).base_minor == expected
    assert books.base_sum(house.organisation_id) == 0


def test_large_amounts_convert_without_losing_a_digit():
    rate = Decimal("8650000.123456789012")
    expected = int(Decimal(f"{(10**15 - 1) * 8650000123456789012}e-18").to_integral_value())
    assert convert_minor(10**15 - 1, rate, exponent=8, base_exponent=2) == expected
    with pytest.raises(Refusal, match="larger than can be processed"):
        convert_minor(10**15, rate, exponent=2, base_exponent=2)


def test_half_a_cent_is_rounded_up():
    half = {"exponent": 2, "base_exponent": 2}
    assert convert_minor(1, Decimal("0.5"), **half) == 1
    assert convert_minor(1, Decimal("0.4999"), **half) == 0
    assert convert_minor(3, Decimal("0.5"), **half) == 2


@pytest.mark.checks("W08.40", "W08.42")
def test_what_the_teller_adds_is_kept(house: House):
    asset_id = factories.a_funded_asset(house, 5_00)
    particulars = Particulars(source="company", description="Salary")
    paid_in = books.transaction(perform(Deposit(asset_id, 1_00, particulars), house.administrator))
    assert (paid_in.source, paid_in.description) == ("company", "Salary")
    particulars = Particulars(beneficiary="DE89370400440532013000")
    paid_out = books.transaction(
        perform(Withdraw(asset_id, 1_00, particulars), house.administrator)
    )
    assert paid_out.beneficiary == "DE89370400440532013000"


def test_an_outside_reference_is_used_once(house: House):
    asset_id = factories.a_funded_asset(house)
    twice = Deposit(asset_id, 1_00, Particulars(external_id="wire-1"))
    perform(twice, house.administrator)
    with pytest.raises(Conflict):
        perform(twice, house.administrator)
    assert books.asset(asset_id).balance_minor == 1_00


@pytest.mark.checks("W09.30")
def test_the_client_s_manager_of_the_moment_stays_on_the_transaction(house: House):
    manager, *_ = factories.a_user(house)
    client_id = factories.a_client(house, manager_id=manager.user_id)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    transaction_id = perform(Deposit(asset_id, 1_00), house.administrator)
    from app.clients.models import Client

    factories.change(house, Client, client_id, manager_id=house.administrator.user_id)
    assert books.transaction(transaction_id).manager_id == manager.user_id


def test_rolling_up_moves_no_figure(house: House):
    asset_id = factories.a_funded_asset(house, 100_00)
    perform(Withdraw(asset_id, 30_00), house.administrator)
    before = books.house_balance(house.organisation_id)
    roll_up()
    assert books.house_balance(house.organisation_id) == before == -70_00
    cash = books.asset(_cash(perform(Deposit(asset_id, 1_00), house.administrator)))
    assert cash.balance_minor == -70_00


@pytest.mark.checks("W09.06", "W09.07", "E41.09")
def test_a_transaction_has_its_three_names(house: House):
    transaction = books.transaction(
        perform(Deposit(factories.a_funded_asset(house), 1_00), house.administrator)
    )
    assert len(transaction.public_id) == 36
    assert transaction.uid.startswith("cbtr")
    assert transaction.reference == f"TXN-{transaction.id:08d}"


def test_a_refused_command_leaves_no_transaction(house: House):
    asset_id = factories.a_funded_asset(house, 1_00)
    before = books.count(Transaction, house.organisation_id)
    with pytest.raises(Conflict):
        perform(Withdraw(asset_id, 2_00), house.administrator, key="refused")
    assert books.count(Transaction, house.organisation_id) == before
    perform(Deposit(asset_id, 5_00), house.administrator)
    perform(Withdraw(asset_id, 2_00), house.administrator, key="refused")
    assert books.asset(asset_id).balance_minor == 4_00


def _cash(transaction_id: int) -> int:
    return next(
        entry.asset_id for entry in books.entries_of(transaction_id) if entry.sequence is None
    )
