"""What falls due is written down once for each asset, then taken as far as there is money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, insert, literal, or_, select

from app.charges.models import Charge, ChargeDue
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.fees import pricing
from app.interest.models import BalanceSnapshot
from app.interest.snapshots import count_inserted
from app.kernel.errors import INSUFFICIENT, Conflict
from app.kernel.frequencies import last_period_end, period_ends
from app.ledger.accounts import Account, open_to_close
from app.ledger.house import house_asset, purpose_of
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, post_due

TAX = "tax"


@dataclass(frozen=True, slots=True)
class FindCharges:
    """Write down every charge that falls due from a day on to before the next business date.

    The day is the business date, or one before it whose close left the charges out.
    """

    since: date
    next_date: date


@dataclass(frozen=True, slots=True)
class TakeCharges:
    """Post charges that are due, as far as each asset can pay."""

    business_date: date
    next_date: date
    due_ids: tuple[int, ...]


@handles(FindCharges, permission=SYSTEM_ONLY)
def find_charges(work: Work, command: FindCharges) -> int:
    """Insert what is missing by one statement a charge; returns how many fell due."""
    query = select(Charge).where(
        Charge.organisation_id == work.actor.tenant_id,
        Charge.record_status == AUTHORIZED,
        Charge.retired_at.is_(None),
    )
    found = 0
    for charge in work.session.scalars(query.order_by(Charge.id)):
        for due_on in _days_due(charge, command):
            statement = insert(ChargeDue).from_select(_COLUMNS, _charged(work, charge, due_on))
            found += count_inserted(work, statement)
    return found


@handles(TakeCharges, permission=SYSTEM_ONLY)
def take_charges(work: Work, command: TakeCharges) -> int:
    """Post what can be paid and say of the rest why not; returns how many were posted."""
    rows = _waiting(work, command)
    assets = lock_lines(work, {one.asset_id for one, _ in rows})
    left = {key: asset.available_minor for key, asset in assets.items()}
    payable = []
    for one, charge in rows:
        asset, total = assets[one.asset_id], charge.total_minor
        one.reason = _obstacle(asset, left[asset.id], total)
        if not one.reason:
            left[asset.id] -= total
            payable.append((one, charge))
    movements = _movements(work, command, payable, assets)
    ids = post_due(work, movements) if movements else []
    for (one, _), transaction_id in zip(payable, ids, strict=True):
        one.state, one.transaction_id = "charged", transaction_id
        one.charged_on = command.business_date
    return len(payable)


def _days_due(charge: Charge, command: FindCharges) -> list[date]:
    """Return each day of this close on which a charge falls due, weekends and holidays included.

    A charge that comes again falls due at the end of each of its periods.
    """
    last = command.next_date - timedelta(days=1)
    days: Iterable[date] = (charge.effective_from,)
    if charge.kind != "ONE_OFF":
        days = period_ends(charge.frequency, command.since, last)
    ends_on = min(last, charge.last_day or last)
    begins_on = max(command.since, charge.effective_from)
    return [day for day in days if begins_on <= day <= ends_on]


_COLUMNS = ["organisation_id", "charge_id", "asset_id", "due_on", "state", "reason"]


def _charged(work: Work, charge: Charge, due_on: date) -> Select[tuple[Any, ...]]:
    """Select the assets that a charge falls due for, once a day.

    Their accounts are authorized, and their status lets the close of business book on them; what
    is charged once waits until it does.
    """
    tenant = work.actor.tenant_id
    target = (
        Account.product_id == charge.product_id
        if charge.product_id is not None
        else Account.id == charge.account_id
    )
    done = exists().where(
        ChargeDue.organisation_id == tenant,
        ChargeDue.charge_id == charge.id,
        ChargeDue.asset_id == Asset.id,
        ChargeDue.due_on == due_on,
    )
    query = (
        select(
            Asset.organisation_id,
            literal(charge.id),
            Asset.id,
            literal(due_on),
            literal("due"),
            literal(""),
        )
        .join(Account, Account.id == Asset.account_id)
        .where(
            Asset.organisation_id == tenant,
            Asset.is_limited,
            Asset.is_active,
            Asset.currency == charge.currency,
            Account.record_status == AUTHORIZED,
            or_(Account.end_on.is_(None), Account.end_on >= due_on),
            target,
            ~done,
        )
    )
    if charge.kind != "ONE_OFF":
        query = query.where(open_to_close())
    if charge.kind == "OVERDRAFT":
        query = query.where(_was_overdrawn(tenant, charge, due_on))
    return query


def _was_overdrawn(tenant: int, charge: Charge, due_on: date) -> Any:
    before = last_period_end(charge.frequency, due_on - timedelta(days=1))
    return exists().where(
        and_(
            BalanceSnapshot.organisation_id == tenant,
            BalanceSnapshot.asset_id == Asset.id,
            BalanceSnapshot.day > before,
            BalanceSnapshot.day <= due_on,
            BalanceSnapshot.ledger_minor < 0,
        )
    )


def _waiting(work: Work, command: TakeCharges) -> list[tuple[ChargeDue, Charge]]:
    query = (
        select(ChargeDue, Charge)
        .join(Charge, Charge.id == ChargeDue.charge_id)
        .where(
            ChargeDue.organisation_id == work.actor.tenant_id,
            ChargeDue.id.in_(command.due_ids),
            ChargeDue.state == "due",
        )
    )
    query = query.order_by(ChargeDue.asset_id, ChargeDue.id)
    # Locked, so that none is taken that somebody waives.
    rows = work.session.execute(query.with_for_update(of=ChargeDue))
    return [(row[0], row[1]) for row in rows]


def _obstacle(asset: LockedAsset, available_minor: int, total_minor: int) -> str:
    try:
        asset.demand_open_to_close()
        asset.demand_usable("D")
    except Conflict as conflict:
        return conflict.sentence
    return "" if available_minor >= total_minor else INSUFFICIENT


def _movements(
    work: Work,
    command: TakeCharges,
    payable: Sequence[tuple[ChargeDue, Charge]],
    assets: dict[int, LockedAsset],
) -> list[Movement]:
    opened: dict[tuple[str, str, int], int] = {}
    for one, charge in payable:
        for purpose in (purpose_of(charge.income_product_id), TAX):
            key = (purpose, charge.currency, assets[one.asset_id].branch_id)
            if key not in opened and (purpose != TAX or charge.tax_percent):
                opened[key] = house_asset(
                    work,
                    purpose=purpose,
                    branch_id=key[2],
                    currency=charge.currency,
                    exponent=charge.exponent,
                )
    houses = lock_lines(work, opened.values())

    def house(purpose: str, charge: Charge, asset: LockedAsset) -> LockedAsset:
        return houses[opened[purpose, charge.currency, asset.branch_id]]

    movements = []
    for one, charge in payable:
        asset, tax_minor = assets[one.asset_id], charge.tax_minor
        income = house(purpose_of(charge.income_product_id), charge, asset)
        # One close may take several days' charges: each line says which day it is for.
        name = f"{charge.name} {one.due_on.isoformat()}"
        legs = [Leg(asset, income, charge.amount_minor, narrative=name)]
        if tax_minor:
            tax = house(TAX, charge, asset)
            legs.append(Leg(asset, tax, tax_minor, narrative=f"Tax on {name}"))
        texts = Particulars(
            description=name,
            posting_date=command.business_date,
            value_date=command.next_date,
        )
        told = pricing.Charge(
            charge.name, charge.amount_minor, tax_minor, is_on_top=True, code=charge.code
        )
        movements.append(
            Movement("journal", "out", asset, income, tuple(legs), texts,
                     fee_minor=charge.amount_minor, tax_minor=tax_minor, charges=(told.as_text(),))
        )  # fmt: skip
    return movements
