"""Deposit, withdraw, transfer, credit a bonus: post at once, or wait for approval."""

from dataclasses import dataclass, field
from typing import Any

from app.controls.approvals import submit
from app.controls.commands import handles
from app.controls.review import CAPTURED, strictest
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.money import format_minor
from app.ledger.house import house_asset
from app.ledger.journal import Line, Posting, post
from app.ledger.locking import LockedAsset, lock_assets, lock_lines, lock_with_house
from app.ledger.models import Transaction
from app.transactions.kinds import Particulars, header_of, movement_lines
from app.transactions.review import TRANSACTION, WAITING, lines_as_text
from app.transactions.settings import Settings, settings_of


@dataclass(frozen=True, slots=True)
class Deposit:
    """Take cash in for an asset, in its minor units; a bonus it earns is posted with it."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)
    bonus_minor: int = 0


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Pay cash out of an asset: its real money, or its bonus where the institution pays that."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)
    is_bonus: bool = False


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


@dataclass(frozen=True, slots=True)
class _Leg:
    """An amount that goes from one asset to another; `bonus_of` is the asset whose bonus moves."""

    debit: LockedAsset
    credit: LockedAsset
    amount_minor: int
    bonus_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Movement:
    """A movement of money about to be recorded: whose it is, the other side, all of its lines."""

    kind: str
    direction: str
    asset: LockedAsset
    counter: LockedAsset
    assets: dict[int, LockedAsset]
    lines: tuple[Line, ...]
    particulars: Particulars
    settings: Settings
    fee_minor: int


@handles(Deposit, permission="assets.deposit")
def deposit(work: Work, command: Deposit) -> int:
    """Credit the asset against the branch's cash; returns the transaction's id.

    The bonus is two more lines of the same transaction: both are posted or neither (W08.49).
    """
    asset, cash = _with_house(work, command.asset_id, "cash")
    legs = [_Leg(cash, asset, command.amount_minor)]
    if command.bonus_minor:
        _, promotion = _with_house(work, command.asset_id, "promotion")
        legs.append(_Leg(promotion, asset, command.bonus_minor, bonus_of=asset.id))
    return _record(work, command, kind="deposit", direction="in", parties=(asset, cash), legs=legs)


@handles(Withdraw, permission="assets.withdraw")
def withdraw(work: Work, command: Withdraw) -> int:
    """Debit the asset against the branch's cash; one that waits holds the amount.

    Whether a bonus may be paid out is the institution's rule, not the system's (W08.52). The
    currency's network fee is charged on top, in the same transaction (W03.16).
    """
    asset, cash = _with_house(work, command.asset_id, "cash")
    bonus_of = asset.id if command.is_bonus else None
    legs = [_Leg(asset, cash, command.amount_minor, bonus_of=bonus_of)]
    fee_minor = _network_fee_minor(work, asset)
    if fee_minor:
        _, income = _with_house(work, asset.id, "fees")
        legs.append(_Leg(asset, income, fee_minor))
    return _record(
        work,
        command,
        kind="withdrawal",
        direction="out",
        parties=(asset, cash),
        legs=legs,
        fee_minor=fee_minor,
    )


@handles(CreditBonus, permission="assets.deposit")
def credit_bonus(work: Work, command: CreditBonus) -> int:
    """Credit the asset's bonus against the promotion expense; returns the transaction's id."""
    asset, promotion = _with_house(work, command.asset_id, "promotion")
    legs = [_Leg(promotion, asset, command.amount_minor, bonus_of=asset.id)]
    parties = (asset, promotion)
    return _record(work, command, kind="bonus", direction="in", parties=parties, legs=legs)


@handles(Transfer, permission="assets.transfer")
def transfer(work: Work, command: Transfer) -> int:
    """Debit one asset and credit another of the same currency."""
    if command.asset_id == command.counter_asset_id:
        raise Refusal("Choose another asset to transfer to", field="counter_asset_id")
    assets = lock_assets(work, (command.asset_id, command.counter_asset_id))
    asset, counter = assets[command.asset_id], assets[command.counter_asset_id]
    if asset.currency != counter.currency:
        raise Refusal("Both assets must be of the same currency", field="counter_asset_id")
    legs = [_Leg(asset, counter, command.amount_minor)]
    parties = (asset, counter)
    return _record(work, command, kind="transfer", direction="out", parties=parties, legs=legs)


def _network_fee_minor(work: Work, asset: LockedAsset) -> int:
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    return settings.network_fees.get((asset.project_id or 0, asset.currency), 0)


def _with_house(work: Work, asset_id: int, purpose: str) -> tuple[LockedAsset, LockedAsset]:
    branch_id = work.actor.branch_id
    assets = lock_with_house(work, asset_id, purpose=purpose, branch_id=branch_id)
    asset = assets.pop(asset_id)
    if not assets:
        house_id = house_asset(
            work,
            purpose=purpose,
            branch_id=branch_id or asset.branch_id,
            currency=asset.currency,
            exponent=asset.exponent,
        )
        assets = lock_lines(work, [house_id])
    (house,) = assets.values()
    if house.id == asset.id:
        raise Refusal(f"Choose another asset than the branch's {purpose}", field="asset_id")
    return asset, house


def _record(
    work: Work,
    command: Deposit | Withdraw | Transfer | CreditBonus,
    *,
    kind: str,
    direction: str,
    parties: tuple[LockedAsset, LockedAsset],
    legs: list[_Leg],
    fee_minor: int = 0,
) -> int:
    """Post the movement at once, or record it to wait; its first leg is the amount asked for."""
    asset, counter = parties
    asset.demand_usable()
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    demand_limit(settings, asset, command.amount_minor)
    rate = settings.rate(asset.currency)
    lines = tuple(
        line
        for leg in legs
        for line in movement_lines(
            debit=leg.debit,
            credit=leg.credit,
            amount_minor=leg.amount_minor,
            rate=rate,
            bonus_of=leg.bonus_of,
        )
    )
    movement = _Movement(
        kind=kind,
        direction=direction,
        asset=asset,
        counter=counter,
        assets={one.id: one for leg in legs for one in (leg.debit, leg.credit)},
        lines=lines,
        particulars=command.particulars,
        settings=settings,
        fee_minor=fee_minor,
    )
    return _settle(work, movement)


def _settle(work: Work, movement: _Movement) -> int:
    """Post what asks for no approval and no second step; let the rest wait."""
    asset, settings = movement.asset, movement.settings
    status_id, processing = settings.default_status(asset.project_id)
    levels = strictest(
        settings.rules,
        amount_minor=sum(line.base_minor for line in movement.lines if line.side == "D"),
        project_id=asset.project_id,
        branch_id=asset.branch_id,
        default=TRANSACTION.default_levels,
    )
    if levels == 0 and processing == "Completed":
        return _post_now(work, movement, status_id)
    return _let_wait(work, movement)


def _post_now(work: Work, movement: _Movement, status_id: int | None) -> int:
    header = _header(work, movement, status_id)
    posting = Posting(
        transaction_id=header["id"],
        kind=movement.kind,
        posting_date=header["posting_date"],
        value_date=header["value_date"],
        lines=movement.lines,
        header=header,
    )
    post(work, [posting], movement.assets, answer=header["id"])
    return int(header["id"])


def _let_wait(work: Work, movement: _Movement) -> int:
    status_id = movement.settings.statuses.get((movement.asset.project_id or 0, "pending"))
    header = _header(work, movement, status_id) | {
        "processing": WAITING,
        "posted_at": None,
        "record_status": CAPTURED,
        "levels_required": None,
        "submitted_at": None,
        "authorised_at": None,
        "lines": lines_as_text(movement.lines),
    }
    transaction = work.add(Transaction(**header))
    submit(work, TRANSACTION, transaction)
    return transaction.id


def _header(work: Work, movement: _Movement, status_id: int | None) -> dict[str, Any]:
    project_id = movement.asset.project_id or 0
    header = header_of(
        work,
        kind=movement.kind,
        direction=movement.direction,
        asset=movement.asset,
        counter=movement.counter,
        lines=movement.lines,
        particulars=movement.particulars,
        sub_type_id=movement.settings.sub_types.get((project_id, movement.kind)),
        status_id=status_id,
    )
    return header | {"fee_minor": movement.fee_minor}


def demand_limit(settings: Settings, asset: LockedAsset, amount_minor: int) -> None:
    """Refuse an amount below the project's limit for the currency."""
    limit = settings.limits.get((asset.project_id or 0, asset.currency), 0)
    if amount_minor < limit:
        shown = format_minor(limit, asset.exponent)
        raise Refusal(
            f"The smallest amount that can be transacted is {shown} {asset.currency}",
            field="amount",
        )
