"""A company's own cards on its page, and its rows as the form shows them again."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.company.forms import ROLES
from app.clients.company.models import SHAREHOLDER, CompanyMember
from app.clients.models import Client
from app.db.types import plain_rate
from app.kernel.phones import spaced
from app.web import cells
from app.web.pages import fact

_TITLES = {"directors": "Directors", "shareholders": "Shareholders", "contacts": "Contacts"}


def member_cards(session: Session, client: Client) -> list[dict[str, Any]]:
    """Return a card for each role, with a line for each person."""
    members = _members(session, client)
    return [
        {
            "title": _TITLES[name],
            "rows": [_line(one) for one in members if one.role == role],
            "open": True,
        }
        for name, role in ROLES.items()
    ]


def typed_members(session: Session, client: Client) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each list as they were typed."""
    members = _members(session, client)
    return {
        name: [
            {
                "name": one.name,
                "position": one.position,
                "identity_number": one.identity_number,
                "email": one.email,
                "phone": one.phone,
                "share": _share(one),
            }
            for one in members
            if one.role == role
        ]
        for name, role in ROLES.items()
    }


def _members(session: Session, client: Client) -> Sequence[CompanyMember]:
    query = select(CompanyMember).where(
        CompanyMember.organisation_id == client.organisation_id,
        CompanyMember.client_id == client.id,
    )
    return session.scalars(query.order_by(CompanyMember.id)).all()


def _line(one: CompanyMember) -> dict[str, Any]:
    told = (
        f"{_share(one)} %" if one.role == SHAREHOLDER else "",
        one.position,
        one.identity_number,
        one.email,
        spaced(one.phone),
    )
    return fact(one.name, cells.text(" · ".join(part for part in told if part)))


def _share(one: CompanyMember) -> str:
    """Write basis points as a percentage without trailing zeros."""
    if one.share_basis_points is None:
        return ""
    return format(plain_rate(Decimal(one.share_basis_points).scaleb(-2)), "f")
