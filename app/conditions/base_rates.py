"""Base rates: drafted with the date they begin on, approved, never changed after that (E42.37)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.conditions.checks import checked_name, condition_code, demand_new_version
from app.conditions.models import BaseRate
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.retiring import demand_live
from app.controls.review import AUTHORIZED, ReviewKind, review
from app.controls.work import Work
from app.db.types import plain_rate
from app.kernel.errors import Refusal
from app.records.drafts import retires_while_open

MOST_PERCENT = 1_000
CLOSED = "This rate begins in days that are closed: choose the business date or a later one"


def _demand_open(work: Work, record: BaseRate) -> None:
    """Refuse (422) to change what a code's rate was: interest was worked out with it."""
    demand_live(record)
    known = select(BaseRate.id).where(
        BaseRate.organisation_id == record.organisation_id,
        BaseRate.code == record.code,
        BaseRate.record_status == AUTHORIZED,
        BaseRate.id != record.id,
    )
    is_known = work.session.scalars(known.limit(1)).first() is not None
    if is_known and record.effective_from < work.business_date:
        raise Refusal(CLOSED, field="effective_from")


BASE_RATE = review(
    ReviewKind(
        key="base-rate",
        model=BaseRate,
        name="Base rate",
        module="base-rates",
        path="/admin/base-rates",
        check=_demand_open,
        authorised=_demand_open,
    )
)
retires_while_open(BaseRate, "Base rate", permission="base-rates.delete")


@dataclass(frozen=True, slots=True)
class CreateBaseRate:
    """Draft what a base rate is from a date on, in percent a year."""

    code: str
    name: str
    rate_percent: Decimal
    effective_from: date | None
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditBaseRate:
    """Change a draft or rejected base rate; its code stays."""

    rate_id: int
    version: int
    name: str
    rate_percent: Decimal
    effective_from: date | None
    submit: bool = False


@handles(CreateBaseRate, permission="base-rates.create")
def create_base_rate(work: Work, command: CreateBaseRate) -> int:
    """Create the draft; refused (409) where the code begins on that date already."""
    code = condition_code(command.code)
    begins = _begins(command.effective_from)
    demand_new_version(work, BaseRate, code=code, on=begins)
    record = work.add(
        BaseRate(
            organisation_id=work.actor.tenant_id,
            code=code,
            name=checked_name(command.name),
            rate_percent=_percent(command.rate_percent),
            effective_from=begins,
            maker_id=work.actor.user_id,
        )
    )
    return drafted(work, BASE_RATE, record, "created", hand_in=command.submit)


@handles(EditBaseRate, permission="base-rates.edit")
def edit_base_rate(work: Work, command: EditBaseRate) -> int:
    """Save the draft; what waits or is approved is refused with 409."""
    record: BaseRate = draft(work, BASE_RATE, command.rate_id, command.version)
    begins = _begins(command.effective_from)
    demand_new_version(work, BaseRate, code=record.code, on=begins, own_id=record.id)
    record.name = checked_name(command.name)
    record.rate_percent = _percent(command.rate_percent)
    record.effective_from = begins
    return drafted(work, BASE_RATE, record, "edited", hand_in=command.submit)


def _begins(on: date | None) -> date:
    if on is None:
        raise Refusal("Effective From is required", field="effective_from")
    return on


def _percent(rate: Decimal) -> Decimal:
    if not 0 <= rate <= MOST_PERCENT:
        raise Refusal(f"Rate can be at most {MOST_PERCENT}", field="rate")
    return plain_rate(rate)
