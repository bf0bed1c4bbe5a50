"""The receipt of a movement of a customer's money, on half a page that they take along."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.tenant import Organisation
from app.kernel.countries import known_countries
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.kinds import kind_name
from app.ledger.models import Transaction
from app.organisation.models import Branch
from app.prints.printing import AT_ONCE_SECONDS, print_page
from app.statements.commands import shown_date
from app.transactions.breakdown import breakdown_of
from app.transactions.words import has_receipt

NO_RECEIPT = "There is a receipt of what was moved for a customer, and of nothing else."


def receipt_pdf(session: Session, one: Transaction, *, printed_at: datetime) -> bytes:
    """Print the receipt. Refused (409): what was not moved, or was reversed; as printing is."""
    if not has_receipt(one):
        raise Conflict(NO_RECEIPT)
    return print_page(
        "receipt.html",
        _values(session, one),
        printed_at=printed_at,
        identifier=f"{one.public_id} receipt",
        report=lambda _percent: None,
        longest_seconds=AT_ONCE_SECONDS,
    )


def _values(session: Session, one: Transaction) -> dict[str, Any]:
    tenant = session.get_one(Organisation, one.organisation_id)
    client = session.get_one(Client, one.client_id)
    account = session.get_one(Account, one.account_id)
    branch = session.get_one(Branch, one.branch_id)
    posted_at = (one.posted_at or one.created_at).astimezone(ZoneInfo(tenant.time_zone))
    facts = (
        ("Reference", one.reference),
        ("Date", f"{shown_date(posted_at.date())}, {posted_at:%H:%M}"),
        ("Customer", f"{client.name} · {client.number}"),
        ("Account", account.number),
        ("Source", one.source),
        ("Destination", one.beneficiary),
        ("Description", one.description),
        ("Served by", one.operator_name),
    )
    return {
        "organisation": tenant.name,
        "place": f"{branch.name} · {known_countries().get(branch.country, branch.country)}",
        "kind": kind_name(one.kind),
        "reference": one.reference,
        "facts": [(label, value) for label, value in facts if value],
        "sums": _sums(one),
    }


def _sums(one: Transaction) -> list[tuple[str, str]]:
    """Return the amount, each charge and what is left, the last of them in bold."""

    def shown(minor: int) -> str:
        return str(Money(minor, one.currency, one.exponent))

    quote = breakdown_of(one).quote
    if not quote.charges:
        sums = [("Amount", shown(one.amount_minor))]
    else:
        sums = [("Gross amount", shown(quote.gross_minor))]
        sums += [(charge.name, shown(-charge.total_minor)) for charge in quote.charges]
        sums.append(("Net amount", shown(quote.net_minor)))
    if one.settled_minor is not None and one.settled_currency != one.currency:
        received = Money(one.settled_minor, one.settled_currency or "", one.settled_exponent or 0)
        sums.append(("Received", str(received)))
    return sums
