"""Deposit, withdraw, transfer: post at once, or wait for approval with the funds held."""

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
    """Take cash in for an asset: amount in its minor units."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Pay cash out of an asset."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move money between two assets of one currency."""

    asset_id: int
    counter_asset_id: int
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


@handles(Deposit, permission="assets.deposit")
def deposit(work: Work, command: Deposit) -> int:
    """Credit the asset against the branch's cash; returns the transaction's id."""
    asset, cash = _with_cash(work, command.asset_id)
    return _record(work, "deposit", "in", (asset, cash), (cash, asset), command)


@handles(Withdraw, permission="assets.withdraw")
def withdraw(work: Work, command: Withdraw) -> int:
    """Debit the asset against the branch's cash; one that waits holds the amount."""
    asset, cash = _with_cash(work, command.asset_id)
    return _record(work, "withdrawal", "out", (asset, cash), (asset, cash), command)


@handles(Transfer, permission="assets.transfer")
def transfer(work: Work, command: Transfer) -> int:
    """Debit one asset and credit another of the same currency."""
    if command.asset_id == command.counter_asset_id:
        raise Refusal("Choose another asset to transfer to", field="counter_asset_id")
    assets = lock_assets(work, (command.asset_id, command.counter_asset_id))
    asset, counter = assets[command.asset_id], assets[command.counter_asset_id]
    if asset.currency != counter.currency:
        raise Refusal("Both assets must be of the same currency", field="counter_asset_id")
    return _record(work, "transfer", "out", (asset, counter), (asset, counter), command)


def _with_cash(work: Work, asset_id: int) -> tuple[LockedAsset, LockedAsset]:
    branch_id = work.actor.branch_id
    assets = lock_with_house(work, asset_id, purpose="cash", branch_id=branch_id)
    asset = assets.pop(asset_id)
    if not assets:
        cash_id = house_asset(
            work,
            purpose="cash",
            branch_id=branch_id or asset.branch_id,
            currency=asset.currency,
            exponent=asset.exponent,
        )
        assets = lock_lines(work, [cash_id])
    (cash,) = assets.values()
    if cash.id == asset.id:
        raise Refusal("Choose another asset than the branch's cash", field="asset_id")
    return asset, cash


def _record(
    work: Work,
    kind: str,
    direction: str,
    parties: tuple[LockedAsset, LockedAsset],
    sides: tuple[LockedAsset, LockedAsset],
    command: Deposit | Withdraw | Transfer,
) -> int:
    """Post the movement at once, or record it to wait. `sides` is (debited, credited)."""
    asset, counter = parties
    asset.demand_usable()
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    demand_limit(settings, asset, command.amount_minor)
    lines = movement_lines(
        debit=sides[0],
        credit=sides[1],
        amount_minor=command.amount_minor,
        rate=settings.rate(asset.currency),
    )
    movement = _Movement(kind, direction, asset, counter, lines, command.particulars, settings)
    status_id, processing = settings.default_status(asset.project_id)
    levels = strictest(
        settings.rules,
        amount_minor=lines[0].base_minor,
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
    post(work, [posting], {asset.id: asset for asset in (movement.asset, movement.counter)})
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
    return header_of(
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


def demand_limit(settings: Settings, asset: LockedAsset, amount_minor: int) -> None:
    """Refuse an amount below the project's limit for the currency."""
    limit = settings.limits.get((asset.project_id or 0, asset.currency), 0)
    if amount_minor < limit:
        shown = format_minor(limit, asset.exponent)
        raise Refusal(
            f"The smallest amount that can be transacted is {shown} {asset.currency}",
            field="amount",
        )
