"""Pages of desks, branches and the org structure; projects are shown where they are configured."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased
from wtforms import SelectField
from wtforms.validators import Optional

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.commands import (
    COST_CENTRES,
    DEPARTMENTS,
    CreateBranch,
    CreateDesk,
    EditBranch,
    EditDesk,
)
from app.organisation.forms import BranchForm, DeskForm
from app.organisation.models import Branch, Department, Desk
from app.organisation.pages import branch_detail, desk_detail
from app.organisation.queries import branch_choices, currency_choices, project_choices
from app.organisation.resource import BRANCHES, DESKS, countries
from app.records.codes import CodePages, Extra, mount_codes
from app.records.queries import code_choices
from app.records.retiring import mount_retirable
from app.web import cells
from app.web.context import organisation
from app.web.forms import as_id, set_choices
from app.web.resource import Resource

blueprint = Blueprint("organisation", __name__)
_Parent = aliased(Department)


def _prepare_desk(form: DeskForm, session: Session, who: Actor, desk: Desk | None) -> None:
    if desk is not None:
        del form.project_id
    else:
        set_choices(form.project_id, project_choices(session, who), empty="Choose a project")


def _prepare_branch(form: BranchForm, session: Session, who: Actor, branch: Branch | None) -> None:
    set_choices(form.country, countries(session, who), empty="Choose a country")
    set_choices(form.currency, currency_choices(session, who))
    tenant = organisation()
    if branch is None and not form.is_posted and tenant is not None:
        form.currency.data = tenant.base_currency
    others = branch_choices(session, who)
    if branch is not None:
        del form.country
        del form.is_head_office
        others = [one for one in others if one[0] != branch.id]
    if branch is not None and branch.parent_id is None:
        del form.parent_id
    else:
        set_choices(form.parent_id, others, empty="Lead branch of the country")


def _departments(actor: Actor) -> Select[Any]:
    return (
        select(
            Department.id,
            Department.code,
            Department.name,
            func.coalesce(_Parent.name, "").label("parent"),
        )
        .outerjoin(_Parent, _Parent.id == Department.parent_id)
        .where(*visible(actor, Department))
    )


def _prepare_department(form: Any, session: Session, who: Actor, record: Any) -> None:
    kept = record.parent_id if record else None
    others = code_choices(session, who, Department, kept=kept)
    mine = record.id if record else None
    set_choices(form.parent_id, [one for one in others if one[0] != mine], empty="None")


mount_retirable(
    Resource(
        listing=DESKS,
        model=Desk,
        singular="Desk",
        module="desks",
        detail=desk_detail,
        form=DeskForm,
        prepare=_prepare_desk,
        create=lambda form: CreateDesk(as_id(form.project_id.data) or 0, form.name.data),
        edit=lambda desk, form, version: EditDesk(desk.id, version, form.name.data),
    ),
    blueprint,
)
mount_retirable(
    Resource(
        listing=BRANCHES,
        model=Branch,
        singular="Branch",
        module="branches",
        detail=branch_detail,
        form=BranchForm,
        prepare=_prepare_branch,
        create=lambda form: CreateBranch(
            form.name.data,
            form.country.data,
            currency=form.currency.data,
            parent_id=as_id(form.parent_id.data),
            is_head_office=form.is_head_office.data,
        ),
        edit=lambda branch, form, version: EditBranch(
            branch.id,
            version,
            form.name.data,
            parent_id=as_id(form.parent_id.data) if form.parent_id else None,
            currency=form.currency.data,
        ),
    ),
    blueprint,
)
mount_codes(
    blueprint,
    CodePages(
        DEPARTMENTS,
        path="/admin/departments",
        title="Departments",
        section="Org Structure",
        example="OPS",
        name_label="Name",
        empty="Create a department to say where people work.",
        extras=(
            Extra(
                "parent_id",
                "Parent department",
                lambda: SelectField("Parent department", [Optional()], validate_choice=False),
                lambda row: cells.text(row.parent),
                read=as_id,
            ),
        ),
        rows=_departments,
        prepare=_prepare_department,
    ),
)
mount_codes(
    blueprint,
    CodePages(
        COST_CENTRES,
        path="/admin/cost-centres",
        title="Cost Centres",
        section="Org Structure",
        example="CC-100",
        name_label="Name",
        empty="Create a cost centre to say what the cost of people is counted under.",
    ),
)
