"""The question that a service is asked, and its answer: docs/identity-checks.md describes both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.company.models import CompanyMember
from app.clients.models import Client, IdentityDocument
from app.controls.outgoing import NoAnswer, post_json
from app.controls.secrecy import cipher
from app.integrations.models import ThirdPartySystem
from app.reference.models import IdentityType
from app.screening.models import FAILED, PASSED, PENDING, REVIEW, IdentityCheck

STATUSES = (PENDING, REVIEW, PASSED, FAILED)
LONGEST_REASON = 200
_OF_A_CLIENT = (
    "number", "kind", "name", "first_name", "surname", "corporate_name", "email", "phone",
    "address", "city", "country",
)  # fmt: skip
_OF_A_MEMBER = ("role", "name", "position", "identity_number")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked where, read before the request so that no session waits for it."""

    url: str
    token: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a service says: one of STATUSES, and why."""

    status: str
    reason: str = ""


def question_of(session: Session, check: IdentityCheck) -> Question:
    """Write down what the service is told: the customer, their documents, a company's people."""
    system = session.get_one(ThirdPartySystem, check.system_id)
    client = session.get_one(Client, check.client_id)
    documents = (
        select(IdentityDocument, IdentityType.name)
        .join(IdentityType, IdentityType.id == IdentityDocument.identity_type_id)
        .where(IdentityDocument.client_id == client.id)
        .order_by(IdentityDocument.id)
    )
    members = select(CompanyMember).where(
        CompanyMember.organisation_id == client.organisation_id,
        CompanyMember.client_id == client.id,
    )
    body = {
        "reference": check.reference,
        "customer": {name: getattr(client, name) for name in _OF_A_CLIENT}
        | {
            "date_of_birth": _day(client.date_of_birth),
            "incorporated_on": _day(client.incorporated_on),
        },
        "documents": [
            {
                "type": kind,
                "reference": one.reference,
                "issued_on": _day(one.issued_on),
                "expires_on": _day(one.expires_on),
                "country": one.country,
            }
            for one, kind in session.execute(documents)
        ],
        "people": [
            {name: getattr(one, name) for name in _OF_A_MEMBER}
            for one in session.scalars(members.order_by(CompanyMember.id))
        ],
    }
    return Question(f"{system.base_url}{system.checks_path}", system.credentials_token, body)


def ask_verdict(question: Question) -> Verdict:
    """Ask, or ask again under the same reference, which tells how the check stands by now.

    NoAnswer (503) for whatever is not one of the known answers; InvalidTag or ValueError where
    the credentials cannot be read.
    """
    headers = {
        "Accept": "application/json",
        "User-Agent": "Countinghouse",
        "Idempotency-Key": question.body["reference"],
    }
    if question.token:
        headers["Authorization"] = f"Bearer {cipher.decrypt(question.token)}"
    told = post_json(question.url, question.body, headers=headers)
    if not isinstance(told, Mapping) or told.get("status") not in STATUSES:
        raise NoAnswer("The service answered with a status that is not known")
    reason = told.get("reason")
    return Verdict(told["status"], reason[:LONGEST_REASON] if isinstance(reason, str) else "")


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None
