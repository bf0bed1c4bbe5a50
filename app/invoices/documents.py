"""Documents of an invoice: judged by their content, kept as sent, handed out as attachments."""

import re
from dataclasses import dataclass
from pathlib import PurePath

import filetype
from sqlalchemy import func, select

from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.work import Work
from app.invoices.models import Invoice, InvoiceDocument
from app.kernel.errors import Missing, Refusal

LARGEST_BYTES = 10 * 1024 * 1024
MOST_DOCUMENTS = 50
LONGEST_NAME = 120
UNSUPPORTED = (
    "This format is not supported. Send pdf, doc, docx, xls, xlsx, txt, csv, jpg, jpeg or png"
)
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
_TEXTS = frozenset({"txt", "csv"})
# The older formats of Word and Excel are one kind of container.
_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTAINED = frozenset({"doc", "xls"})
_ZIPPED = frozenset({"docx", "xlsx"})
_PART = {"docx": b"word/", "xlsx": b"xl/"}


@dataclass(frozen=True, slots=True)
class AttachDocument:
    """Add a file to an invoice."""

    invoice_id: int
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """Take a file off its invoice; it is kept, and no longer handed out."""

    document_id: int


@handles(AttachDocument, permission="invoices.edit")
def attach_document(work: Work, command: AttachDocument) -> int:
    """Keep the file; refused (422): too large or empty, a name or content that is not allowed."""
    invoice = find(work.session, work.actor, Invoice, command.invoice_id)
    extension = checked_extension(command.file_name, command.content)
    kept = select(func.count()).where(
        InvoiceDocument.invoice_id == invoice.id, InvoiceDocument.retired_at.is_(None)
    )
    if (work.session.scalar(kept) or 0) >= MOST_DOCUMENTS:
        raise Refusal(f"An invoice can have at most {MOST_DOCUMENTS} documents", field="file")
    document = InvoiceDocument(
        organisation_id=invoice.organisation_id,
        invoice_id=invoice.id,
        name=_stem(command.file_name),
        extension=extension,
        size_bytes=len(command.content),
        content=command.content,
    )
    return work.add(document).id


@handles(RemoveDocument, permission="invoices.edit")
def remove_document(work: Work, command: RemoveDocument) -> None:
    """Retire the document."""
    document = work.session.get(InvoiceDocument, command.document_id)
    if document is None or document.retired_at is not None:
        raise Missing
    find(work.session, work.actor, Invoice, document.invoice_id)
    document.retired_at = work.now


def checked_extension(file_name: str, content: bytes) -> str:
    """Return a supported file's extension; refused (422) unless its content is of that kind."""
    extension = PurePath(file_name).suffix.lower().removeprefix(".")
    if extension not in MEDIA_TYPES:
        raise Refusal(UNSUPPORTED, field="file")
    if not content:
        raise Refusal("The file is empty", field="file")
    if len(content) > LARGEST_BYTES:
        raise Refusal(f"A document can have at most {LARGEST_BYTES >> 20} MiB", field="file")
    if not _is_of(extension, content):
        raise Refusal(f"This is not a file of the kind {extension}", field="file")
    return extension


def _is_of(extension: str, content: bytes) -> bool:
    if extension in _TEXTS:
        return b"\0" not in content and filetype.guess(content) is None
    if extension in _CONTAINED:
        return content.startswith(_CONTAINER)
    if extension in _ZIPPED:
        return content.startswith(b"PK\x03\x04") and _PART[extension] in content
    guessed = filetype.guess(content)
    return guessed is not None and guessed.mime == MEDIA_TYPES[extension]


def _stem(file_name: str) -> str:
    stem = re.sub(r"[^\w .()-]", "_", PurePath(file_name.replace("\\", "/")).stem).strip()
    return stem[:LONGEST_NAME] or "document"
