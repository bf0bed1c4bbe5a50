"""Customers: listed, read, added."""

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import or_

from app.api.fields import CountryCode, ExternalId, PageQuery, Text, key_of, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.clients.commands import CreateClient, Document, Person
from app.clients.models import Client
from app.controls.permissions import find, scoped
from app.controls.review import RECORD_STATUSES
from app.organisation.models import Desk, Project
from app.reference.codes import DocumentType
from app.reference.models import IdentityType
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("customers", "Customers and their documents.")


class ClientShown(Schema):
    """A customer."""

    id = fields.Integer()
    number = fields.String()
    kind = fields.String(metadata={"description": "individual or corporate"})
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    country = fields.String()
    external_id = fields.String(allow_none=True)
    project_id = fields.Integer()
    desk_id = fields.Integer(allow_none=True)
    branch_id = fields.Integer()
    manager_id = fields.Integer(allow_none=True)
    record_status = fields.String(metadata={"enum": list(RECORD_STATUSES)})
    version = fields.Integer()
    created_at = fields.DateTime()


class ClientQuery(PageQuery):
    """Which customers are asked for."""

    search = Text(metadata={"description": "Part of the name, or the number"})
    record_status = fields.String(validate=validate.OneOf(RECORD_STATUSES))
    external_id = Text()


class DocumentGiven(Schema):
    """An identity document."""

    identity_type_id = key_of("the identity type", IdentityType, required=True)
    reference = Text(longest=64, required=True)
    issued_on = fields.Date(load_default=None, allow_none=True)
    expires_on = fields.Date(load_default=None, allow_none=True)
    country = CountryCode(longest=2, load_default="")
    document_type_id = key_of("the document type", DocumentType, load_default=None, allow_none=True)


class ClientGiven(Schema):
    """An individual to be added."""

    first_name = Text(shortest=1, required=True)
    surname = Text(shortest=1, required=True)
    title_code = Text(load_default="")
    gender = Text(load_default="")
    marital_status = Text(load_default="")
    customer_type = Text(load_default="")
    rating = Text(load_default="")
    date_of_birth = fields.Date(load_default=None, allow_none=True)
    email = Text(load_default="")
    phone = Text(load_default="")
    address = Text(load_default="")
    city = Text(load_default="")
    country = CountryCode(longest=2, load_default="")
    documents = fields.List(
        fields.Nested(DocumentGiven), required=True, validate=validate.Length(1, 20)
    )
    project_id = key_of("the project", Project, required=True)
    desk_id = key_of("the desk", Desk, load_default=None, allow_none=True)
    external_id = ExternalId()
    submit = fields.Boolean(
        load_default=True, metadata={"description": "Hand it in for approval at once"}
    )


@blueprint.read("/clients")
@permit("clients.view")
@blueprint.arguments(ClientQuery, location="query")
@blueprint.response(200, paged(ClientShown))
def list_clients(asked: dict[str, Any]) -> Any:
    """List customers."""
    query = scoped(actor(), Client).where(Client.retired_at.is_(None))
    if text := asked.get("search"):
        found = Client.name.icontains(text, autoescape=True)
        query = query.where(or_(found, Client.number == text))
    for name in ("record_status", "external_id"):
        if name in asked:
            query = query.where(getattr(Client, name) == asked[name])
    return page_of(read_session(), query, Client.id, asked)


@blueprint.read("/clients/<int:client_id>")
@permit("clients.view")
@blueprint.response(200, ClientShown)
def show_client(client_id: int) -> Client:
    """Read a customer."""
    return find(read_session(), actor(), Client, client_id)


@blueprint.write("/clients")
@permit("clients.create")
@blueprint.arguments(ClientGiven)
@blueprint.response(201, ClientShown)
def create_client(given: dict[str, Any]) -> Client:
    """Add a customer.

    An individual is added as a draft or handed in at once; `record_status` tells whether an
    approval is waited for.
    """
    documents = tuple(Document(**one) for one in given.pop("documents"))
    place = {name: given.pop(name) for name in ("project_id", "desk_id", "external_id", "submit")}
    client_id = carry_out(CreateClient(Person(**given), documents, **place))
    return find(read_session(), actor(), Client, client_id)
