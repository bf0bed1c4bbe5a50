"""Branches: coded by country and number, one Lead in each country, a tree under the head office."""

import re
from dataclasses import dataclass

from babel.core import get_global
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.retiring import live, referred, retires, unless_used
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.countries import known_countries
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Branch, OrganisationCurrency
from app.organisation.names import demand_free, named, rename
from app.organisation.trees import children_of, placed

NOT_ENABLED = (
    "Currency is not enabled for this organization. Please add it in Currency Settings first."
)
UNCOUNTED = "-0000"  # How a branch's code ends; what stands at it counts from 1.
_ALPHA_3 = 3
_LETTERS = 3
_NUMBER = re.compile(r".*-([0-9]{3,})-[0-9]{4}")
_belongings = unless_used("Branch")


@dataclass(frozen=True, slots=True)
class CreateBranch:
    """Add a branch under a parent; `country` is a two-letter code, `currency` a known code.

    Without a parent it stands under its country's Lead, without a currency it has the base.
    """

    name: str
    country: str
    currency: str = ""
    parent_id: int | None = None
    is_head_office: bool = False


@dataclass(frozen=True, slots=True)
class EditBranch:
    """Rename a branch, move it under another parent, change its currency.

    Its code and its country stay.
    """

    branch_id: int
    version: int
    name: str
    parent_id: int | None
    currency: str = ""


@handles(CreateBranch, permission="branches.create")
def create_branch(work: Work, command: CreateBranch) -> int:
    """Create the branch with a code of its own; one Head Office for each country (E13.01-05)."""
    organisation = work.organisation
    name = named(command.name)
    demand_free(work, Branch, name)
    if command.country not in known_countries():
        raise Refusal("Choose a country from the list", field="country")
    currency = _enabled(work, command.currency or organisation.base_currency)
    # One branch at a time: its number is one above the highest of the country.
    lock = select(Organisation.id).where(Organisation.id == organisation.id)
    work.session.execute(lock.with_for_update(key_share=True))
    if command.is_head_office and _lead_of(work, command.country) is not None:
        place = known_countries()[command.country]
        raise Conflict(f"A Lead branch already exists for {place}", field="country")
    parent_id = referred(work, Branch, command.parent_id, field="parent_id")
    number = 0 if command.is_head_office else _next_number(work, command.country)
    branch = Branch(
        organisation_id=organisation.id,
        code=branch_code(organisation.name, command.country, number),
        name=name,
        country=command.country,
        currency=currency,
        parent_id=parent_id or _lead(work, command.country),
        is_head_office=command.is_head_office,
    )
    return work.add(branch).id


@handles(EditBranch, permission="branches.edit")
def edit_branch(work: Work, command: EditBranch) -> int:
    """Save name, parent and currency; a branch never stands under itself."""
    branch = live(work, Branch, command.branch_id, command.version)
    rename(work, branch, command.name)
    if command.currency and command.currency != branch.currency:
        branch.currency = _enabled(work, command.currency)
    if branch.parent_id is not None:
        branch.parent_id = placed(work, branch, command.parent_id or _lead(work, branch.country))
    return int(branch.id)


def branch_code(name: str, country: str, number: int) -> str:
    """Return a branch's code, such as "ABC-KEN-001-0000" (E13.02).

    Letters of the organisation, the country's three letters, its number there (000 is the Lead)
    and four zeros: the last group counts what stands at the branch, such as its agents (E26).
    """
    return f"{_abbreviated(name)}-{_three_letters(country)}-{number:03d}{UNCOUNTED}"


def _obstacle(session: Session, branch: Branch) -> str | None:
    if branch.parent_id is None:
        return "The organisation's head office cannot be deleted"
    if children_of(session, branch):
        return "A branch with child branches cannot be deleted"
    return _belongings(session, branch)


retires(Branch, "Branch", permission="branches.delete", obstacle=_obstacle)


def _enabled(work: Work, code: str) -> str:
    query = select(OrganisationCurrency.code).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == code,
    )
    if work.session.scalar(query) is None:
        raise Refusal(NOT_ENABLED, field="currency")
    return code


def _lead(work: Work, country: str) -> int:
    """Return the country's Lead, else the organisation's head office."""
    return (
        _lead_of(work, country)
        or work.session.scalars(
            select(Branch.id).where(
                Branch.organisation_id == work.actor.tenant_id, Branch.parent_id.is_(None)
            )
        ).one()
    )


def _lead_of(work: Work, country: str) -> int | None:
    query = select(Branch.id).where(
        Branch.organisation_id == work.actor.tenant_id,
        Branch.country == country,
        Branch.is_head_office,
        Branch.retired_at.is_(None),
    )
    return work.session.scalars(query).one_or_none()


def _next_number(work: Work, country: str) -> int:
    codes = select(Branch.code).where(
        Branch.organisation_id == work.actor.tenant_id, Branch.country == country
    )
    found = (_NUMBER.fullmatch(code) for code in work.session.scalars(codes))
    return max((int(one[1]) for one in found if one), default=0) + 1


def _abbreviated(name: str) -> str:
    """Return the initials of three words or more, else the first letters of the name."""
    words = re.split(r"[^A-Z0-9]+", re.sub(r"['\u2019]", "", name.upper()))
    words = [word for word in words if word[:1].isalpha()]
    letters = "".join(word[0] for word in words) if len(words) >= _LETTERS else "".join(words)
    return re.sub(r"[^A-Z]", "", letters)[:_LETTERS].ljust(_LETTERS, "X")


def _three_letters(country: str) -> str:
    longer = {
        short[0]: code
        for code, short in get_global("territory_aliases").items()
        if len(code) == _ALPHA_3 and code.isalpha()
    }
    return longer.get(country, country)
