"""What others ask of workflows: the types that may be chosen, a type's stages, who acts in one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, UserRole
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.workflows.models import WorkflowStage, WorkflowType


def type_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the authorized types by code."""
    query = select(WorkflowType).where(
        *visible(actor, WorkflowType), WorkflowType.record_status == AUTHORIZED
    )
    return [(one.id, one.title()) for one in session.scalars(query.order_by(WorkflowType.code))]


def stages_in_order(session: Session, organisation_id: int, type_id: int) -> list[WorkflowStage]:
    """Return the authorized stages of a type, first to last."""
    query = select(WorkflowStage).where(
        WorkflowStage.organisation_id == organisation_id,
        WorkflowStage.workflow_type_id == type_id,
        WorkflowStage.record_status == AUTHORIZED,
    )
    return list(session.scalars(query.order_by(WorkflowStage.place)))


def may_act_in(session: Session, actor: Actor, stage: WorkflowStage) -> bool:
    """Tell whether the person holds one of the stage's roles; the house itself acts in all."""
    if not stage.role_ids or actor.user_id is None:
        return True
    held = select(UserRole.id).where(
        UserRole.user_id == actor.user_id, UserRole.role_id.in_(stage.role_ids)
    )
    return session.scalar(held.limit(1)) is not None


def roles(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the organisation's roles by name."""
    query = select(Role.id, Role.name).where(*visible(actor, Role)).order_by(Role.name)
    return [(row.id, row.name) for row in session.execute(query)]
