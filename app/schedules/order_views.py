"""Ledger Operations > Standing Orders: list, page, sheet, and what is done with one (E44)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import find, holds
from app.controls.retiring import demand_live, retirement_of
from app.controls.review import demand_editable
from app.journals.editor import (
    Editor,
    business_date,
    edit_sheet,
    show_accounts,
    typed_sheet,
)
from app.journals.keeping import reopened
from app.journals.lines import JournalLine
from app.journals.sheet import Sheet
from app.kernel.errors import Refusal
from app.organisation.queries import branch_choices
from app.records.retiring import delete_view
from app.schedules.asking import money_asked, scheduled_payments
from app.schedules.forms import OrderForm
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.orders import (
    ORDER,
    CancelStandingOrder,
    EditStandingOrder,
    PauseStandingOrder,
    RecordStandingOrder,
    ResumeStandingOrder,
)
from app.schedules.pages import order_detail
from app.schedules.resource import ORDERS
from app.schedules.words import COMPLETED, LOCKED
from app.schedules.words import ORDERS_PATH as PATH
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, posted_version, show_detail
from app.web.respond import done, refused, submit

blueprint = Blueprint("standing_orders", __name__)
_METHODS = ["GET", "POST"]
_HEAD = ("branch_id", "day_of_month", "start_on", "end_on")
_CREATE = {"label": "Create Standing Order", "href": f"{PATH}/new", "drawer": False}
_PAUSE = (
    "Pausing stops new payments temporarily: none is generated until the standing order is "
    "resumed. Payments that are scheduled already are still executed on their dates."
)
_RESUME = (
    "The next payment is generated and reserved at once, for the first date that is not past; it "
    "waits while there is not enough for it. Payments that were missed meanwhile are not made up "
    "for."
)
_CANCEL = (
    "This will permanently stop the standing order. No further payments will be generated. "
    "Existing scheduled child payments will be cancelled and reservations released."
)


@blueprint.get(PATH)
@permit("standing-orders.view")
def orders_list() -> BaseResponse:
    """List them, with the way to create one (E44.01, E44.59)."""
    return show_list(ORDERS, create=_CREATE if holds(actor(), "standing-orders.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("standing-orders.view")
def orders_csv() -> Response:
    """Send what the list shows as CSV."""
    return send_csv(ORDERS)


@blueprint.get(f"{PATH}/accounts")
@permit("standing-orders.create")
def accounts() -> Response:
    """Answer the account picker."""
    return show_accounts()


@blueprint.get(f"{PATH}/<int:standing_order_id>")
@permit("standing-orders.view")
def show(standing_order_id: int) -> Response:
    """Show one."""
    detail = order_detail(read_session(), actor(), _found(standing_order_id))
    return show_detail(detail, detail_extra="schedules/_lines.html")


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("standing-orders.create")
def new() -> BaseResponse:
    """Plan a payment for a day of each month (E44.02)."""
    form = _form()
    if not form.is_posted:
        form.branch_id.data = str(actor().branch_id or "")
        form.start_on.data = business_date()

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> RecordStandingOrder:
        return RecordStandingOrder(lines=lines, submit=hand_in, **_typed(form))

    editor = _editor(form, typed_sheet(), command)
    editor.title = "Create Standing Order"
    return edit_sheet(editor)


@blueprint.route(f"{PATH}/<int:standing_order_id>/edit", methods=_METHODS)
@permit("standing-orders.edit")
def edit(standing_order_id: int) -> BaseResponse:
    """Change one that is open: everything but its frequency (E44.35)."""
    order = _found(standing_order_id)
    form = _form(obj=order)
    if not form.is_posted:
        demand_live(order)
        demand_editable(order, ORDER.name)

    def command(lines: tuple[JournalLine, ...], *, hand_in: bool) -> EditStandingOrder:
        typed = _typed(form)
        return EditStandingOrder(order.id, posted_version(), lines=lines, submit=hand_in, **typed)

    editor = _editor(form, typed_sheet(lambda: reopened(read_session(), order.lines)), command)
    editor.title, editor.record = "Edit Standing Order", order
    editor.facts = [
        fact("Reference", cells.ident(order.reference)),
        fact("Frequency", cells.text("Monthly")),
    ]
    return edit_sheet(editor)


@blueprint.route(f"{PATH}/<int:standing_order_id>/pause", methods=_METHODS)
@permit("standing-orders.pause")
def pause(standing_order_id: int) -> BaseResponse:
    """Explain that new payments stop for the time being, and pause (E44.39)."""
    order = _found(standing_order_id)
    command = PauseStandingOrder(order.id, posted_version())
    return _ask(order, command, verb="Pause", body=_PAUSE, done="paused")


@blueprint.route(f"{PATH}/<int:standing_order_id>/resume", methods=_METHODS)
@permit("standing-orders.pause")
def resume(standing_order_id: int) -> BaseResponse:
    """Say what is paid next, and go on (E44.42)."""
    order = _found(standing_order_id)
    command = ResumeStandingOrder(order.id, posted_version())
    if request.method == "GET":
        return _ask(order, command, verb="Resume", body=_RESUME, done="resumed")
    to = f"{PATH}/{order.id}"
    try:
        child_id = submit(command)
    except Refusal as refusal:
        return refused(refusal, back=to)
    text, kind = _resumed(order.id, child_id)
    return done("Standing order resumed", text, kind, to=to)


def _resumed(standing_order_id: int, child_id: int | None) -> tuple[str, str]:
    """Say what is paid next, or why nothing is made yet."""
    order = read_session().get_one(StandingOrder, standing_order_id)
    if child_id is not None:
        child = read_session().get_one(ForwardDated, child_id)
        day = child.execution_on.isoformat()
        return f"{order.reference}: {child.reference} is reserved for {day}", "success"
    if order.waiting_reason:
        why = order.waiting_reason
        return f"{order.reference}: the next payment is not reserved yet. {why}", "warning"
    ended, going_on = "has come to its end", "its scheduled payments come first"
    what = ended if order.status == COMPLETED else going_on
    return f"{order.reference}: {what}", "success"


@blueprint.route(f"{PATH}/<int:standing_order_id>/cancel", methods=_METHODS)
@permit("standing-orders.cancel")
def cancel(standing_order_id: int) -> BaseResponse:
    """Warn that it is for good, and cancel (E44.47, E44.48)."""
    order = _found(standing_order_id)
    command = CancelStandingOrder(order.id, posted_version())
    return _ask(order, command, verb="Cancel", body=_CANCEL, done="cancelled")


@blueprint.route(f"{PATH}/<int:standing_order_id>/delete", methods=_METHODS)
@permit("standing-orders.delete")
def delete(standing_order_id: int) -> BaseResponse:
    """Ask, delete a draft, and lead back to the list (E44.54)."""
    retirement = retirement_of(StandingOrder)
    return delete_view(ORDERS, retirement, standing_order_id, facts=money_asked)


def _ask(order: StandingOrder, command: Any, *, verb: str, body: str, done: str) -> BaseResponse:
    return confirm_view(
        command=lambda: command,
        title=f"{verb} standing order",
        body=body,
        rows=[
            fact("Reference", cells.ident(order.reference)),
            *money_asked(read_session(), order),
            fact("Next Scheduled Date", cells.day(order.next_scheduled_on)),
            *scheduled_payments(read_session(), actor(), order),
        ],
        verb=f"{verb} standing order",
        to=f"{PATH}/{order.id}",
        done_title=f"Standing order {done}",
        done_text=order.reference,
        danger=verb == "Cancel",
        dismiss="Keep it" if verb == "Cancel" else "Cancel",
        version=order.version,
    )


def _editor(form: OrderForm, sheet: Sheet, command: Callable[..., Any]) -> Editor:
    """Return the editor of both pages, with how it works beside the head (E44.19)."""
    return Editor(
        form=form,
        head=_HEAD,
        sheet=sheet,
        on=business_date(),
        path=PATH,
        back=ORDERS.title,
        title="",
        command=command,
        told=_told,
        terms=LOCKED,
        aside="schedules/_how.html",
    )


def _found(standing_order_id: int) -> StandingOrder:
    return find(read_session(), actor(), StandingOrder, standing_order_id)


def _form(obj: StandingOrder | None = None) -> OrderForm:
    form = OrderForm(obj=obj)
    set_choices(form.branch_id, branch_choices(read_session(), actor()), empty="Choose a branch")
    return form


def _typed(form: OrderForm) -> dict[str, Any]:
    return {
        "branch_id": as_id(form.branch_id.data),
        "day_of_month": form.day_of_month.data,
        "start_on": form.start_on.data,
        "end_on": form.end_on.data,
        "narrative": form.narrative.data or "",
    }


def _told(standing_order_id: int, *, is_draft: bool) -> tuple[str, str, str]:
    order = read_session().get_one(StandingOrder, standing_order_id)
    word = "saved" if is_draft else "submitted"
    return f"Standing order {word}", order.reference, f"{PATH}/{order.id}"
