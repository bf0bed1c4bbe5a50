"""The addresses of payment methods: the same pages for deposits and for withdrawals."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.queries import offered_currencies
from app.controls.permissions import find, holds
from app.controls.retiring import RetireRecord, retirement_of
from app.kernel.errors import Missing, Refusal
from app.organisation.queries import project_choices
from app.payment_methods.commands import SetPaymentMethodActive
from app.payment_methods.forms import MethodForm
from app.payment_methods.models import PaymentMethod
from app.payment_methods.resource import (
    LISTINGS,
    PATHS,
    known_systems,
    method_page,
    remembered,
)
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import LONGEST_TEXT, as_id
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, refused, submit

blueprint = Blueprint("payment_methods", __name__)


def _mount(direction: str) -> None:
    """Add the pages of one direction."""
    listing, path = LISTINGS[direction], PATHS[direction]
    register(listing)

    def add(rule: str, name: str, permission: str, view: Any, *methods: str) -> None:
        blueprint.add_url_rule(
            f"{path}{rule}",
            f"{direction}_{name}",
            permit(f"payment-methods.{permission}")(view),
            methods=methods or ("GET",),
        )

    one = "/<int:method_id>"
    add("", "list", "view", lambda: _list(direction))
    add(".csv", "csv", "view", lambda: send_csv(listing))
    add("/new", "new", "create", lambda: _new(direction), "GET", "POST")
    add(one, "show", "view", lambda method_id: _show(direction, method_id))
    add(f"{one}/edit", "edit", "edit", lambda method_id: _edit(direction, method_id), "GET", "POST")
    add(f"{one}/status", "status", "edit", lambda method_id: _status(direction, method_id), "POST")
    add(
        f"{one}/delete",
        "delete",
        "delete",
        lambda method_id: _delete(direction, method_id),
        "GET",
        "POST",
    )


def _list(direction: str) -> BaseResponse:
    may = holds(actor(), "payment-methods.create")
    create = {"label": "Add", "href": f"{PATHS[direction]}/new"} if may else None
    return show_list(LISTINGS[direction], create=create)


def _show(direction: str, method_id: int) -> Response:
    return show_detail(method_page(read_session(), actor(), _found(direction, method_id)))


def _new(direction: str) -> BaseResponse:
    """Ask for a new method; `?label=` fills in what is known of that payment system (W05.05)."""
    label = request.args.get("label", "")[:LONGEST_TEXT]
    known = remembered(read_session(), actor(), label) if label else {}
    project_id = str(as_id(request.args.get("project_id")) or "")
    form = MethodForm(label=label, project_id=project_id, **known)
    _ready(form, direction, None)
    return form_view(
        form,
        command=lambda: form.create(direction),
        title=f"Add {direction} method",
        submit_label="Save",
        to=PATHS[direction],
        done_title="Payment method added",
        done_text="It is inactive until it is switched on.",
        form_fields="payment_methods/_fields.html",
        systems=known_systems(read_session(), actor()),
        again_href=f"{PATHS[direction]}/new",
    )


def _edit(direction: str, method_id: int) -> BaseResponse:
    method = _found(direction, method_id)
    form = MethodForm(obj=method)
    _ready(form, direction, method)
    return form_view(
        form,
        command=lambda: form.edit(method_id, posted_version()),
        title=f"Edit {direction} method",
        submit_label="Save",
        to=PATHS[direction],
        done_title="Payment method saved",
        record=method,
        summary=[fact("Label", cells.text(method.label))],
    )


def _status(direction: str, method_id: int) -> BaseResponse:
    method, path = _found(direction, method_id), PATHS[direction]
    label, wanted = method.label, request.form.get("value") == "on"
    try:
        submit(SetPaymentMethodActive(method_id, is_active=wanted))
    except Refusal as refusal:
        return refused(refusal, back=path)
    done_to = "activated" if wanted else "deactivated"
    return done(f"Payment method {done_to}", f"{label} is {done_to}.", to=path)


def _delete(direction: str, method_id: int) -> BaseResponse:
    method = _found(direction, method_id)
    retirement = retirement_of(PaymentMethod)
    obstacle = retirement.obstacle(read_session(), method)
    return confirm_view(
        command=lambda: RetireRecord(retirement.entity, method_id),
        title="Delete payment method",
        body=obstacle or "A deleted payment method cannot be restored.",
        verb="" if obstacle else "Delete",
        rows=[fact("Payment method", cells.text(method.label))],
        to=PATHS[direction],
        done_title="Payment method deleted",
        danger=True,
    )


def _found(direction: str, method_id: int) -> PaymentMethod:
    method = find(read_session(), actor(), PaymentMethod, method_id)
    if method.direction != direction:
        raise Missing
    return method


def _ready(form: MethodForm, direction: str, method: PaymentMethod | None) -> None:
    session, who = read_session(), actor()
    form.ready(
        direction,
        projects=project_choices(session, who),
        currencies=offered_currencies(session, who),
        method=method,
    )


for _direction in PATHS:
    _mount(_direction)
