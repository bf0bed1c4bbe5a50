"""What a configuration file carries of loan workflows: their types, and the stages of each."""

from typing import Any

from app.controls.work import Work
from app.records.portable import carry_reviewed
from app.workflows.commands import (
    STAGE,
    TYPE,
    CreateWorkflowStage,
    CreateWorkflowType,
    EditWorkflowStage,
    EditWorkflowType,
    create_workflow_stage,
    create_workflow_type,
    edit_workflow_stage,
    edit_workflow_type,
)
from app.workflows.models import WorkflowStage, WorkflowType


def edit_type(work: Work, record: WorkflowType, columns: dict[str, Any]) -> None:
    """Save a draft; its code stays."""
    del columns["code"]
    edit_workflow_type(work, EditWorkflowType(record.id, record.version, **columns))


def edit_stage(work: Work, record: WorkflowStage, columns: dict[str, Any]) -> None:
    """Save a draft; its type and code stay."""
    del columns["code"], columns["workflow_type_id"]
    edit_workflow_stage(work, EditWorkflowStage(record.id, record.version, **columns))


carry_reviewed(
    TYPE,
    key="workflow_types",
    title="Workflow types",
    identity=("code",),
    fields=("name", "description"),
    create=lambda work, columns: create_workflow_type(
        work, CreateWorkflowType(**columns, submit=True)
    ),
    edit=edit_type,
)
carry_reviewed(
    STAGE,
    key="workflow_stages",
    title="Workflow stages",
    identity=("workflow_type", "code"),
    fields=("name", "place", "roles", "description"),
    references={"workflow_type": "workflow_types"},
    lists={"roles": "roles"},
    columns={"roles": "role_ids"},
    create=lambda work, columns: create_workflow_stage(
        work, CreateWorkflowStage(**columns, submit=True)
    ),
    edit=edit_stage,
)
