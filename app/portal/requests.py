"""Requests in the clients' own area: ask the house, read its answers, answer back."""

from typing import Any

from flask import Blueprint, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.controls.permissions import find, visible
from app.kernel.errors import Refusal
from app.notices.commands import ReadNotice
from app.notices.queries import found_notice
from app.portal.pages import NOTICES, PATH
from app.portal.visitor import visitor
from app.requests.commands import AnswerOwnRequest, AskTheHouse
from app.requests.forms import AnswerForm, AskForm
from app.requests.models import STATUSES, TONES, WAITING, ServiceRequest
from app.requests.queries import conversation
from app.requests.resource import said
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, as_id
from app.web.guard import permit
from app.web.respond import done, form_key, render, submit

blueprint = Blueprint("portal_requests", __name__)
# A notice leads where staff have the record; a client has it in an area of their own.
_OWN_PAGES = {"/admin/statements/": f"{PATH}/statements"}
_REQUESTS = f"{PATH}/requests"
_METHODS = ["GET", "POST"]
# What waits for the client says so to them.
_STATUSES = STATUSES | {WAITING: "Awaiting your reply"}
_TONES = TONES | {WAITING: "warning"}
_FULL_PAGE = 50


@blueprint.route(_REQUESTS, methods=_METHODS)
@permit("portal.view")
def requests() -> Response:
    """List the client's requests, the newest first, and ask another."""
    session, who, _tenant = visitor()
    form = AskForm()
    sent = _send(
        form,
        lambda: AskTheHouse(form.kind.data, form.subject.data, form.body.data),
        told=("We have your request", "The answer appears here."),
    )
    if isinstance(sent, Response):
        return sent
    query = select(ServiceRequest).where(*visible(who, ServiceRequest))
    if before_id := as_id(request.args.get("before")):
        query = query.where(ServiceRequest.id < before_id)
    found = session.scalars(query.order_by(ServiceRequest.id.desc()).limit(_FULL_PAGE)).all()
    is_full = len(found) == _FULL_PAGE
    return render(
        "portal/requests.html",
        status=sent,
        form=form,
        key=form_key(),
        requests=[_shown(one) for one in found],
        older_href=f"{_REQUESTS}?before={found[-1].id}" if is_full else None,
    )


@blueprint.route(f"{_REQUESTS}/<int:request_id>", methods=_METHODS)
@permit("portal.view")
def one(request_id: int) -> Response:
    """Show what was said about a request, and answer."""
    session, who, _tenant = visitor()
    found = find(session, who, ServiceRequest, request_id)
    form = AnswerForm()
    del form.is_note
    sent = _send(
        form,
        lambda: AnswerOwnRequest(request_id, form.body.data),
        told=("Sent", ""),
        to=f"{_REQUESTS}/{request_id}",
    )
    if isinstance(sent, Response):
        return sent
    return render(
        "portal/request.html",
        status=sent,
        one=_shown(found),
        form=form,
        key=form_key(),
        conversation=[said(one) for one in conversation(session, found, for_client=True)],
    )


@blueprint.post(f"{NOTICES}/<int:notice_id>")
@permit("portal.view")
def open_notice(notice_id: int) -> Response:
    """Mark what the client is told as read, and go to what it is about."""
    notice = found_notice(read_session(), actor(), notice_id)
    target = _own_page(notice.href)
    submit(ReadNotice(notice_id))
    return redirect(target, 303)


def _own_page(href: str) -> str:
    if not href.startswith("/admin/"):
        return href or PATH
    return next((own for staff, own in _OWN_PAGES.items() if href.startswith(staff)), PATH)


def _send(
    form: Form, command: Any, *, told: tuple[str, str], to: str = _REQUESTS
) -> Response | int:
    """Carry the command of a sent form out, or return the status its page comes back with."""
    if not form.is_posted:
        return 200
    if not form.validate():
        return 422
    try:
        submit(command())
    except Refusal as refusal:
        form.attach(refusal)
        return refusal.status
    return done(*told, to=to)


def _shown(one: ServiceRequest) -> dict[str, Any]:
    return {
        "number": one.number,
        "subject": one.subject,
        "status": _STATUSES[one.status],
        "tone": _TONES[one.status],
        "is_open": one.is_open,
        "when": cells.instant(one.created_at)["text"],
        "href": f"{_REQUESTS}/{one.id}",
    }
