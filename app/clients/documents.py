"""Identity documents as they are typed, and what their types ask of them (E23.03-05, E25.18)."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import select

from app.clients.models import Client, IdentityDocument
from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.clock import REACH, is_within_reach
from app.kernel.countries import known_countries
from app.kernel.errors import Refusal, all_of
from app.kernel.patterns import matches
from app.reference.codes import DocumentType
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
    document_type_id: int | None = None


def checked_documents(
    work: Work, documents: tuple[Document, ...], saved: Client | None
) -> tuple[Document, ...]:
    """Return the documents; refuses what lacks what its type asks for, or is of one not in use.

    A document of a type that belongs to a country is issued there, and says so. A saved customer
    keeps documents of types that were retired since.
    """
    query = select(IdentityType).where(IdentityType.organisation_id == work.actor.tenant_id)
    types = {row.id: row for row in work.session.scalars(query)}
    kept, kept_categories = _kept(work, saved)

    def checked_one(document: Document) -> Document:
        found = types.get(document.identity_type_id)
        if found is None or (found.retired_at is not None and found.id not in kept):
            raise Refusal("Choose an identity type from the list", field="documents")
        if document.document_type_id not in kept_categories:
            referred(work, DocumentType, document.document_type_id, field="documents")
        *_, issued = all_of(
            lambda: _demand_fields(found, document),
            lambda: _demand_days(document, work.calendar_date),
            lambda: _of_country(found, document),
        )
        return issued

    checked = all_of(*(partial(checked_one, document) for document in documents))
    if len({(one.identity_type_id, one.reference) for one in checked}) < len(checked):
        raise Refusal("The same document is there twice", field="documents")
    return tuple(checked)


def write_documents(work: Work, client_id: int, documents: tuple[Document, ...]) -> None:
    """Write the documents into the rows that are kept, one by one, so that the log tells changes.

    Of those there were, one of the same type is changed; what was left out is deleted.
    """
    query = select(IdentityDocument).where(
        IdentityDocument.organisation_id == work.actor.tenant_id,
        IdentityDocument.client_id == client_id,
    )
    kept = list(work.session.scalars(query.order_by(IdentityDocument.id)))
    for one in documents:
        row = next((row for row in kept if row.identity_type_id == one.identity_type_id), None)
        if row is None:
            row = IdentityDocument(organisation_id=work.actor.tenant_id, client_id=client_id)
            work.session.add(row)
        else:
            kept.remove(row)
        for name, value in asdict(one).items():
            setattr(row, name, value)
    for row in kept:
        work.session.delete(row)


def country_name(code: str) -> str:
    """Return a country as people read it; what was typed freely stays as it is."""
    return known_countries().get(code, code)


def countries_with(kept: str | None) -> list[tuple[str, str]]:
    """Return the countries to choose from, and the one that a document says already."""
    known = known_countries()
    return [*known.items(), *([(kept, kept)] if kept and kept not in known else [])]


def _kept(work: Work, saved: Client | None) -> tuple[set[int], set[int | None]]:
    """Return the identity types and the categories that a saved customer's documents have."""
    if saved is None:
        return set(), set()
    mine = select(IdentityDocument.identity_type_id, IdentityDocument.document_type_id).where(
        IdentityDocument.client_id == saved.id
    )
    rows = work.session.execute(mine).all()
    return {row.identity_type_id for row in rows}, {row.document_type_id for row in rows}


def _of_country(identity_type: IdentityType, document: Document) -> Document:
    issuer = identity_type.country
    if not issuer:
        return document
    if document.country not in {"", issuer, country_name(issuer)}:
        raise Refusal(
            f"{identity_type.name} is issued by {country_name(issuer)} alone", field="documents"
        )
    return replace(document, country=issuer)


def _demand_fields(identity_type: IdentityType, document: Document) -> None:
    asked = (
        (identity_type.needs_reference, document.reference, "Reference"),
        (identity_type.needs_issue_date, document.issued_on, "Issue date"),
        (identity_type.needs_expiry_date, document.expires_on, "Expiry date"),
    )
    all_of(*(partial(_demand_given, identity_type, *one) for one in asked))
    if len(document.reference) > LONGEST_REFERENCE:
        raise Refusal(
            f"A reference can have at most {LONGEST_REFERENCE} characters", field="documents"
        )
    if document.reference and not matches(identity_type.pattern, document.reference):
        raise Refusal(PATTERN_MISMATCH, field="documents")


def _demand_given(
    identity_type: IdentityType, is_needed: object, value: object, label: str
) -> None:
    if is_needed and not value:
        raise Refusal(f"{label} is required for {identity_type.name}", field="documents")


def _demand_days(document: Document, today: date) -> None:
    """Refuse days that no document has: issued after today, or expired before it was issued."""
    issued, expires = document.issued_on, document.expires_on
    if any(day and not is_within_reach(day) for day in (issued, expires)):
        raise Refusal(f"A document's days must each be {REACH}", field="documents")
    if issued and issued > today:
        raise Refusal("A document cannot be issued in the future", field="documents")
    if issued and expires and expires < issued:
        raise Refusal("A document cannot expire before it was issued", field="documents")
