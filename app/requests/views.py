"""The addresses of requests."""

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.clients.picking import offer_clients
from app.clients.resource import managers
from app.controls.permissions import find
from app.organisation.queries import project_choices
from app.requests.commands import PATH, AnswerRequest, SetRequestStatus
from app.requests.forms import AnswerForm, RequestForm, StatusForm
from app.requests.models import ServiceRequest
from app.requests.resource import REQUESTS, request_page
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import fact, form_view
from app.web.resource import Resource, mount

blueprint = Blueprint("requests", __name__)
_ONE = f"{PATH}/<int:request_id>"
_METHODS = ["GET", "POST"]


def _prepare(form: Any, session: Any, who: Any, one: ServiceRequest | None) -> None:
    set_choices(form.assignee_id, managers(session, who), empty="Nobody yet")
    if one is not None:
        del form.kind, form.project_id, form.client_id, form.body
        return
    set_choices(form.project_id, project_choices(session, who), empty="That of the customer")
    kept = as_id(request.args.get("client_id"))
    offer_clients(form.client_id, session, who, empty="None: the whole project", kept_id=kept)
    if kept and not form.is_posted:
        form.client_id.data = str(kept)


mount(
    Resource(
        listing=REQUESTS,
        model=ServiceRequest,
        singular="Request",
        module="requests",
        detail=request_page,
        form=RequestForm,
        prepare=_prepare,
        create=RequestForm.opened,
        edit=lambda one, form, version: form.edited(one.id, version),
    ),
    blueprint,
)


@blueprint.route(f"{_ONE}/answer", methods=_METHODS)
@permit("requests.edit")
def answer(request_id: int) -> Response:
    """Write to the client, or a note for the house."""
    one, form = _found(request_id), AnswerForm()
    if one.client_id is None:
        del form.is_note
    return form_view(
        form,
        command=lambda: AnswerRequest(
            request_id, form.body.data, is_note="is_note" in form and form.is_note.data
        ),
        title="Answer request",
        submit_label="Send",
        to=f"{PATH}/{request_id}",
        done_title="Answer sent",
        summary=[fact("Request", cells.text(one.title()))],
    )


@blueprint.route(f"{_ONE}/status", methods=_METHODS)
@permit("requests.edit")
def status(request_id: int) -> Response:
    """Say where the request stands."""
    one, form = _found(request_id), StatusForm()
    if not form.is_posted:
        form.status.data = one.status
    return form_view(
        form,
        command=lambda: SetRequestStatus(request_id, form.status.data),
        title="Change status",
        submit_label="Save",
        to=f"{PATH}/{request_id}",
        done_title="Status changed",
        summary=[fact("Request", cells.text(one.title()))],
    )


def _found(request_id: int) -> ServiceRequest:
    return find(read_session(), actor(), ServiceRequest, request_id)
