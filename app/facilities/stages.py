"""How far a facility has come: a stage of its loan workflow, moved by those who act in it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.review import DENIED
from app.controls.work import Work
from app.credit.facility import CANCELLED, Facility
from app.facilities.models import FacilityMove
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.workflows.models import WorkflowStage
from app.workflows.queries import may_act_in, stages_in_order

LONGEST_REMARK = 500


@dataclass(frozen=True, slots=True)
class MoveFacility:
    """Move a facility to another stage of its workflow, forward or back."""

    facility_id: int
    stage_id: int
    remark: str = ""


@handles(MoveFacility, permission="facilities.edit")
def move_facility(work: Work, command: MoveFacility) -> int:
    """Move it; returns the stage's id.

    Refused (403) for those who do not act in the present stage, (409) where it stands there
    already, was deleted or is at its end, (422) for a stage of another workflow.
    """
    facility = find_locked(work, Facility, command.facility_id)
    demand_movable(facility)
    stages = stages_of(work.session, facility)
    wanted = next((one for one in stages if one.id == command.stage_id), None)
    if wanted is None:
        raise Refusal("Choose a stage of the facility's workflow", field="stage_id")
    if wanted.id == facility.stage_id:
        raise Conflict(f"The facility is at {wanted.name} already", field="stage_id")
    if not may_move(work.session, work.actor, facility, stages):
        raise Forbidden("Your roles do not act in the present stage")
    if len(command.remark.strip()) > LONGEST_REMARK:
        raise Refusal(f"Remark can have at most {LONGEST_REMARK} characters", field="remark")
    facility.stage_id = wanted.id
    work.session.add(
        FacilityMove(
            organisation_id=facility.organisation_id,
            facility_id=facility.id,
            stage_id=wanted.id,
            moved_at=work.now,
            moved_by=work.actor.name,
            remark=command.remark.strip(),
        )
    )
    return wanted.id


def obstacle_to_move(facility: Facility) -> str | None:
    """Return why nobody moves a facility any more, or None."""
    if facility.retired_at is not None:
        return "The facility was deleted"
    if facility.record_status == DENIED:
        return "The facility was denied, which is final"
    if facility.status == CANCELLED:
        return "The facility is cancelled, which is final"
    return None


def demand_movable(facility: Facility) -> None:
    """Refuse (409) to move a facility that was deleted, denied or cancelled."""
    obstacle = obstacle_to_move(facility)
    if obstacle is not None:
        raise Conflict(obstacle)


def stages_of(session: Session, facility: Facility) -> list[WorkflowStage]:
    """Return the stages of a facility's workflow in order; none where it has no workflow."""
    if facility.workflow_type_id is None:
        return []
    return stages_in_order(session, facility.organisation_id, facility.workflow_type_id)


def may_move(
    session: Session, actor: Actor, facility: Facility, stages: list[WorkflowStage]
) -> bool:
    """Tell whether a person acts in the present stage; into the first everybody may move it."""
    present = next((one for one in stages if one.id == facility.stage_id), None)
    return present is None or may_act_in(session, actor, present)


def moves_of(session: Session, facility: Facility) -> list[FacilityMove]:
    """Return the moves of a facility, oldest first."""
    query = select(FacilityMove).where(
        FacilityMove.organisation_id == facility.organisation_id,
        FacilityMove.facility_id == facility.id,
    )
    return list(session.scalars(query.order_by(FacilityMove.id)))
