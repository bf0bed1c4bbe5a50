"""What a waiting exchange would come to at the rates of today, for whoever approves it."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.tenant import Organisation
from app.currencies.queries import quote_of
from app.kernel.errors import Refusal
from app.kernel.exchange import Conversion, Quote, convert_given
from app.ledger.models import Transaction
from app.organisation.models import OrganisationCurrency
from app.web import cells
from app.web.pages import fact

_CENT = Decimal("0.01")


def requoted(session: Session, one: Transaction) -> list[dict[str, Any]]:
    """Return today's rate beside the deal's, the amount at it, and how far the two are apart.

    Nothing of what is no exchange, is posted or over, and so keeps its rate for good.
    """
    if one.kind != "exchange" or one.posted_at is not None or one.is_final:
        return []
    today = _at_todays_rates(session, one)
    if today is None:
        return [fact("Rate today", cells.text("There is none: the deal cannot be compared"))]
    agreed, now = one.settled_minor or 0, today.received_minor
    received = cells.money(now, one.settled_exponent or 0, one.settled_currency or "")
    return [
        fact("Rate today", cells.text(f"{today.rate:f} (agreed {one.exchange_rate:f})")),
        fact("Received at today's rate", received),
        fact("Today's rate against the agreed one", cells.text(_apart(agreed, now))),
    ]


def _apart(agreed_minor: int, now_minor: int) -> str:
    """Say by how many percent the customer would receive more or less; two decimals."""
    percent = Decimal(100 * (now_minor - agreed_minor)) / Decimal(agreed_minor)
    if not percent:
        return "The same"
    word = "more" if percent > 0 else "less"
    return f"{abs(percent).quantize(_CENT):,f} % {word}"


def _at_todays_rates(session: Session, one: Transaction) -> Conversion | None:
    given, received = (_quote(session, one, code) for code in (one.currency, one.settled_currency))
    if given is None or received is None:
        return None
    tenant = session.get_one(Organisation, one.organisation_id)
    try:
        return convert_given(one.amount_minor, given, received, tenant.base_exponent)
    except Refusal:
        return None


def _quote(session: Session, one: Transaction, code: str | None) -> Quote | None:
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == one.organisation_id,
        OrganisationCurrency.code == code,
        OrganisationCurrency.retired_at.is_(None),
    )
    currency = session.scalars(query).one_or_none()
    return None if currency is None else quote_of(currency)
