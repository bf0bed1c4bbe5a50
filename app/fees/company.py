"""The fees of a group: added several at once, edited and deleted one by one (W04.04-19)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.work import Work
from app.db.types import plain_rate
from app.fees.groups import live_group
from app.fees.models import FEE_BASES, CompanyFee
from app.kernel.errors import Conflict, Missing, Refusal
from app.reference.fee_groups import FeeGroup
from app.reference.models import ProjectCurrency, TransactionSubType

MOST_LINES = 20
# As a configuration file tells the fees of a group apart.
_ALIKE = ("sub_type_id", "currency", "counter_currency", "basis", "minimum", "maximum")
TWICE = (
    "The group has this fee already: of the same type, currencies, kind, and Min. and Max. Value"
)
NO_UNIT = "A static fee is an amount of one currency: choose which"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A fee from a minimum to a maximum amount, both included; None is no limit.

    All are in units of the transaction's currency; of a percent, `amount` is the percentage.
    """

    amount: Decimal
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """What a fee is for and how it charges; empty texts mean all types and all currencies."""

    basis: str
    sub_type_id: int | None = None
    currency: str = ""
    counter_currency: str = ""
    tax_percent: Decimal | None = None
    is_on_top: bool = False


@dataclass(frozen=True, slots=True)
class AddFees:
    """Add a fee to a group for each of its thresholds at once (W04.15)."""

    group_id: int
    fee: Fee
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class EditFee:
    """Change one fee."""

    fee_id: int
    version: int
    fee: Fee
    threshold: Threshold


@dataclass(frozen=True, slots=True)
class RetireFee:
    """Delete one fee (W04.19)."""

    fee_id: int


@handles(AddFees, permission="fees.create")
def add_fees(work: Work, command: AddFees) -> int:
    """Add the fees, one a threshold; returns the group's id."""
    group = live_group(work, command.group_id)
    if not command.thresholds:
        raise Refusal("Amount is required", field="lines")
    if len(command.thresholds) > MOST_LINES:
        raise Refusal(f"Add at most {MOST_LINES} lines at once", field="lines")
    shared = _checked(work, group, command.fee)
    for number, threshold in enumerate(command.thresholds):
        values = _threshold(threshold, command.fee.basis, f"lines-{number}-")
        _demand_single(work, group, shared | values, field=f"lines-{number}-amount")
        work.session.add(
            CompanyFee(
                organisation_id=group.organisation_id,
                group_id=group.id,
                project_id=group.project_id,
                **shared,
                **values,
            )
        )
    _demand_unit(command.fee, command.thresholds)
    return group.id


@handles(EditFee, permission="fees.edit")
def edit_fee(work: Work, command: EditFee) -> int:
    """Save one fee; a stale version is refused."""
    fee = _live_fee(work, command.fee_id)
    if fee.version != command.version:
        raise Conflict(STALE)
    values = _checked(work, live_group(work, fee.group_id), command.fee)
    values |= _threshold(command.threshold, command.fee.basis, "lines-0-")
    _demand_unit(command.fee, (command.threshold,))
    group = live_group(work, fee.group_id)
    _demand_single(work, group, values, field="lines-0-amount", own_id=fee.id)
    for key, value in values.items():
        setattr(fee, key, value)
    return fee.id


@handles(RetireFee, permission="fees.delete")
def retire_fee(work: Work, command: RetireFee) -> None:
    """Retire one fee: from now on nobody pays it."""
    _live_fee(work, command.fee_id).retired_at = work.now


def _live_fee(work: Work, fee_id: int) -> CompanyFee:
    fee = find(work.session, work.actor, CompanyFee, fee_id)
    if fee.retired_at is not None:
        raise Missing
    return fee


def _checked(work: Work, group: FeeGroup, fee: Fee) -> dict[str, Any]:
    if fee.basis not in FEE_BASES:
        raise Refusal("Choose Static or Percent", field="basis")
    label = _sub_type_label(work, group, fee.sub_type_id)
    for field in ("currency", "counter_currency"):
        _demand_currency(work, group, getattr(fee, field), field)
    if fee.counter_currency and label != "exchange":
        raise Refusal("Only an exchange has two currencies", field="counter_currency")
    if label == "exchange" and bool(fee.currency) != bool(fee.counter_currency):
        missing = "counter_currency" if fee.currency else "currency"
        raise Refusal("Choose both currencies of the exchange, or none", field=missing)
    if fee.currency and fee.currency == fee.counter_currency:
        raise Refusal("In and Out must be different currencies", field="counter_currency")
    return {
        "sub_type_id": fee.sub_type_id,
        "currency": fee.currency,
        "counter_currency": fee.counter_currency,
        "basis": fee.basis,
        "tax_percent": None if fee.tax_percent is None else plain_rate(fee.tax_percent),
        "is_on_top": fee.is_on_top,
    }


def _demand_single(
    work: Work, group: FeeGroup, values: dict[str, Any], *, field: str, own_id: int = 0
) -> None:
    """Refuse (409) a fee whose like the group has: the later one would never be charged."""
    same = [getattr(CompanyFee, name).is_not_distinct_from(values[name]) for name in _ALIKE]
    query = select(CompanyFee.id).where(
        CompanyFee.organisation_id == group.organisation_id,
        CompanyFee.group_id == group.id,
        CompanyFee.retired_at.is_(None),
        CompanyFee.id != own_id,
        *same,
    )
    if work.session.scalars(query.limit(1)).first() is not None:
        raise Conflict(TWICE, field=field)


def _demand_unit(fee: Fee, thresholds: tuple[Threshold, ...]) -> None:
    """Refuse (422) a fixed amount of no currency; nothing at all is nothing in every one."""
    if fee.basis == "static" and not fee.currency and any(one.amount for one in thresholds):
        raise Refusal(NO_UNIT, field="currency")


def _sub_type_label(work: Work, group: FeeGroup, sub_type_id: int | None) -> str:
    if sub_type_id is None:
        return ""
    query = select(TransactionSubType.label).where(
        TransactionSubType.organisation_id == group.organisation_id,
        TransactionSubType.project_id == group.project_id,
        TransactionSubType.id == sub_type_id,
    )
    label = work.session.scalar(query)
    if label is None:
        raise Refusal("Choose a type of transaction of the group's project", field="sub_type_id")
    return label


def _demand_currency(work: Work, group: FeeGroup, code: str, field: str) -> None:
    query = select(ProjectCurrency.id).where(
        ProjectCurrency.organisation_id == group.organisation_id,
        ProjectCurrency.project_id == group.project_id,
        ProjectCurrency.label == code,
    )
    if code and work.session.scalar(query) is None:
        raise Refusal("Choose a currency of the group's project", field=field)


def _threshold(one: Threshold, basis: str, line: str) -> dict[str, Any]:
    if basis == "percent" and one.amount > 100:  # noqa: PLR2004 - a whole
        raise Refusal("A percentage can be at most 100", field=f"{line}amount")
    if one.minimum is not None and one.maximum is not None and one.maximum <= one.minimum:
        raise Refusal("Max. Value must be greater than Min. Value", field=f"{line}maximum")
    return {
        name: None if value is None else plain_rate(value)
        for name, value in (
            ("amount", one.amount), ("minimum", one.minimum), ("maximum", one.maximum),
        )
    }  # fmt: skip
