"""Banks are added and edited, retired as all configuration is; one is the default (W10)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schwifty import BIC
from schwifty.exceptions import SchwiftyException
from sqlalchemy import func, or_, select

from app.banks.models import Bank
from app.controls.commands import handles
from app.controls.outgoing import demand_address, demand_token
from app.controls.retiring import live, retires
from app.controls.work import Work
from app.kernel.countries import known_countries
from app.kernel.errors import Conflict, Refusal

# Assets and cards that name a bank show none once it is deleted (W10.14-15).
retires(Bank, "Bank", permission="banks.delete")
_CODE = re.compile(r"[0-9A-Za-z-]{0,20}")
_IBAN = re.compile(r"(?:[A-Z]{2}[0-9A-Z]{0,32})?")


@dataclass(frozen=True, slots=True)
class BankTerms:
    """What is typed of a bank; `credentials` None leaves those that are kept."""

    name: str
    country: str
    address: str = ""
    bank_code: str = ""
    licence: str = ""
    bic: str = ""
    iban: str = ""
    is_default: bool = False
    rules: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CreateBank:
    """Add a bank."""

    terms: BankTerms


@dataclass(frozen=True, slots=True)
class EditBank:
    """Save every field of a bank."""

    bank_id: int
    version: int
    terms: BankTerms


@handles(CreateBank, permission="banks.create")
def create_bank(work: Work, command: CreateBank) -> int:
    """Add the bank; returns its id. Refused: (422) see `_checked`, (409) see `_demand_new`."""
    values = _checked(command.terms)
    _demand_new(work, command.terms)
    if command.terms.is_default:
        _unset_default(work)
    return work.add(Bank(organisation_id=work.actor.tenant_id, **values)).id


@handles(EditBank, permission="banks.edit")
def edit_bank(work: Work, command: EditBank) -> int:
    """Save it; refused (409): a stale form, a bank that was deleted, the name of another one."""
    bank: Bank = live(work, Bank, command.bank_id, command.version)
    values = _checked(command.terms)
    # Two that were added under one name before that was refused are edited one by one.
    if (command.terms.name, command.terms.country) != (bank.name, bank.country):
        _demand_new(work, command.terms, but=bank.id)
    if command.terms.is_default and not bank.is_default:
        _unset_default(work)
    for name, value in values.items():
        setattr(bank, name, value)
    return bank.id


def _demand_new(work: Work, terms: BankTerms, *, but: int = 0) -> None:
    """Refuse (409) the name of another bank of the country: nobody could tell them apart.

    No key of the database says it, for a list may hold two from before; who adds takes turns.
    """
    work.take_turns()
    is_named_so = or_(Bank.name == terms.name, func.lower(Bank.name) == terms.name.lower())
    taken = select(Bank.id).where(
        Bank.organisation_id == work.actor.tenant_id,
        Bank.country == terms.country,
        Bank.retired_at.is_(None),
        Bank.id != but,
        is_named_so,
    )
    if work.session.scalar(taken.limit(1)) is not None:
        raise Conflict("A bank of this name in this country is on the list already", field="name")


def _unset_default(work: Work) -> None:
    """Take the mark off the present default (W10.07); of two at once, the later one keeps it."""
    work.take_turns()
    query = select(Bank).where(
        Bank.organisation_id == work.actor.tenant_id, Bank.is_default, Bank.retired_at.is_(None)
    )
    for bank in work.session.scalars(query.with_for_update()):
        bank.is_default = False
    work.session.flush()  # only one row may carry the mark at any moment


def _checked(terms: BankTerms) -> dict[str, Any]:
    """Return the columns; refused (422): no name, no country, a code, BIC or IBAN that is none."""
    if not terms.name:
        raise Refusal("Name is required", field="name")
    if terms.country not in known_countries():
        raise Refusal("Country is required", field="country")
    if not _CODE.fullmatch(terms.bank_code):
        raise Refusal("Bank code can have at most 20 letters and digits", field="bank_code")
    values: dict[str, Any] = {
        "name": terms.name,
        "country": terms.country,
        "address": terms.address,
        "bank_code": terms.bank_code.upper(),
        "licence": terms.licence,
        "bic": _bic(terms.bic),
        "iban": _iban(terms.iban, terms.country),
        "is_default": terms.is_default,
        "rules": dict(terms.rules),
    }
    if terms.credentials is not None:
        values["credentials"] = _credentials(terms.credentials)
    return values


def _bic(typed: str) -> str:
    if not typed:
        return ""
    try:
        return str(BIC(typed.replace(" ", "")).compact)
    except (SchwiftyException, ValueError):
        raise Refusal("This is not a valid SWIFT/BIC", field="bic") from None


def _iban(typed: str, country: str) -> str:
    """Return the form of the bank's IBANs: they begin with its country."""
    iban = re.sub(r"[\s-]", "", typed).upper()
    if not _IBAN.fullmatch(iban) or (iban and not iban.startswith(country)):
        raise Refusal(f"IBANs of this bank begin with {country}", field="iban")
    return iban


def _credentials(given: Mapping[str, Any]) -> str:
    """Return the text that is kept; an address among them must be one that may be asked."""
    if url := given.get("url"):
        demand_address(str(url), field="credentials")
    demand_token(str(given.get("key", "")), name="key", field="credentials")
    return json.dumps(dict(given)) if given else ""
