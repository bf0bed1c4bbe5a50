"""Loan Configuration > Workflow Types and Workflow Stages."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.forms import set_choices
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact
from app.workflows.commands import STAGE, TYPE
from app.workflows.forms import StageForm, TypeForm
from app.workflows.models import WorkflowStage, WorkflowType
from app.workflows.queries import roles, stages_in_order, type_choices

blueprint = Blueprint("workflows", __name__)


def _types(who: Actor) -> Select[Any]:
    return select(
        WorkflowType.id, WorkflowType.code, WorkflowType.name, WorkflowType.description
    ).where(*visible(who, WorkflowType))


def _stages(who: Actor) -> Select[Any]:
    return (
        select(
            WorkflowStage.id, WorkflowStage.code, WorkflowStage.name, WorkflowStage.place,
            WorkflowStage.workflow_type_id, WorkflowType.code.label("type_code"),
        )
        .join(WorkflowType, WorkflowType.id == WorkflowStage.workflow_type_id)
        .where(*visible(who, WorkflowStage))
    )  # fmt: skip


TYPES = Listing(
    name="workflow-types",
    title="Workflow Types",
    section="Loan Configuration",
    path=TYPE.path,
    select=_types,
    key=WorkflowType.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=WorkflowType.code,
               priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=WorkflowType.name,
               priority=1),
        Column("description", "Description", lambda row: cells.text(row.description)),
    ),
    search=contains(WorkflowType.code, WorkflowType.name),
    search_hint="Code or name",
    sort="code",
    label=lambda row: row.code,
    empty="Create the first type: the way a loan goes from application to disbursement.",
)  # fmt: skip
STAGES = Listing(
    name="workflow-stages",
    title="Workflow Stages",
    section="Loan Configuration",
    path=STAGE.path,
    select=_stages,
    key=WorkflowStage.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=WorkflowStage.code,
               priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=WorkflowStage.name,
               priority=1),
        Column("type", "Workflow Type", lambda row: cells.text(
            row.type_code, href=f"{TYPE.path}/{row.workflow_type_id}"), sort=WorkflowType.code),
        Column("place", "Place", lambda row: cells.text(row.place), sort=WorkflowStage.place,
               numeric=True),
    ),
    filters=(
        Filter("type", "Workflow Type", "choices", by_id(WorkflowStage.workflow_type_id),
               type_choices),
    ),
    search=contains(WorkflowStage.code, WorkflowStage.name),
    search_hint="Code or name",
    sort="place",
    label=lambda row: row.code,
    empty="Create the stages of a workflow type in their order, each with who acts in it.",
)  # fmt: skip


def _type_detail(session: Session, _who: Actor, record: WorkflowType) -> dict[str, Any]:
    stages = [
        fact(f"{one.place}", cells.text(one.title(), href=f"{STAGE.path}/{one.id}"))
        for one in stages_in_order(session, record.organisation_id, record.id)
    ]
    none = [fact("None yet: add stages under Workflow Stages", cells.text(""))]
    return {
        "title": record.name,
        "ident": record.code,
        "rows": [
            fact("Code", cells.ident(record.code)),
            fact("Description", cells.text(record.description)),
        ],
        "cards": [{"title": "Stages", "rows": stages or none, "open": True}],
    }


def _stage_detail(session: Session, who: Actor, record: WorkflowStage) -> dict[str, Any]:
    kind = session.get_one(WorkflowType, record.workflow_type_id)
    named = [name for role_id, name in roles(session, who) if role_id in record.role_ids]
    return {
        "title": record.name,
        "ident": record.code,
        "rows": [
            fact("Workflow Type", cells.text(kind.title(), href=f"{TYPE.path}/{kind.id}")),
            fact("Code", cells.ident(record.code)),
            fact("Place", cells.text(record.place)),
            fact("Roles", cells.text(", ".join(named) or "Everybody")),
            fact("Description", cells.text(record.description)),
        ],
    }


def _prepare_type(form: TypeForm, _session: Session, _who: Actor, record: Any) -> None:
    if record is not None:
        del form.code


def _prepare_stage(form: StageForm, session: Session, who: Actor, record: Any) -> None:
    set_choices(form.role_ids, roles(session, who))
    if record is None:
        set_choices(form.workflow_type_id, type_choices(session, who))
        return
    del form.code, form.workflow_type_id
    if not form.is_posted:
        form.role_ids.data = [str(one) for one in record.role_ids]


mount_reviewed(
    blueprint, ReviewedPages(TYPE, "Workflow Type", TYPES, TypeForm, _prepare_type, _type_detail)
)
mount_reviewed(
    blueprint,
    ReviewedPages(STAGE, "Workflow Stage", STAGES, StageForm, _prepare_stage, _stage_detail),
)
