"""The documents of an invoice: shown, attached, handed out, removed."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import demand, find, holds, visible
from app.invoices.documents import MEDIA_TYPES, RemoveDocument
from app.invoices.forms import DocumentForm
from app.invoices.models import Invoice, InvoiceDocument
from app.invoices.resource import PATH, documents_of
from app.kernel.errors import Missing
from app.statements.resource import shown_size
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view

blueprint = Blueprint("invoice_documents", __name__)
DOCUMENTS = "/admin/invoice-documents"
_METHODS = ["GET", "POST"]


@blueprint.route(f"{PATH}/<int:invoice_id>/documents", methods=_METHODS)
@permit("invoices.view")
def documents(invoice_id: int) -> BaseResponse:
    """Show the documents of an invoice, and take another from those who may edit it (W13.23)."""
    invoice = find(read_session(), actor(), Invoice, invoice_id)
    form = DocumentForm()
    if form.is_posted:
        demand(actor(), "invoices.edit")
    return form_view(
        form,
        command=lambda: form.command(invoice_id),
        title=f"Documents of {invoice.number}",
        submit_label="Upload",
        to=f"{PATH}/{invoice_id}/documents",
        done_title="Document attached",
        opened=lambda _id: f"{PATH}/{invoice_id}/documents",
        form_fields="invoices/_documents.html",
        multipart=True,
        documents=[_shown(one) for one in documents_of(read_session(), invoice)],
        may_edit=holds(actor(), "invoices.edit"),
        documents_href=DOCUMENTS,
    )


@blueprint.get(f"{DOCUMENTS}/<int:document_id>")
@permit("invoices.view")
def document(document_id: int) -> Response:
    """Send a document as it was attached, never shown inside of the portal."""
    found = _document(document_id)
    response = Response(found.content, mimetype=MEDIA_TYPES[found.extension])
    response.headers.set("Content-Disposition", "attachment", filename=found.title())
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@blueprint.route(f"{DOCUMENTS}/<int:document_id>/delete", methods=_METHODS)
@permit("invoices.edit")
def remove(document_id: int) -> BaseResponse:
    """Remove a document after a confirmation."""
    found = _document(document_id)
    return confirm_view(
        command=lambda: RemoveDocument(document_id),
        title="Remove document",
        body="It is no longer handed out.",
        rows=[fact("Document", cells.text(found.title()))],
        verb="Remove",
        to=f"{PATH}/{found.invoice_id}/documents",
        done_title="Document removed",
        danger=True,
    )


def _shown(one: InvoiceDocument) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "extension": one.extension,
        "size": shown_size(one.size_bytes),
        "created": cells.instant(one.created_at)["text"],
    }


def _document(document_id: int) -> InvoiceDocument:
    session, who = read_session(), actor()
    query = select(InvoiceDocument).where(
        *visible(who, InvoiceDocument),
        InvoiceDocument.id == document_id,
        InvoiceDocument.retired_at.is_(None),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    find(session, who, Invoice, found.invoice_id)
    return found
