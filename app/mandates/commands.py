"""Mandates are added, changed and revoked; who signed for a transaction is kept with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.accounts.belongings import belongs_to_account
from app.accounts.terms import ANY_ONE
from app.clients.models import Client
from app.controls.approvals import checked_reason
from app.controls.commands import STALE, handles
from app.controls.permissions import find, visible
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal, all_of
from app.kernel.money import MAXIMUM_MINOR
from app.kernel.phones import international
from app.ledger.accounts import Account
from app.ledger.closed import demand_not_closed
from app.mandates.models import KINDS, Mandate, Signature
from app.mandates.queries import other_mandate_of, signatories_of, signatures_of
from app.mandates.rules import obstacle_to_signing

NOT_AUTHORIZED = "Can only add mandates to AUTHORIZED accounts"
NOT_AFTER = "effectiveTo must be after effectiveFrom"
HELD = "This customer holds a mandate for some of these days already, as {name}"
NO_CUSTOMER = "Signatory customer not found"
belongs_to_account(Mandate)


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be changed of a mandate; `limit_minor` is in the account's currency."""

    effective_to: date | None = None
    limit_minor: int | None = None
    email: str = ""
    phone: str = ""
    identity_type: str = ""
    identity_reference: str = ""


@dataclass(frozen=True, slots=True)
class AddMandate:
    """Let somebody sign for an account; a signatory who is a customer is named by their number."""

    account_id: int
    name: str
    kind: str
    effective_from: date | None
    terms: Terms
    signatory_number: str = ""


@dataclass(frozen=True, slots=True)
class EditMandate:
    """Change a mandate's last day, limit, contact and identity."""

    mandate_id: int
    version: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class RevokeMandate:
    """End a mandate at once, for a reason."""

    mandate_id: int
    version: int
    reason: str


@handles(AddMandate, permission="mandates.create")
def add_mandate(work: Work, command: AddMandate) -> int:
    """Add the mandate to an approved, open account; refuses what E34.05-07 name. Returns the id.

    Refused (409): another of the same customer for some of the same days.
    """
    account = find(work.session, work.actor, Account, command.account_id)
    if account.holder == "internal":
        raise Conflict("Nobody signs for the house's own accounts")
    if not account.is_authorised:
        raise Conflict(NOT_AUTHORIZED)
    demand_not_closed(work, account)
    client_id, begins, terms, *_ = all_of(
        lambda: _signatory(work, command.signatory_number),
        lambda: _beginning(command),
        lambda: _checked(work, command.terms, command.effective_from),
        lambda: _demand_named(command),
    )
    mandate_id = write_mandate(
        work,
        account,
        kind=command.kind,
        name=command.name.strip(),
        signatory_client_id=client_id,
        effective_from=begins,
        **terms,
    )
    _demand_only(work, mandate_id, field="signatory_number")
    return mandate_id


@handles(EditMandate, permission="mandates.edit")
def edit_mandate(work: Work, command: EditMandate) -> int:
    """Save the terms; a stale version and a mandate that was revoked are refused (409).

    So is a later end that reaches into another mandate of the same customer.
    """
    mandate = _changed(work, command.mandate_id, command.version)
    former_end = mandate.effective_to
    for key, value in _checked(work, command.terms, mandate.effective_from).items():
        setattr(mandate, key, value)
    ends = mandate.effective_to
    if former_end is not None and (ends is None or ends > former_end):
        work.session.flush()  # it is compared with the others as it has just become
        _demand_only(work, mandate.id, field="effective_to")
    return mandate.id


@handles(RevokeMandate, permission="mandates.edit")
def revoke_mandate(work: Work, command: RevokeMandate) -> int:
    """End it now, though it began today; the reason has 5 to 500 characters."""
    mandate = _changed(work, command.mandate_id, command.version)
    mandate.revocation_reason = checked_reason(command.reason)
    mandate.revoked_at = work.now
    return mandate.id


def write_mandate(work: Work, account: Account, **columns: Any) -> int:
    """Write a mandate of an account inside a command; returns its id."""
    mandate = Mandate(
        organisation_id=account.organisation_id,
        account_id=account.id,
        client_id=account.client_id,
        project_id=account.project_id,
        **columns,
    )
    return work.add(mandate).id


def is_signed_by_any(account: Account) -> bool:
    """Tell whether one holder is enough for the account, whoever it is (E34.09)."""
    return account.signing_rule in {"", ANY_ONE}


def demand_signed(
    work: Work, account: Account, signed: Collection[int], *, amount_minor: int, currency: str
) -> None:
    """Refuse (422) an amount that those who signed may not sign for, by the account's rule."""
    signatories = signatories_of(
        work.session, account, amount_minor=amount_minor, currency=currency
    )
    sentence = obstacle_to_signing(account.signing_rule, signatories, signed)
    if sentence is not None:
        raise Refusal(sentence, field="signed_by")


def keep_signatures(
    work: Work, account: Account, transaction_id: int, signed: Collection[int]
) -> None:
    """Keep who signed for a transaction, with their names as they are now."""
    query = select(Mandate).where(
        Mandate.organisation_id == account.organisation_id, Mandate.id.in_(signed)
    )
    for one in work.session.scalars(query.order_by(Mandate.id)):
        work.session.add(
            Signature(
                organisation_id=account.organisation_id,
                transaction_id=transaction_id,
                mandate_id=one.id,
                name=one.name,
                kind=one.kind,
                rule=account.signing_rule or ANY_ONE,
                signed_at=work.now,
            )
        )


def sign_anew(
    work: Work,
    transaction: Any,
    signed: Collection[int] | None,
    *,
    amount_minor: int,
    is_same_payment: bool,
) -> None:
    """Keep who signed the corrected slip instead of the first; None is those who signed before.

    Refused (422): an amount that they may not sign for. Nobody has signed for another amount or
    another payee before. Nobody signs for the house's own accounts.
    """
    before = {one.mandate_id: one for one in signatures_of(work.session, transaction)}
    standing = before if signed is None and is_same_payment else {}
    wanted = set(standing if signed is None else signed)
    account = work.session.get_one(Account, transaction.account_id)
    if not wanted and ((signed is None and not before) or account.holder == "internal"):
        return
    currency = transaction.currency
    demand_signed(work, account, wanted, amount_minor=amount_minor, currency=currency)
    kept = standing.keys() & wanted
    for mandate_id in before.keys() - kept:
        work.session.delete(before[mandate_id])
    work.session.flush()  # who signs again does so once
    keep_signatures(work, account, transaction.id, wanted - kept)


def _beginning(command: AddMandate) -> date:
    if command.effective_from is None:
        raise Refusal("Effective From is required", field="effective_from")
    return command.effective_from


def _demand_named(command: AddMandate) -> None:
    if not command.name.strip():
        raise Refusal("Signatory Name is required", field="name")
    if command.kind not in KINDS:
        raise Refusal("Choose a signatory type from the list", field="kind")


def _signatory(work: Work, number: str) -> int | None:
    if not number:
        return None
    query = select(Client.id).where(
        *visible(work.actor, Client), Client.number == number, Client.retired_at.is_(None)
    )
    client_id = work.session.scalar(query)
    if client_id is None:
        raise Refusal(NO_CUSTOMER, field="signatory_number")
    return client_id


def _demand_only(work: Work, mandate_id: int, *, field: str) -> None:
    """Refuse a second mandate of one customer at a time; two who add one at once take turns."""
    work.take_turns()
    other = other_mandate_of(work.session, work.session.get_one(Mandate, mandate_id))
    if other is not None:
        raise Conflict(HELD.format(name=other.name), field=field)


def _checked(work: Work, terms: Terms, begins: date | None) -> dict[str, Any]:
    phone, *_ = all_of(
        lambda: international(terms.phone, work.organisation.country),
        lambda: _demand_end(terms, begins),
        lambda: _demand_limit(terms),
    )
    typed = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return typed | {"phone": phone}


def _demand_end(terms: Terms, begins: date | None) -> None:
    if terms.effective_to is not None and begins is not None and terms.effective_to <= begins:
        raise Refusal(NOT_AFTER, field="effective_to")


def _demand_limit(terms: Terms) -> None:
    if terms.limit_minor is not None and not 0 < terms.limit_minor <= MAXIMUM_MINOR:
        raise Refusal("Transaction Limit must be greater than 0", field="limit")


def _changed(work: Work, mandate_id: int, version: int) -> Mandate:
    mandate = find(work.session, work.actor, Mandate, mandate_id)
    if mandate.version != version:
        raise Conflict(STALE)
    if mandate.revoked_at is not None:
        raise Conflict("This mandate was revoked and cannot be changed")
    return mandate
