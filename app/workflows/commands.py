"""Workflow types and their stages are drafted, approved, and deleted while they are drafts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.access.models import Role
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.review import ReviewKind, in_use, review
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.records.commands import checked_code
from app.records.drafts import demand_not_deleted, retires_while_open
from app.workflows.models import WorkflowStage, WorkflowType

SHORTEST_NAME, LONGEST_NAME = 3, 100
LONGEST_DESCRIPTION = 500
LAST_PLACE = 99


def _demand_stage_sound(work: Work, stage: WorkflowStage) -> None:
    """Refuse (409) to hand in a stage that was deleted, or whose type is not authorized yet."""
    demand_not_deleted(work, stage)
    if not work.session.get_one(WorkflowType, stage.workflow_type_id).is_authorised:
        raise Conflict("The workflow type is not authorized yet")


TYPE = review(
    ReviewKind(
        key="workflow-type",
        model=WorkflowType,
        name="Workflow type",
        module="loan-workflows",
        path="/admin/workflow-types",
        check=demand_not_deleted,
    )
)
STAGE = review(
    ReviewKind(
        key="workflow-stage",
        model=WorkflowStage,
        name="Workflow stage",
        module="loan-workflows",
        path="/admin/workflow-stages",
        check=_demand_stage_sound,
    )
)
retires_while_open(WorkflowType, "Workflow type", permission="loan-workflows.delete")
retires_while_open(WorkflowStage, "Workflow stage", permission="loan-workflows.delete")


@dataclass(frozen=True, slots=True)
class CreateWorkflowType:
    """Draft a type; its code never changes afterwards."""

    code: str
    name: str
    description: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditWorkflowType:
    """Change a draft or rejected type."""

    type_id: int
    version: int
    name: str
    description: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class CreateWorkflowStage:
    """Draft a stage of a type at a place from 1 to 99; without roles everybody may act in it."""

    workflow_type_id: int
    code: str
    name: str
    place: int
    role_ids: tuple[int, ...] = ()
    description: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditWorkflowStage:
    """Change a draft or rejected stage; its type and code stay."""

    stage_id: int
    version: int
    name: str
    place: int
    role_ids: tuple[int, ...] = ()
    description: str = ""
    submit: bool = False


@handles(CreateWorkflowType, permission="loan-workflows.create")
def create_workflow_type(work: Work, command: CreateWorkflowType) -> int:
    """Create the draft; refused (409) where the code is in use already. Returns the id."""
    code = checked_code(command.code, "Workflow type")
    _demand_free(work, WorkflowType, "code", code)
    record = work.add(
        WorkflowType(
            organisation_id=work.actor.tenant_id,
            code=code,
            maker_id=work.actor.user_id,
            **_worded(command),
        )
    )
    return drafted(work, TYPE, record, "created", hand_in=command.submit)


@handles(EditWorkflowType, permission="loan-workflows.edit")
def edit_workflow_type(work: Work, command: EditWorkflowType) -> int:
    """Save the draft; what waits or is approved is refused with 409."""
    record: WorkflowType = draft(work, TYPE, command.type_id, command.version)
    for key, value in _worded(command).items():
        setattr(record, key, value)
    return drafted(work, TYPE, record, "edited", hand_in=command.submit)


@handles(CreateWorkflowStage, permission="loan-workflows.create")
def create_workflow_stage(work: Work, command: CreateWorkflowStage) -> int:
    """Create the draft; refused (409) where the type has its code or its place already."""
    referred(work, WorkflowType, command.workflow_type_id, field="workflow_type_id")
    code = checked_code(command.code, "Workflow stage")
    mine = WorkflowStage.workflow_type_id == command.workflow_type_id
    _demand_free(work, WorkflowStage, "code", code, mine)
    record = work.add(
        WorkflowStage(
            organisation_id=work.actor.tenant_id,
            workflow_type_id=command.workflow_type_id,
            code=code,
            maker_id=work.actor.user_id,
            **_worded(command),
            **_placed(work, command, mine),
        )
    )
    return drafted(work, STAGE, record, "created", hand_in=command.submit)


@handles(EditWorkflowStage, permission="loan-workflows.edit")
def edit_workflow_stage(work: Work, command: EditWorkflowStage) -> int:
    """Save the draft; what waits or is approved is refused with 409."""
    record: WorkflowStage = draft(work, STAGE, command.stage_id, command.version)
    others = (WorkflowStage.workflow_type_id == record.workflow_type_id,
              WorkflowStage.id != record.id)  # fmt: skip
    for key, value in (_worded(command) | _placed(work, command, *others)).items():
        setattr(record, key, value)
    return drafted(work, STAGE, record, "edited", hand_in=command.submit)


@used_by(WorkflowType, "workflow stages")
def stages_of_type(row: WorkflowType) -> Select[int]:
    """Select the stages of a type that are in use."""
    return select(WorkflowStage.id).where(
        WorkflowStage.organisation_id == row.organisation_id,
        WorkflowStage.workflow_type_id == row.id,
        WorkflowStage.retired_at.is_(None),
    )


def _demand_free(work: Work, model: type[Any], key: str, value: object, *clauses: Any) -> None:
    others = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        getattr(model, key) == value,
        *in_use(model),
        *clauses,
    )
    if work.session.scalar(others):
        name = TYPE.name if model is WorkflowType else STAGE.name
        raise Conflict(f"{name} {key} {value} already exists", field=key)


def _worded(command: Any) -> dict[str, object]:
    name, description = command.name.strip(), command.description.strip()
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise Refusal(f"Name must have {SHORTEST_NAME} to {LONGEST_NAME} characters", field="name")
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(
            f"Description can have at most {LONGEST_DESCRIPTION} characters", field="description"
        )
    return {"name": name, "description": description}


def _placed(
    work: Work, command: CreateWorkflowStage | EditWorkflowStage, *clauses: Any
) -> dict[str, object]:
    if not 1 <= command.place <= LAST_PLACE:
        raise Refusal(f"Place must be 1 to {LAST_PLACE}", field="place")
    _demand_free(work, WorkflowStage, "place", command.place, *clauses)
    for role_id in command.role_ids:
        find(work.session, work.actor, Role, role_id)
    return {"place": command.place, "role_ids": sorted(set(command.role_ids))}
