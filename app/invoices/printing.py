"""An invoice on paper."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.tenant import Organisation
from app.invoices.models import Invoice
from app.invoices.queries import pay_by
from app.kernel.countries import known_countries
from app.kernel.money import format_minor
from app.prints.printing import AT_ONCE_SECONDS, print_page
from app.statements.commands import shown_date


def invoice_pdf(session: Session, invoice: Invoice, *, printed_at: datetime, link: str) -> bytes:
    """Print the invoice; the same invoice at the same moment gives the same bytes.

    Refused as printing is: 422 where Pango is missing, 503 when the printer ends.
    """
    return print_page(
        "invoice.html",
        _values(session, invoice, printed_at=printed_at, link=link),
        printed_at=printed_at,
        identifier=f"{invoice.public_id} {invoice.version}",
        report=lambda _percent: None,
        longest_seconds=AT_ONCE_SECONDS,
    )


def _values(
    session: Session, invoice: Invoice, *, printed_at: datetime, link: str
) -> dict[str, Any]:
    tenant = session.get_one(Organisation, invoice.organisation_id)
    client = session.get_one(Client, invoice.client_id)
    country = known_countries().get(client.country, client.country)
    lines = (client.address, client.city, country)

    def shown(minor: int) -> str:
        return format_minor(minor, invoice.exponent)

    def day(moment: datetime) -> str:
        return shown_date(moment.astimezone(ZoneInfo(tenant.time_zone)).date())

    facts = [
        ("Invoice", invoice.number),
        ("Issued", day(invoice.created_at)),
        ("Client number", client.number),
        ("Status", invoice.status),
    ]
    if invoice.expires_at is not None:
        facts.insert(2, ("Pay by", pay_by(invoice, tenant.time_zone)))
    where = [("Network", invoice.network), ("Wallet address", invoice.wallet_address)]
    return {
        "organisation": tenant.name,
        "country": known_countries().get(tenant.country, tenant.country),
        "number": invoice.number,
        "printed": day(printed_at),
        "holder": {"name": client.name, "address": [line for line in lines if line]},
        "facts": facts,
        "description": invoice.description or f"Invoice {invoice.number}",
        "currency": invoice.currency,
        "amount": shown(invoice.amount_minor),
        "paid": shown(invoice.paid_minor),
        "outstanding": shown(invoice.outstanding_minor),
        "where": [(label, value) for label, value in where if value],
        "link": link,
    }
