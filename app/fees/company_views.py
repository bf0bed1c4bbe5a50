"""Core Banking > Company Fees: groups with their fees, and the drawers that change them (W04)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.controls.permissions import find, holds
from app.fees.company import AddFees, EditFee, RetireFee
from app.fees.company_pages import fee_rows, offer, shadows_of, typed_fee
from app.fees.forms import FeeForm, GroupForm
from app.fees.groups import CreateFeeGroup, EditFeeGroup, RetireFeeGroup
from app.fees.models import CompanyFee
from app.fees.queries import customers_without_group, fees_of, live_groups
from app.fees.resource import FEES_PATH, GROUPS
from app.kernel.errors import Missing
from app.organisation.queries import project_choices
from app.reference.fee_groups import FeeGroup
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version
from app.web.respond import render, row_action

blueprint = Blueprint("company_fees", __name__)
register(GROUPS)
_METHODS = ["GET", "POST"]
_FIRST_LINES = 2


@blueprint.get(FEES_PATH)
@permit("fees.view")
def index() -> Response:
    """List the groups (W04.01)."""
    return show_list(GROUPS, create=_buttons())


@blueprint.get(f"{FEES_PATH}.csv")
@permit("fees.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(GROUPS)


@blueprint.get(f"{FEES_PATH}/<int:group_id>")
@permit("fees.view")
def show(group_id: int) -> Response:
    """Show the fees of a group, below its row or as a page (W04.17)."""
    group = find(read_session(), actor(), FeeGroup, group_id)
    may_add = group.retired_at is None and holds(actor(), "fees.create")
    return render(
        "fees/group.html",
        fragment="fees/_fees.html",
        group=group,
        rows=fee_rows(read_session(), actor(), group),
        add_href=f"{FEES_PATH}/fees/new?group={group.id}" if may_add else None,
        back_href=FEES_PATH,
    )


@blueprint.route(f"{FEES_PATH}/new", methods=_METHODS)
@permit("fees.create")
def new_group() -> Response:
    """Add a group (W04.03)."""
    form = GroupForm(project_id=str(actor().scope.chosen_project_id or ""))
    set_choices(form.project_id, project_choices(read_session(), actor()))
    return form_view(
        form,
        command=lambda: CreateFeeGroup(
            as_id(form.project_id.data) or 0, form.name.data, is_default=form.is_default.data
        ),
        title="Add group",
        submit_label="Save",
        to=FEES_PATH,
        done_title="Group added",
    )


@blueprint.route(f"{FEES_PATH}/<int:group_id>/edit", methods=_METHODS)
@permit("fees.edit")
def edit_group(group_id: int) -> Response:
    """Rename a group, or make it the general one (W04.18)."""
    group = _group(group_id)
    form = GroupForm(obj=group)
    del form.project_id
    return form_view(
        form,
        command=lambda: EditFeeGroup(
            group_id, posted_version(), form.name.data, is_default=form.is_default.data
        ),
        title=f"Edit group {group.name}",
        submit_label="Save",
        to=FEES_PATH,
        done_title="Group saved",
        record=group,
    )


@blueprint.route(f"{FEES_PATH}/<int:group_id>/delete", methods=_METHODS)
@permit("fees.delete")
def delete_group(group_id: int) -> Response:
    """Delete a group with its fees, where no customer is assigned to it (W04.20, W04.21)."""
    group = _group(group_id)
    return _confirm(
        lambda: RetireFeeGroup(group_id),
        what="Group",
        name=group.name,
        body=f"{_whom(group)}All of its fees are deleted with it. This is irreversible.",
    )


@blueprint.route(f"{FEES_PATH}/fees/new", methods=_METHODS)
@permit("fees.create")
def new_fees() -> Response:
    """Add fees to a group, several thresholds at once (W04.04-06, W04.15)."""
    chosen = as_id(request.args.get("group"))
    form = FeeForm(group_id=str(chosen or ""))
    groups = live_groups(read_session(), actor())
    names = dict(project_choices(read_session(), actor()))
    set_choices(
        form.group_id,
        [
            (one.id, f"{one.name} · {names[one.project_id]}")
            for one in groups
            if one.project_id in names
        ],
        empty="Choose a group",
    )
    wanted = as_id(form.group_id.data)
    missing = offer(read_session(), actor(), form, _project_ids(groups, wanted))
    form.arrange(empty=_FIRST_LINES)
    return form_view(
        form,
        command=lambda: AddFees(wanted or 0, form.fee(), form.thresholds()),
        title="Add company fee",
        submit_label="Save",
        to=FEES_PATH,
        done_title="Fees added",
        form_fields="fees/_fee_fields.html",
        missing=missing,
        can_add=True,
    )


@blueprint.route(f"{FEES_PATH}/fees/<int:fee_id>/edit", methods=_METHODS)
@permit("fees.edit")
def edit_fee(fee_id: int) -> Response:
    """Change one fee (W04.18)."""
    fee = _fee(fee_id)
    form = FeeForm(**typed_fee(fee))
    del form.group_id
    session = read_session()
    missing = offer(session, actor(), form, [fee.project_id])
    form.arrange(empty=1)
    group = session.get_one(FeeGroup, fee.group_id)
    return form_view(
        form,
        command=lambda: EditFee(fee_id, posted_version(), form.fee(), form.thresholds()[0]),
        title="Edit company fee",
        submit_label="Save",
        to=FEES_PATH,
        done_title="Fee saved",
        record=fee,
        obstacle=shadows_of(session, group, fees_of(session, group)).get(fee_id, ""),
        form_fields="fees/_fee_fields.html",
        missing=missing,
        can_add=False,
    )


@blueprint.route(f"{FEES_PATH}/fees/<int:fee_id>/delete", methods=_METHODS)
@permit("fees.delete")
def delete_fee(fee_id: int) -> Response:
    """Delete one fee (W04.19)."""
    _fee(fee_id)
    return _confirm(
        lambda: RetireFee(fee_id),
        what="Fee",
        name=f"Company fee {fee_id}",
        body="From now on nobody pays it. This is irreversible.",
    )


def _whom(group: FeeGroup) -> str:
    """Say whom the general group holds for, who are assigned to none; "" of another one."""
    if not group.is_default:
        return ""
    number = customers_without_group(read_session(), group)
    return (
        "This is the general group: it holds for every customer of the project without a group of"
        f" their own, who are {number:,} now. They will pay no fees of a group. "
    )


def _buttons() -> dict[str, Any]:
    """Return the page's buttons: the simulator, Add Group and Add Fee (W04.03, W04.04)."""
    simulator = row_action("What would this cost?", f"{FEES_PATH}/simulator", "calculator")
    if not holds(actor(), "fees.create"):
        return simulator
    group = row_action("Add Group", f"{FEES_PATH}/new", "plus", drawer=True)
    add = {"label": "Add Fee", "href": f"{FEES_PATH}/fees/new"}
    return add | {"actions": [simulator, group]}


def _confirm(command: Callable[[], Any], *, what: str, name: str, body: str) -> Response:
    return confirm_view(
        command=command,
        title=f"Delete {what.lower()}",
        body=body,
        rows=[fact(what, cells.text(name))],
        verb="Delete",
        to=FEES_PATH,
        done_title=f"{what} deleted",
        danger=True,
    )


def _group(group_id: int) -> FeeGroup:
    group = find(read_session(), actor(), FeeGroup, group_id)
    if group.retired_at is not None:
        raise Missing
    return group


def _fee(fee_id: int) -> CompanyFee:
    fee = find(read_session(), actor(), CompanyFee, fee_id)
    if fee.retired_at is not None:
        raise Missing
    return fee


def _project_ids(groups: Any, wanted: int | None) -> list[int]:
    """Return the chosen group's project, else those of all groups."""
    own = [one.project_id for one in groups if one.id == wanted]
    return own or sorted({one.project_id for one in groups})
