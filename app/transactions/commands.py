"""Deposit, withdraw, transfer, exchange, credit a bonus: post at once, or wait for approval."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.controls.commands import handles
from app.controls.work import Work
from app.funding.usage import funded
from app.kernel.addresses import NO_ADDRESS, is_address
from app.kernel.errors import Refusal
from app.ledger.locking import LockedAsset
from app.transactions.charging import charged, transferred
from app.transactions.exchange import Exchange, exchanged
from app.transactions.houses import house_side, with_clearing, with_house
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, record
from app.transactions.ordering import through_platform

NO_BONUS = "An asset of the house itself has no bonus"


@dataclass(frozen=True, slots=True)
class Deposit:
    """Take cash in for an asset, in its minor units; a bonus it earns is posted with it."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)
    bonus_minor: int = 0
    funding_source_id: int | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Pay cash out of an asset: its real money, or its bonus where the institution pays that."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)
    is_bonus: bool = False
    funding_source_id: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move money between two assets of one currency."""

    asset_id: int
    counter_asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class CreditBonus:
    """Give an asset promotional credit, paid by the house's promotion expense (W08.51)."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)


Command: TypeAlias = Deposit | Withdraw | Transfer | CreditBonus | Exchange


@handles(Deposit, permission="assets.deposit")
def deposit(work: Work, command: Deposit) -> int:
    """Credit the asset against the branch's cash; returns the transaction's id."""
    return record(work, *built(work, command))


@handles(Withdraw, permission="assets.withdraw")
def withdraw(work: Work, command: Withdraw) -> int:
    """Debit the asset against the branch's cash; one that waits holds the amount."""
    return record(work, *built(work, command))


@handles(CreditBonus, permission="assets.deposit")
def credit_bonus(work: Work, command: CreditBonus) -> int:
    """Credit the asset's bonus against the promotion expense; returns the transaction's id."""
    return record(work, *built(work, command))


@handles(Transfer, permission="assets.transfer")
def transfer(work: Work, command: Transfer) -> int:
    """Debit one asset and credit another of the same currency; returns the transfer_out's id."""
    return record(work, *built(work, command))


@handles(Exchange, permission="assets.exchange")
def exchange(work: Work, command: Exchange) -> int:
    """Give one currency for another at the rates of this moment; returns the transaction's id."""
    return record(work, *built(work, command))


def built(work: Work, command: Command) -> tuple[Movement, Movement | None]:
    """Lock what the command moves and return its movement; of a transfer, both halves."""
    return BUILDERS[type(command)](work, command)


def _deposit(work: Work, command: Deposit) -> tuple[Movement, None]:
    """The bonus is two more lines of the same transaction: both are posted or neither (W08.49)."""
    email = command.particulars.source_email
    if email and not is_address(email):
        raise Refusal(NO_ADDRESS, field="source_email")
    asset, cash = with_house(work, command.asset_id, "cash")
    legs = [Leg(cash, asset, command.amount_minor)]
    if command.bonus_minor:
        promotion = house_side(work, asset, "promotion")
        legs.append(_bonus_leg(promotion, asset, command.bonus_minor, of=asset))
    more = funded(work, asset.id, command.funding_source_id)
    movement = Movement("deposit", "in", asset, cash, tuple(legs), command.particulars, more=more)
    return through_platform(work, charged(work, movement)), None


def _withdraw(work: Work, command: Withdraw) -> tuple[Movement, None]:
    """Whether a bonus may be paid out is the institution's rule, not the system's (W08.52)."""
    asset, cash = with_house(work, command.asset_id, "cash")
    leg = Leg(asset, cash, command.amount_minor)
    if command.is_bonus:
        leg = _bonus_leg(asset, cash, command.amount_minor, of=asset)
    more = funded(work, asset.id, command.funding_source_id, only_verified=True)
    movement = Movement("withdrawal", "out", asset, cash, (leg,), command.particulars, more=more)
    return through_platform(work, charged(work, movement)), None


def _bonus(work: Work, command: CreditBonus) -> tuple[Movement, None]:
    asset, promotion = with_house(work, command.asset_id, "promotion")
    leg = _bonus_leg(promotion, asset, command.amount_minor, of=asset)
    return Movement("bonus", "in", asset, promotion, (leg,), command.particulars), None


def _bonus_leg(
    debit: LockedAsset, credit: LockedAsset, amount_minor: int, *, of: LockedAsset
) -> Leg:
    """Return what moves the bonus of an asset; refused (422): the house has none."""
    if not of.is_limited:
        raise Refusal(NO_BONUS)
    return Leg(debit, credit, amount_minor, bonus_of=of.id)


def _transfer(work: Work, command: Transfer) -> tuple[Movement, Movement]:
    """Two transactions (L02.04), each through the clearing account of its own side's branch."""
    if command.asset_id == command.counter_asset_id:
        raise Refusal("Choose another asset to transfer to", field="counter_asset_id")
    (asset, sent), (counter, received) = with_clearing(
        work, command.asset_id, command.counter_asset_id
    )
    if asset.currency != counter.currency:
        raise Refusal("Both assets must be of the same currency", field="counter_asset_id")
    counter.demand_usable("C")
    sending, receiving = (asset, sent), (counter, received)
    return transferred(
        work, sending, receiving, command.amount_minor, particulars=command.particulars
    )


BUILDERS: dict[type[Any], Callable[[Work, Any], tuple[Movement, Movement | None]]] = {
    Deposit: _deposit,
    Withdraw: _withdraw,
    CreditBonus: _bonus,
    Transfer: _transfer,
    Exchange: exchanged,
}
