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
class _Movement:
    """A movement of money about to be recorded: the client's asset, the other side, the lines."""

    kind: str
    direction: str
    asset: LockedAsset
    counter: LockedAsset
    lines: tuple[Line, ...]
    particulars: Particulars
    settings: Settings
    others: tuple[LockedAsset, ...] = ()
    fee_minor: int = 0


@handles(Deposit, permission="assets.deposit")
def deposit(work: Work, command: Deposit) -> int:
    """Credit the asset against the branch's cash; returns the transaction's id.

    The bonus is two more lines of the same transaction: both are posted or neither (W08.49).
    """
    asset, cash = _with_house(work, command.asset_id, "cash")
    bonus = None
    if command.bonus_minor:
        _, promotion = _with_house(work, command.asset_id, "promotion")
        bonus = (promotion, command.bonus_minor)
    return _record(
        work,
        command,
        kind="deposit",
        direction="in",
        parties=(asset, cash),
        sides=(cash, asset),
        bonus=bonus,
    )


@handles(Withdraw, permission="assets.withdraw")
def withdraw(work: Work, command: Withdraw) -> int:
    """Debit the asset against the branch's cash; one that waits holds the amount.

    Whether a bonus may be paid out is the institution's rule, not the system's (W08.52). The
    currency's network fee is charged on top, in the same transaction (W03.16).
    """
    asset, cash = _with_house(work, command.asset_id, "cash")
    return _record(
        work,
        command,
        kind="withdrawal",
        direction="out",
        parties=(asset, cash),
        sides=(asset, cash),
        bonus_of=asset.id if command.is_bonus else None,
        fee=_network_fee(work, asset),
    )


@handles(CreditBonus, permission="assets.deposit")
def credit_bonus(work: Work, command: CreditBonus) -> int:
    """Credit the asset's bonus against the promotion expense; returns the transaction's id."""
    asset, promotion = _with_house(work, command.asset_id, "promotion")
    return _record(
        work,
        command,
        kind="bonus",
        direction="in",
        parties=(asset, promotion),
        sides=(promotion, asset),
        bonus_of=asset.id,
    )


@handles(Transfer, permission="assets.transfer")
def transfer(work: Work, command: Transfer) -> int:
    """Debit one asset and credit another of the same currency."""
    if command.asset_id == command.counter_asset_id:
        raise Refusal("Choose another asset to transfer to", field="counter_asset_id")
    assets = lock_assets(work, (command.asset_id, command.counter_asset_id))
    asset, counter = assets[command.asset_id], assets[command.counter_asset_id]
    if asset.currency != counter.currency:
        raise Refusal("Both assets must be of the same currency", field="counter_asset_id")
    sides = (asset, counter)
    return _record(work, command, kind="transfer", direction="out", parties=sides, sides=sides)


def _network_fee(work: Work, asset: LockedAsset) -> tuple[LockedAsset, int] | None:
    """Return where the currency's network fee goes and how much it is, or None where it is 0."""
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    fee_minor = settings.network_fees.get((asset.project_id or 0, asset.currency), 0)
    if not fee_minor:
        return None
    _, income = _with_house(work, asset.id, "fees")
    return income, fee_minor


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
    sides: tuple[LockedAsset, LockedAsset],
    bonus_of: int | None = None,
    bonus: tuple[LockedAsset, int] | None = None,
    fee: tuple[LockedAsset, int] | None = None,
) -> int:
    """Post the movement at once, or record it to wait. `sides` is (debited, credited).

    `bonus` is the promotion expense and the amount that comes on top; `fee` the fee income and
    what is charged on top.
    """
    asset, counter = parties
    asset.demand_usable()
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    demand_limit(settings, asset, command.amount_minor)
    rate, others = settings.rate(asset.currency), ()
    lines = movement_lines(
        debit=sides[0],
        credit=sides[1],
        amount_minor=command.amount_minor,
        rate=rate,
        bonus_of=bonus_of,
    )
    if bonus is not None:
        lines += movement_lines(
            debit=bonus[0], credit=asset, amount_minor=bonus[1], rate=rate, bonus_of=asset.id
        )
        others = (bonus[0],)
    if fee is not None:
        lines += movement_lines(debit=asset, credit=fee[0], amount_minor=fee[1], rate=rate)
        others = (fee[0],)
    movement = _Movement(
        kind,
        direction,
        asset,
        counter,
        lines,
        command.particulars,
        settings,
        others,
        fee_minor=fee[1] if fee else 0,
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
    assets = (movement.asset, movement.counter, *movement.others)
    post(work, [posting], {asset.id: asset for asset in assets})
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
