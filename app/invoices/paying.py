"""Paying an invoice out of an asset of its client; the status follows what is posted (L06.04)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from app.controls.commands import follows, handles
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.work import Work
from app.counter.commands import ACTS
from app.invoices.models import Invoice
from app.invoices.queries import CONTEXT, PAYMENT, demand_due, demand_open, waiting_text
from app.invoices.returned import give_up, sent_back
from app.kernel.errors import Refusal
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.locking import LockedAsset
from app.ledger.models import Asset, Transaction
from app.mandates.commands import keep_signatures
from app.mandates.owners import demand_signed_by_owner
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.exchange import Exchange
from app.transactions.houses import with_house
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, record

# What tellers and batches do all day pays no invoice: they are not asked.
_NEVER = (Deposit, Withdraw, Transfer, CreditBonus, Exchange)


@dataclass(frozen=True, slots=True)
class PayInvoice:
    """Pay an invoice, in minor units of its currency, out of one of its client's assets.

    It is signed for as what is taken out over the counter: by `MoveAtCounter`.
    """

    invoice_id: int
    asset_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PayOwnInvoice:
    """The same, by the client in their own area."""

    invoice_id: int
    asset_id: int
    amount_minor: int


@handles(PayInvoice, permission="invoices.pay")
def pay_invoice(work: Work, command: PayInvoice) -> int:
    """Post the payment, or let it wait for approval; returns the transaction's id (L02.07).

    Refused (422): an asset of somebody else or in another currency. Refused (409): an invoice
    that has nothing outstanding or was withdrawn, whatever a payment out of the asset is refused
    for.
    """
    invoice, lines = _locked(work, command)
    demand_open(work.session, invoice, work.now)
    return _paid(work, command, invoice, lines)


ACTS[PayInvoice] = ("invoices.pay", pay_invoice)


@handles(PayOwnInvoice, permission="portal.view")
def pay_own_invoice(work: Work, command: PayOwnInvoice) -> int:
    """Post the client's payment; an invoice or asset of somebody else is missing (404).

    It takes the place of what the client paid before and was sent back. More than is outstanding,
    less what waits already, is refused (422): only staff overpay an invoice, and give it back.
    So is an account that more than the client must sign for (E34.09-12). Refused (409): an
    invoice that is settled or withdrawn.
    """
    asset = find(work.session, work.actor, Asset, command.asset_id)
    account = work.session.get_one(Account, asset.account_id)
    signed = demand_signed_by_owner(
        work, account, amount_minor=command.amount_minor, currency=asset.currency
    )
    returned = sent_back(work, command.invoice_id, by_client=True)
    invoice, lines = _locked(work, command)
    due = demand_due(work.session, invoice, work.now)
    if command.amount_minor > due.left_minor:
        left = Money(due.left_minor, invoice.currency, invoice.exponent)
        waits = waiting_text(invoice, due.waiting_minor)
        more = f": {waits}" if waits else ""
        raise Refusal(f"Only {left} is left to pay{more}", field="amount")
    give_up(work, returned)
    transaction_id = _paid(work, command, invoice, lines)
    keep_signatures(work, account, transaction_id, signed)
    return transaction_id


def _locked(
    work: Work, command: PayInvoice | PayOwnInvoice
) -> tuple[Invoice, tuple[LockedAsset, LockedAsset]]:
    """Lock the asset, then the invoice: in this order a payment that waited is posted as well.

    So whoever pays in two windows at once pays what is left after the first.
    """
    lines = with_house(work, command.asset_id, "clearing")
    return find_locked(work, Invoice, command.invoice_id), lines


def _paid(
    work: Work,
    command: PayInvoice | PayOwnInvoice,
    invoice: Invoice,
    lines: tuple[LockedAsset, LockedAsset],
) -> int:
    asset, clearing = lines
    if asset.client_id != invoice.client_id or asset.currency != invoice.currency:
        raise Refusal(f"Choose an asset of the client in {invoice.currency}", field="asset_id")
    particulars = Particulars(
        description=invoice.description or f"Invoice {invoice.number}",
        beneficiary=f"Invoice {invoice.number}",
    )
    legs = (Leg(asset, clearing, command.amount_minor),)
    context = {"context_kind": CONTEXT, "context_id": invoice.id}
    movement = Movement(PAYMENT, "out", asset, clearing, legs, particulars, more=context)
    return record(work, movement, None)


@follows
def settle_invoices(work: Work) -> None:
    """Count the payments of an invoice anew when one is posted or given back."""
    if not work.posted_transaction_ids or isinstance(work.command, _NEVER):
        return
    original = aliased(Transaction)
    query = (
        select(func.coalesce(Transaction.context_id, original.context_id))
        .outerjoin(original, original.id == Transaction.reverses_id)
        .where(
            Transaction.id.in_(work.posted_transaction_ids),
            or_(Transaction.context_kind == CONTEXT, original.context_kind == CONTEXT),
        )
        .distinct()
    )
    settle(work, work.session.scalars(query).all())


def settle(work: Work, invoice_ids: Iterable[int]) -> None:
    """Write what is paid of each invoice, and the status it leads to, under the invoice's lock.

    One that somebody let expire stays expired, unless it is paid in full.
    """
    for invoice_id in sorted(invoice_ids):
        invoice = work.session.get_one(Invoice, invoice_id, with_for_update=True)
        invoice.paid_minor = _paid_minor(work, invoice)
        if not invoice.is_given_up or invoice.outstanding_minor == 0:
            invoice.status = invoice.status_at(work.now)
            invoice.is_status_by_hand = False
    work.session.flush()  # the log is written right after the followers


def _paid_minor(work: Work, invoice: Invoice) -> int:
    """Return the sum of the posted payments less those that posted reversals gave back."""
    original = aliased(Transaction)
    signed = case(
        (Transaction.kind == "reversal", -original.amount_minor), else_=Transaction.amount_minor
    )
    of_it = or_(
        (Transaction.context_kind == CONTEXT) & (Transaction.context_id == invoice.id),
        (original.context_kind == CONTEXT) & (original.context_id == invoice.id),
    )
    query = (
        select(func.coalesce(func.sum(signed), 0))
        .outerjoin(original, original.id == Transaction.reverses_id)
        .where(
            Transaction.organisation_id == invoice.organisation_id,
            Transaction.posted_at.is_not(None),
            of_it,
        )
    )
    return int(work.session.scalar(query) or 0)
