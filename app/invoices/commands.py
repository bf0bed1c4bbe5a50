"""Invoices are issued, edited, given a status by hand, and expire (W13)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from app.addresses.models import Address
from app.clients.models import Client
from app.controls.commands import STALE, handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import system_actor
from app.controls.numbering import take_from
from app.controls.permissions import demand, find
from app.controls.usage import used_by
from app.controls.work import Work
from app.invoices.models import EXPIRED, PENDING, STATUSES, UNDERPAID, Invoice
from app.invoices.queries import cancelled_among
from app.kernel.codes import new_public_id
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import MAXIMUM_MINOR
from app.organisation.models import OrganisationCurrency

EXPIRY = "invoice-expiry"


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """What may change of an invoice later (W13.08); amounts in minor units of its currency.

    Without a status it is what the payments lead to.
    """

    amount_minor: int
    expires_at: datetime | None = None
    status: str | None = None
    comment: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Ask a client for an amount."""

    client_id: int
    currency: str
    terms: InvoiceTerms
    network: str = ""
    wallet_address: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class EditInvoice:
    """Change amount, expiry, status, comment or description."""

    invoice_id: int
    version: int
    terms: InvoiceTerms


@dataclass(frozen=True, slots=True)
class SetInvoiceStatus:
    """Give an invoice a status by hand, until its next payment; Expired, until it is paid."""

    invoice_id: int
    status: str


@dataclass(frozen=True, slots=True)
class ExpireInvoice:
    """Let an invoice that nobody paid expire when its time has come."""

    invoice_id: int


@handles(IssueInvoice, permission="invoices.create")
def issue_invoice(work: Work, command: IssueInvoice) -> int:
    """Issue it under the next number; returns its id.

    Refused (422): a currency the organisation does not deal in, an amount of nothing, an expiry
    that has passed. Refused (409): an external id that another invoice has. Refused (403):
    another status than Pending by who may not set it by hand.
    """
    client = find(work.session, work.actor, Client, command.client_id)
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == command.currency,
        OrganisationCurrency.retired_at.is_(None),
    )
    currency = work.session.scalars(query).one_or_none()
    if currency is None:
        raise Refusal("Currency is required", field="currency")
    invoice = work.add(
        Invoice(
            organisation_id=work.actor.tenant_id,
            number=take_from(work, "INVOICE", prefix="INV-", width=8),
            public_id=new_public_id(),
            client_id=client.id,
            project_id=client.project_id,
            currency=currency.code,
            exponent=currency.exponent,
            network=command.network,
            wallet_address=command.wallet_address,
            external_id=command.external_id,
            **_checked(work, command.terms, before=None),
            **({"status": PENDING} | _by_hand(work, command.terms.status, before=PENDING)),
        )
    )
    _expire_later(work, invoice)
    return invoice.id


@handles(EditInvoice, permission="invoices.edit")
def edit_invoice(work: Work, command: EditInvoice) -> int:
    """Save it; another amount counts the payments anew. Refusals are those of issuing."""
    invoice = find(work.session, work.actor, Invoice, command.invoice_id)
    if invoice.version != command.version:
        raise Conflict(STALE)
    terms, expiry = command.terms, invoice.expires_at
    chosen = _by_hand(work, terms.status, before=invoice.status)
    if chosen:
        _demand_wanted(work, invoice, chosen["status"])
    has_changed = (terms.amount_minor, terms.expires_at) != (invoice.amount_minor, expiry)
    for name, value in (_checked(work, terms, before=invoice) | chosen).items():
        setattr(invoice, name, value)
    if has_changed and not invoice.is_status_by_hand:
        invoice.status = invoice.status_at(work.now)
    if invoice.expires_at != expiry:
        _expire_later(work, invoice)
    return invoice.id


@handles(SetInvoiceStatus, permission="invoices.change-status")
def set_invoice_status(work: Work, command: SetInvoiceStatus) -> str:
    """Set the status at once; the log says that it was set by hand (W13.10).

    Refused (409): another than Expired of one that belongs to what was cancelled.
    """
    invoice = find(work.session, work.actor, Invoice, command.invoice_id)
    _demand_known(command.status)
    _demand_wanted(work, invoice, command.status)
    invoice.status = command.status
    invoice.is_status_by_hand = True
    return invoice.status


@handles(ExpireInvoice, permission="invoices.change-status")
def expire_invoice(work: Work, command: ExpireInvoice) -> bool:
    """Expire what is still pending and late; answers whether it did."""
    invoice = find(work.session, work.actor, Invoice, command.invoice_id)
    if (
        not invoice.is_late_at(work.now)
        or invoice.status not in {PENDING, UNDERPAID}
        or invoice.is_status_by_hand
    ):
        return False
    invoice.status = invoice.status_at(work.now)
    return True


@does(EXPIRY)
def expire_due_invoice(job: Job) -> None:
    """Do the expiry that is due."""
    worker = system_actor(job.organisation_id, frozenset({"invoices.change-status"}), "Worker")
    perform(ExpireInvoice(int(job.payload["invoice_id"])), worker)


@used_by(Address, "invoices that wait for payment")
def invoices_to_address(row: Address) -> Select[int]:
    """Select the invoices that customers were asked to pay to an address."""
    return select(Invoice.id).where(
        Invoice.organisation_id == row.organisation_id,
        Invoice.wallet_address == row.address,
        Invoice.status.in_((PENDING, UNDERPAID)),
    )


def _expire_later(work: Work, invoice: Invoice) -> None:
    """Let the worker look at the invoice when it expires; an expiry that moved is looked at too."""
    if invoice.expires_at is None:
        return
    # An expiry that is set again to where it was is an occurrence of its own.
    key = f"invoice-{invoice.id}-{invoice.version}-{work.operation_id}"
    enqueue(work, EXPIRY, key, {"invoice_id": invoice.id}, due_at=invoice.expires_at)


def _checked(work: Work, terms: InvoiceTerms, *, before: Invoice | None) -> dict[str, Any]:
    if not 0 < terms.amount_minor <= MAXIMUM_MINOR:
        raise Refusal("Amount must be greater than 0", field="amount")
    kept = before.expires_at if before is not None else None
    is_new = terms.expires_at is not None and terms.expires_at != kept
    if is_new and terms.expires_at <= work.now:
        raise Refusal("Expires At must be in the future", field="expires_at")
    return {
        "amount_minor": terms.amount_minor,
        "expires_at": terms.expires_at,
        "comment": terms.comment,
        "description": terms.description,
    }


def _by_hand(work: Work, status: str | None, *, before: str) -> dict[str, Any]:
    """Return the columns of a status that was chosen; none where it is the status anyway."""
    if status is None or status == before:
        return {}
    _demand_known(status)
    demand(work.actor, "invoices.change-status")
    return {"status": status, "is_status_by_hand": True}


def _demand_wanted(work: Work, invoice: Invoice, status: str) -> None:
    if status != EXPIRED and cancelled_among(work.session, [invoice.id]):
        raise Conflict(f"What {invoice.number} is for was cancelled: it stays Expired")


def _demand_known(status: str) -> None:
    if status not in STATUSES:
        raise Refusal("Choose a status from the list", field="status")
