"""The clause that finds customers by what they bring to the counter: a name, a number, a paper."""

from sqlalchemy import ColumnElement, or_, select

from app.clients.models import Client, IdentityDocument
from app.db.parts import among, holds_part, holds_words
from app.kernel.phones import searched_digits

QR_PREFIX = "QR-"


def is_found(typed: str, organisation_id: int) -> ColumnElement[bool]:
    """Match customers by parts of name, number, e-mail or phone, or by a whole code of theirs.

    Such a code is the reference of an identity document, an outside id or what a QR code says.
    """
    by_document = select(IdentityDocument.client_id).where(
        IdentityDocument.organisation_id == organisation_id,
        IdentityDocument.reference.in_((typed, typed.upper())),
    )
    found = [
        holds_words(
            typed.removeprefix(QR_PREFIX), Client.name, Client.number, Client.email, Client.phone
        ),
        Client.external_id == typed,
        among(Client.id, by_document),
    ]
    if digits := searched_digits(typed):
        found.append(holds_part(digits, Client.phone))
    return or_(*found)
