"""Pages of desks and branches; projects are shown by the slice that configures them."""

from flask import Blueprint
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.organisation.commands import (
    CreateBranch,
    CreateDesk,
    EditBranch,
    EditDesk,
    RetireBranch,
    RetireDesk,
)
from app.organisation.forms import BranchForm, DeskForm
from app.organisation.models import Branch, Desk
from app.organisation.queries import branch_choices, project_choices
from app.organisation.resource import BRANCHES, DESKS, countries
from app.web.forms import as_id, set_choices
from app.web.resource import Resource, mount

blueprint = Blueprint("organisation", __name__)


def _prepare_desk(form: DeskForm, session: Session, who: Actor, desk: Desk | None) -> None:
    if desk is not None:
        del form.project_id
    else:
        set_choices(form.project_id, project_choices(session, who), empty="Choose a project")


def _prepare_branch(form: BranchForm, session: Session, who: Actor, branch: Branch | None) -> None:
    set_choices(form.country, list(countries(session, who)), empty="Choose a country")
    others = branch_choices(session, who)
    if branch is not None:
        del form.country
        del form.is_head_office
        others = [one for one in others if one[0] != branch.id]
    if branch is not None and branch.is_head_office and branch.parent_id is None:
        del form.parent_id
    else:
        set_choices(form.parent_id, others, empty="Head office")


mount(
    Resource(
        listing=DESKS,
        model=Desk,
        singular="Desk",
        module="desks",
        form=DeskForm,
        prepare=_prepare_desk,
        create=lambda form: CreateDesk(as_id(form.project_id.data) or 0, form.name.data),
        edit=lambda desk, form, version: EditDesk(desk.id, version, form.name.data),
        delete=lambda desk: RetireDesk(desk.id),
    ),
    blueprint,
)
mount(
    Resource(
        listing=BRANCHES,
        model=Branch,
        singular="Branch",
        module="branches",
        form=BranchForm,
        prepare=_prepare_branch,
        create=lambda form: CreateBranch(
            form.name.data,
            form.country.data,
            parent_id=as_id(form.parent_id.data),
            is_head_office=form.is_head_office.data,
        ),
        edit=lambda branch, form, version: EditBranch(
            branch.id,
            version,
            form.name.data,
            as_id(form.parent_id.data) if form.parent_id else None,
        ),
        delete=lambda branch: RetireBranch(branch.id),
    ),
    blueprint,
)
