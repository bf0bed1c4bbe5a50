"""Ledger Operations > Forward-Dated: list, page, sheet and cancelling (E43)."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.controls.permissions import find, holds
from app.controls.review import CAPTURED, demand_editable
from app.journals.editor import (
    Editor,
    business_date,
    edit_sheet,
    show_accounts,
    typed_sheet,
)
from app.journals.keeping import reopened
from app.journals.lines import JournalLine
from app.kernel.errors import Conflict
from app.organisation.queries import branch_choices
from app.schedules.acknowledging import AcknowledgeFailure
from app.schedules.asking import money_asked
from app.schedules.forms import ForwardForm
from app.schedules.forward import (
    FORWARD,
    NO_LONGER_OPEN,
    CancelForwardDated,
    EditForwardDated,
    RecordForwardDated,
    demand_cancellable,
    demand_may_cancel,
)
from app.schedules.models import ForwardDated
from app.schedules.pages import forward_detail
from app.schedules.resource import FORWARDS
from app.schedules.words import FORWARD_PATH as PATH
from app.schedules.words import LOCKED, TYPES
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id
from app.web.guard import permit
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, posted_version, show_detail

blueprint = Blueprint("forward_dated", __name__)
_METHODS = ["GET", "POST"]
_HEAD = ("kind", "branch_id", "scheduled_on", "policy")
_CREATE = {"label": "Create Forward-Dated Transaction", "href": f"{PATH}/new", "drawer": False}
_WARNING = (
    "Cancelling is permanent: this transaction will not be executed and cannot be scheduled "
    "again. What it has reserved becomes available at once."
)


@blueprint.get(PATH)
@permit("forward-dated.view")
def forward_list() -> BaseResponse:
    """List them, with the way to create one (E43.01, E43.51)."""
    return show_list(FORWARDS, create=_CREATE if holds(actor(), "forward-dated.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("forward-dated.view")
def forward_csv() -> Response:
    """Send what the list shows as CSV."""
    return send_csv(FORWARDS)


@blueprint.get(f"{PATH}/accounts")
@permit("forward-dated.create")
def accounts() -> Response:
    """Answer the account picker."""
    return show_accounts()


@blueprint.get(f"{PATH}/<int:forward_dated_id>")
@permit("forward-dated.view")
def show(forward_dated_id: int) -> Response:
    """Show one."""
    one = find(read_session(), actor(), ForwardDated, forward_dated_id)
    detail = forward_detail(read_session(), actor(), one)
    return show_detail(detail, detail_extra="schedules/_lines.html")


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("forward-dated.create")
def new() -> BaseResponse:
    """Plan a transaction for a later day (E43.02)."""
    form = ForwardForm()
    form.offer(branch_choices(read_session(), actor()))
    form.tell_calendars(read_session(), actor().tenant_id)
    if not form.is_posted:
        form.branch_id.data = str(actor().branch_id or "")

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> RecordForwardDated:
        return RecordForwardDated(lines=lines, submit=hand_in, **_typed(form))

    return edit_sheet(
        Editor(
            form=form,
            head=_HEAD,
            sheet=typed_sheet(),
            on=business_date(),
            path=PATH,
            back=FORWARDS.title,
            title="Create Forward-Dated Transaction",
            command=command,
            told=_told,
            terms=LOCKED,
        )
    )


@blueprint.route(f"{PATH}/<int:forward_dated_id>/edit", methods=_METHODS)
@permit("forward-dated.edit")
def edit(forward_dated_id: int) -> BaseResponse:
    """Change one that is open, at the rates of the day it was made on (E43.28-32)."""
    one = find(read_session(), actor(), ForwardDated, forward_dated_id)
    form = ForwardForm(obj=one)
    if not form.is_posted:
        demand_editable(one, FORWARD.name)
        if not one.is_editable:
            raise Conflict(NO_LONGER_OPEN.format(status=one.status.lower()))
    form.offer(branch_choices(read_session(), actor()))
    form.tell_calendars(read_session(), actor().tenant_id)
    facts = [fact("Forward Reference", cells.ident(one.reference))]
    if one.record_status != CAPTURED:
        # Once it was handed in its type stays (E43.29).
        del form.kind
        facts.append(fact("Transaction type", cells.text(TYPES[one.kind])))

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> EditForwardDated:
        typed = {"kind": one.kind} | _typed(form)
        return EditForwardDated(one.id, posted_version(), lines=lines, submit=hand_in, **typed)

    return edit_sheet(
        Editor(
            form=form,
            head=_HEAD,
            sheet=typed_sheet(lambda: reopened(read_session(), one.lines)),
            on=one.rated_on,
            path=PATH,
            back=FORWARDS.title,
            title="Edit Forward-Dated Transaction",
            command=command,
            told=_told,
            record=one,
            facts=facts,
            terms=LOCKED,
        )
    )


@blueprint.route(f"{PATH}/<int:forward_dated_id>/cancel", methods=_METHODS)
@permit("forward-dated.give-up")
def cancel(forward_dated_id: int) -> BaseResponse:
    """Warn that it is for good, and cancel (E43.38)."""
    one = find(read_session(), actor(), ForwardDated, forward_dated_id)
    demand_may_cancel(actor(), one)
    demand_cancellable(one)
    return confirm_view(
        command=lambda: CancelForwardDated(one.id, posted_version()),
        title="Cancel forward-dated transaction",
        body=_WARNING,
        rows=[
            fact("Forward Reference", cells.ident(one.reference)),
            *money_asked(read_session(), one),
            fact("Execution Date", cells.day(one.execution_on)),
        ],
        verb="Cancel transaction",
        to=f"{PATH}/{one.id}",
        done_title="Forward-dated transaction cancelled",
        done_text=f"{one.reference} will not be executed.",
        danger=True,
        dismiss="Keep it",
        version=one.version,
    )


@blueprint.route(f"{PATH}/<int:forward_dated_id>/acknowledge", methods=_METHODS)
@permit("closing.resume")
def acknowledge(forward_dated_id: int) -> BaseResponse:
    """Ask what becomes of a failed one, after which it blocks no close any more."""
    one = find(read_session(), actor(), ForwardDated, forward_dated_id)
    return confirm_view(
        command=lambda: AcknowledgeFailure(one.id, request.form.get("reason", "")),
        title="Acknowledge failed transaction",
        body="It stays failed and is not tried again. The close of its day goes on without it.",
        rows=[
            fact("Forward Reference", cells.ident(one.reference)),
            *money_asked(read_session(), one),
            fact("Failure reason", cells.text(one.failure_reason)),
        ],
        reason={
            "label": "What becomes of it",
            "minimum": SHORTEST_REASON,
            "maximum": LONGEST_REASON,
        },
        verb="Acknowledge",
        to=f"{PATH}/{one.id}",
        done_title="Failed transaction acknowledged",
    )


def _typed(form: ForwardForm) -> dict[str, Any]:
    typed = {
        "branch_id": as_id(form.branch_id.data),
        "scheduled_on": form.scheduled_on.data,
        "policy": form.policy.data,
        "narrative": form.narrative.data or "",
    }
    return typed | ({"kind": form.kind.data} if "kind" in form else {})


def _told(forward_dated_id: int, *, is_draft: bool) -> tuple[str, str, str]:
    one = read_session().get_one(ForwardDated, forward_dated_id)
    word = "saved" if is_draft else "submitted"
    return f"Forward-dated transaction {word}", one.reference, f"{PATH}/{one.id}"
