"""Company fees: groups of a project, and the fees that each group charges (W04)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.usage import user_of
from app.controls.work import Work
from app.db.types import plain_rate
from app.fees.models import FEE_BASES, CompanyFee
from app.kernel.errors import Conflict, Missing, Refusal
from app.organisation.models import Project
from app.reference.fee_groups import FeeGroup
from app.reference.models import ProjectCurrency, TransactionSubType

LONGEST_NAME = 100
MOST_LINES = 20
ASSIGNED = "A group with assigned customers cannot be deleted"


@dataclass(frozen=True, slots=True)
class CreateFeeGroup:
    """Add a group to a project; the default one's fees hold for every customer (W04.03)."""

    project_id: int
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EditFeeGroup:
    """Rename a group, or make it the project's general one."""

    group_id: int
    version: int
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class RetireFeeGroup:
    """Delete a group with all of its fees (W04.20, W04.21)."""

    group_id: int


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


@handles(CreateFeeGroup, permission="fees.create")
def create_fee_group(work: Work, command: CreateFeeGroup) -> int:
    """Create the group; a name is used once in a project (409). Returns its id."""
    project = find(work.session, work.actor, Project, command.project_id)
    name = _free_name(work, project.id, command.name, None)
    if command.is_default:
        _clear_default(work, project.id)
    group = FeeGroup(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        name=name,
        is_default=command.is_default,
    )
    return work.add(group).id


@handles(EditFeeGroup, permission="fees.edit")
def edit_fee_group(work: Work, command: EditFeeGroup) -> int:
    """Save the group; a stale version is refused."""
    group = live_group(work, command.group_id)
    if group.version != command.version:
        raise Conflict(STALE)
    name = _free_name(work, group.project_id, command.name, group.id)
    if command.is_default and not group.is_default:
        _clear_default(work, group.project_id)
    group.name, group.is_default = name, command.is_default
    return group.id


@handles(RetireFeeGroup, permission="fees.delete")
def retire_fee_group(work: Work, command: RetireFeeGroup) -> None:
    """Retire the group and its fees; refused (409) while a customer is assigned to it."""
    group = live_group(work, command.group_id)
    if user_of(work.session, group) is not None:
        raise Conflict(ASSIGNED)
    fees = select(CompanyFee).where(
        CompanyFee.organisation_id == group.organisation_id,
        CompanyFee.group_id == group.id,
        CompanyFee.retired_at.is_(None),
    )
    for fee in work.session.scalars(fees):
        fee.retired_at = work.now
    group.retired_at = work.now


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
        work.session.add(
            CompanyFee(
                organisation_id=group.organisation_id,
                group_id=group.id,
                project_id=group.project_id,
                **shared,
                **values,
            )
        )
    return group.id


@handles(EditFee, permission="fees.edit")
def edit_fee(work: Work, command: EditFee) -> int:
    """Save one fee; a stale version is refused."""
    fee = _live_fee(work, command.fee_id)
    if fee.version != command.version:
        raise Conflict(STALE)
    values = _checked(work, live_group(work, fee.group_id), command.fee)
    values |= _threshold(command.threshold, command.fee.basis, "lines-0-")
    for key, value in values.items():
        setattr(fee, key, value)
    return fee.id


@handles(RetireFee, permission="fees.delete")
def retire_fee(work: Work, command: RetireFee) -> None:
    """Retire one fee: from now on nobody pays it."""
    _live_fee(work, command.fee_id).retired_at = work.now


def live_group(work: Work, group_id: int) -> FeeGroup:
    """Return a group in scope that was not deleted, else 404."""
    group = find(work.session, work.actor, FeeGroup, group_id)
    if group.retired_at is not None:
        raise Missing
    return group


def _live_fee(work: Work, fee_id: int) -> CompanyFee:
    fee = find(work.session, work.actor, CompanyFee, fee_id)
    if fee.retired_at is not None:
        raise Missing
    return fee


def _free_name(work: Work, project_id: int, text: str, own_id: int | None) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME:
        sentence = f"Name can have at most {LONGEST_NAME} characters" if name else None
        raise Refusal(sentence or "Name is required", field="name")
    taken = select(func.count()).where(
        FeeGroup.organisation_id == work.actor.tenant_id,
        FeeGroup.project_id == project_id,
        func.lower(FeeGroup.name) == name.lower(),
        FeeGroup.retired_at.is_(None),
        FeeGroup.id != (own_id or 0),
    )
    if work.session.scalar(taken):
        raise Conflict("A fee group with this name exists already", field="name")
    return name


def _clear_default(work: Work, project_id: int) -> None:
    query = select(FeeGroup).where(
        FeeGroup.organisation_id == work.actor.tenant_id,
        FeeGroup.project_id == project_id,
        FeeGroup.is_default,
    )
    for group in work.session.scalars(query):
        group.is_default = False
    work.session.flush()  # the index allows one general group at a time


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
