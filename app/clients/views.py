"""Pages of customers."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app.clients.choices import found_clients, label_of
from app.clients.codes import LISTS, kind_of
from app.clients.commands import CLIENT, CreateClient, EditClient
from app.clients.company.pages import typed_members
from app.clients.documents import countries_with
from app.clients.fee_groups import AssignFeeGroup
from app.clients.forms import ClientForm, FeeGroupForm, LoginForm
from app.clients.logins import InviteClient
from app.clients.models import Client, IdentityDocument
from app.clients.pages import client_detail
from app.clients.picking import OPTIONS
from app.clients.resource import CLIENTS, PATH, desks_of, fee_groups, managers, projects
from app.controls.approvals import SubmitRecord
from app.controls.identity import Actor
from app.controls.permissions import find
from app.controls.retiring import retirement_of
from app.controls.review import REJECTED, demand_editable
from app.kernel.errors import Conflict
from app.markup.qr import qr_picture
from app.records.judging import judged
from app.records.queries import code_choices, coded_choices
from app.records.retiring import delete_view
from app.reference.codes import CLIENT_KINDS, CustomerType, DocumentType
from app.reference.models import IdentityType
from app.web import cells
from app.web.bulk import bulk_view
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listing import LONGEST_SEARCH
from app.web.pages import fact, form_view, posted_version
from app.web.resource import Resource, mount
from app.web.respond import render

blueprint = Blueprint("clients", __name__)
GENERAL = "The project's general fees"


@blueprint.get(OPTIONS)
@permit("clients.view")
def options() -> Response:
    """Answer the field that chooses a customer."""
    typed = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    authorised = "authorised" in request.args
    found = found_clients(read_session(), actor(), typed, authorised=authorised)
    return render("clients/_options.html", clients=[(one, label_of(one)) for one in found])


@blueprint.get(f"{PATH}/<int:client_id>/qr.svg")
@permit("clients.view")
def qr_code(client_id: int) -> Response:
    """Send the customer's QR code as a picture."""
    client = find(read_session(), actor(), Client, client_id)
    return Response(qr_picture(client.qr_code), mimetype="image/svg+xml")


@blueprint.route(f"{PATH}/<int:record_id>/edit", methods=["GET", "POST"])
@permit("clients.edit")
def edit(record_id: int) -> BaseResponse:
    """Change a draft or rejected customer with their documents (E42.28)."""
    client = find(read_session(), actor(), Client, record_id)
    form = ClientForm(
        obj=client,
        documents=_documents(read_session(), client),
        **typed_members(read_session(), client),
    )
    if not form.is_posted:
        demand_editable(client, CLIENT.name)
    _prepare(form, read_session(), actor(), client)
    return form_view(
        form,
        command=judged(form, lambda: _edit(form, client.id)),
        title="Edit customer",
        submit_label="Save changes",
        to=f"{PATH}/{client.id}",
        done_title="Customer saved",
        told=lambda _answer: (
            "Customer saved",
            find(read_session(), actor(), Client, record_id).name,
        ),
        record=client,
        form_fields="clients/_fields.html",
    )


@blueprint.route(f"{PATH}/<int:record_id>/delete", methods=["GET", "POST"])
@permit("clients.delete")
def delete(record_id: int) -> BaseResponse:
    """Take a draft or rejected customer out of use (E40.25)."""
    return delete_view(CLIENTS, retirement_of(Client), record_id)


@blueprint.route(f"{PATH}/<int:client_id>/fee-group", methods=["GET", "POST"])
@permit("clients.edit")
def fee_group(client_id: int) -> BaseResponse:
    """Choose the group by whose fees a customer pays (W04.22)."""
    client = find(read_session(), actor(), Client, client_id)
    form = FeeGroupForm(fee_group_id=str(client.fee_group_id or ""))
    groups = fee_groups(read_session(), actor(), client.project_id)
    set_choices(form.fee_group_id, groups, empty=GENERAL)
    return form_view(
        form,
        command=lambda: AssignFeeGroup(client_id, posted_version(), as_id(form.fee_group_id.data)),
        title="Fee group",
        submit_label="Save",
        to=f"{PATH}/{client_id}",
        done_title="Fee group saved",
        record=client,
        summary=[fact("Customer", cells.text(client.title()))],
    )


@blueprint.route(f"{PATH}/<int:client_id>/logins/new", methods=["GET", "POST"])
@permit("users.create")
def new_login(client_id: int) -> BaseResponse:
    """Let a person sign in for a customer; the first may be the customer themselves."""
    client = find(read_session(), actor(), Client, client_id)
    person = {"first_name": client.first_name, "last_name": client.surname, "email": client.email}
    form = LoginForm(**person)

    def command() -> InviteClient:
        return InviteClient(client_id, form.email.data, form.first_name.data, form.last_name.data)

    return form_view(
        form,
        command=command,
        title="Add portal login",
        submit_label="Send invitation",
        to=f"{PATH}/{client_id}",
        done_title="Login added",
        done_text="A mail with a temporary password is on its way.",
        summary=[fact("Customer", cells.text(client.title()))],
        intro="They get a mail with a temporary password and choose their own at first sign-in.",
    )


@blueprint.route(f"{PATH}/submit", methods=["GET", "POST"])
@permit("clients.edit")
def submit_many() -> BaseResponse:
    """Hand the chosen drafts in for approval."""
    return bulk_view(
        CLIENTS,
        command=_hand_in,
        name=lambda client_id: find(read_session(), actor(), Client, client_id).title(),
        verb="Submit",
        noun="customer",
        body="They go to those who approve them. What was submitted before is left as it is.",
        done_word="submitted",
    )


def _hand_in(client_id: int) -> SubmitRecord:
    """Return the command for a draft; what was sent back is corrected before it is sent again."""
    client = find(read_session(), actor(), Client, client_id)
    if client.record_status == REJECTED:
        raise Conflict("This customer was sent back: open it to correct and submit it")
    return SubmitRecord(CLIENT.key, client_id, client.version)


def _create(form: ClientForm) -> CreateClient:
    return CreateClient(
        person=form.details(),
        documents=form.given_documents(),
        project_id=as_id(form.project_id.data) or 0,
        desk_id=as_id(form.desk_id.data),
        manager_id=as_id(form.manager_id.data),
        fee_group_id=as_id(form.fee_group_id.data),
        submit=form.submit_now.data,
    )


def _edit(form: ClientForm, client_id: int) -> EditClient:
    return EditClient(
        client_id=client_id,
        version=posted_version(),
        person=form.details(),
        documents=form.given_documents(),
        desk_id=as_id(form.desk_id.data),
        manager_id=as_id(form.manager_id.data),
        fee_group_id=as_id(form.fee_group_id.data),
        submit=form.submit_now.data,
    )


def _prepare(form: ClientForm, session: Session, who: Actor, client: Client | None) -> None:
    form.settle(_choose_type(form, session, who, client))
    if client is None:
        judged(form, partial(_create, form))
    offered = projects(session, who)
    set_choices(form.project_id, offered)
    first_id = offered[0][0] if offered else None
    project_id = client.project_id if client else as_id(form.project_id.data) or first_id
    set_choices(form.desk_id, desks_of(session, who, project_id), empty="Default desk")
    set_choices(form.manager_id, managers(session, who), empty="Me")
    set_choices(form.country, countries_with(form.country.data), empty="")
    groups = fee_groups(session, who, project_id)
    set_choices(form.fee_group_id, groups, empty=GENERAL)
    if client is not None:
        del form.project_id
    for key, model in LISTS.items():
        if model is not CustomerType and key in form:
            kept = getattr(client, key) if client else ""
            set_choices(form[key], coded_choices(session, who, model, kept=kept), empty="")
    for line in form.documents:
        _offer(line, session, who, is_kept=client is not None)


def _choose_type(form: ClientForm, session: Session, who: Actor, client: Client | None) -> str:
    """Offer the types, whose choice decides the fields; returns the kind that is chosen.

    Of a saved customer the kind is decided: types of the other one are not offered.
    """
    if client is not None:
        clauses = (CustomerType.kind == client.kind,)
        choices = coded_choices(session, who, CustomerType, *clauses, kept=client.customer_type)
        set_choices(form.customer_type, choices, empty="")
        return client.kind
    choices = [
        pair
        for kind in CLIENT_KINDS
        for pair in coded_choices(session, who, CustomerType, CustomerType.kind == kind)
    ]
    set_choices(form.customer_type, choices, empty=None if choices else "Individual")
    if form.customer_type.data is None and choices:
        form.customer_type.data = choices[0][0]
    return kind_of(session, who.tenant_id, form.customer_type.data or "")


def _offer(line: Any, session: Session, who: Actor, *, is_kept: bool) -> None:
    kept_id = as_id(line.identity_type_id.data) if is_kept else None
    set_choices(line.identity_type_id, code_choices(session, who, IdentityType, kept=kept_id))
    kept_id = as_id(line.document_type_id.data) if is_kept else None
    categories = code_choices(session, who, DocumentType, kept=kept_id)
    set_choices(line.document_type_id, categories, empty="Not kept")
    set_choices(line.country, countries_with(line.country.data), empty="As the document says")


def _documents(session: Session, client: Client) -> list[dict[str, Any]]:
    query = select(IdentityDocument).where(IdentityDocument.client_id == client.id)
    return [
        {
            "identity_type_id": str(one.identity_type_id),
            "reference": one.reference,
            "issued_on": one.issued_on,
            "expires_on": one.expires_on,
            "country": one.country,
            "document_type_id": str(one.document_type_id or ""),
        }
        for one in session.scalars(query.order_by(IdentityDocument.id))
    ]


mount(
    Resource(
        listing=CLIENTS,
        model=Client,
        singular="Customer",
        module="clients",
        detail=client_detail,
        form=ClientForm,
        prepare=_prepare,
        create=_create,
        form_fields="clients/_fields.html",
    ),
    blueprint,
)
