"""A company as it is typed, and what is asked of it (E25.04, E25.06-09, E25.14-17)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.clients.company.models import (
    CONTACT,
    DIRECTOR,
    SHAREHOLDER,
    WHOLE_BASIS_POINTS,
    CompanyMember,
)
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.phones import international

TOO_MUCH = "Total shareholder percentage cannot exceed 100%"
_ASKED = (
    (DIRECTOR, "directors", "At least one director required"),
    (SHAREHOLDER, "shareholders", "At least one shareholder required"),
    (CONTACT, "contacts", "At least one contact required"),
)
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Member:
    """One of a company's people; `share_percent` is what a shareholder holds of it."""

    role: str
    name: str
    position: str = ""
    identity_number: str = ""
    email: str = ""
    phone: str = ""
    share_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What is asked of a corporate customer; its people are given whole."""

    corporate_name: str
    incorporated_on: date | None
    members: tuple[Member, ...]
    customer_type: str = ""
    rating: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    city: str = ""
    country: str = ""


def demand_company(company: Company, today: date) -> None:
    """Refuse (422) what is missing of the company or of its people."""
    if not company.corporate_name.strip():
        raise Refusal("Corporate Name is required", field="corporate_name")
    if company.incorporated_on is None:
        raise Refusal("Date of Incorporation is required", field="incorporated_on")
    if company.incorporated_on > today:
        raise Refusal("Date of Incorporation cannot be in the future", field="incorporated_on")
    for role, field, sentence in _ASKED:
        mine = [one for one in company.members if one.role == role]
        if not mine:
            raise Refusal(sentence, field=field)
        _demand_known(mine, role, field)
    _demand_shares(company)


def write_members(work: Work, client_id: int, members: tuple[Member, ...]) -> None:
    """Write the people into the rows that are kept, one by one, so that the log tells changes."""
    query = select(CompanyMember).where(
        CompanyMember.organisation_id == work.actor.tenant_id, CompanyMember.client_id == client_id
    )
    kept = list(work.session.scalars(query.order_by(CompanyMember.id)))
    for one in members:
        row = next((row for row in kept if row.role == one.role), None)
        if row is None:
            row = CompanyMember(
                organisation_id=work.actor.tenant_id, client_id=client_id, role=one.role
            )
            work.session.add(row)
        else:
            kept.remove(row)
        share = one.share_percent if one.role == SHAREHOLDER else None
        row.name, row.position = one.name.strip(), one.position
        row.identity_number, row.email = one.identity_number, one.email
        row.phone = international(one.phone, work.organisation.country, field=f"{one.role}s")
        row.share_basis_points = None if share is None else _basis_points(share)
    for row in kept:
        work.session.delete(row)


def _demand_known(members: list[Member], role: str, field: str) -> None:
    """Refuse people without a name, and contacts who cannot be reached."""
    for one in members:
        if not one.name.strip():
            raise Refusal(f"Each {role} needs a name", field=field)
        if role == CONTACT and not (one.email or one.phone):
            raise Refusal(f"{one.name} needs an email or a phone", field=field)


def _demand_shares(company: Company) -> None:
    total = 0
    for one in company.members:
        if one.role != SHAREHOLDER:
            continue
        share = one.share_percent or Decimal(0)
        if share <= 0 or share != round(share, _DECIMALS):
            raise Refusal(
                f"The share of {one.name} must be above 0 percent, with at most two decimals",
                field="shareholders",
            )
        total += _basis_points(share)
    if total > WHOLE_BASIS_POINTS:
        raise Refusal(TOO_MUCH, field="shareholders")


def _basis_points(percent: Decimal) -> int:
    return int(percent.scaleb(_DECIMALS))
