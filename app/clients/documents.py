"""Identity documents as they are typed, and what their types ask of them (E23.03-05, E25.18)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clients.models import Client, IdentityDocument
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.patterns import matches
from app.reference.models import IdentityType

PATTERN_MISMATCH = "Reference does not match the format defined in the Identity Type"
LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Document:
    """An identity document as it is typed."""

    identity_type_id: int
    reference: str
    issued_on: date | None = None
    expires_on: date | None = None
    country: str = ""


def demand_documents(work: Work, documents: tuple[Document, ...], saved: Client | None) -> None:
    """Refuse documents that lack what their type asks for, or are of a type not in use.

    A saved customer keeps documents of a type that was retired since.
    """
    query = select(IdentityType).where(IdentityType.organisation_id == work.actor.tenant_id)
    types = {row.id: row for row in work.session.scalars(query)}
    kept = set()
    if saved is not None:
        mine = select(IdentityDocument.identity_type_id).where(
            IdentityDocument.client_id == saved.id
        )
        kept = set(work.session.scalars(mine))
    for document in documents:
        found = types.get(document.identity_type_id)
        if found is None or (found.retired_at is not None and found.id not in kept):
            raise Refusal("Choose an identity type from the list", field="documents")
        _demand_fields(found, document)


def _demand_fields(identity_type: IdentityType, document: Document) -> None:
    asked = (
        (identity_type.needs_reference, document.reference, "Reference"),
        (identity_type.needs_issue_date, document.issued_on, "Issue date"),
        (identity_type.needs_expiry_date, document.expires_on, "Expiry date"),
    )
    for is_needed, value, label in asked:
        if is_needed and not value:
            raise Refusal(f"{label} is required for {identity_type.name}", field="documents")
    if len(document.reference) > LONGEST_REFERENCE:
        raise Refusal(
            f"A reference can have at most {LONGEST_REFERENCE} characters", field="documents"
        )
    if document.reference and not matches(identity_type.pattern, document.reference):
        raise Refusal(PATTERN_MISMATCH, field="documents")
