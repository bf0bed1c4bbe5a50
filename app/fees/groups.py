"""Groups of company fees: added to a project, renamed, deleted while no customer has them."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.retiring import usable
from app.controls.usage import user_of
from app.controls.work import Work
from app.fees.models import CompanyFee
from app.kernel.errors import Conflict, Missing, Refusal
from app.organisation.models import Project
from app.reference.fee_groups import FeeGroup

LONGEST_NAME = 100
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


@handles(CreateFeeGroup, permission="fees.create")
def create_fee_group(work: Work, command: CreateFeeGroup) -> int:
    """Create the group; a name is used once in a project (409). Returns its id."""
    project = usable(work, Project, command.project_id, field="project_id")
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


def live_group(work: Work, group_id: int) -> FeeGroup:
    """Return a group in scope that was not deleted, else 404."""
    group = find(work.session, work.actor, FeeGroup, group_id)
    if group.retired_at is not None:
        raise Missing
    return group


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
