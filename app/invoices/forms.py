"""The forms of an invoice, of a payment of one and of a document that is attached."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request
from flask_wtf.file import FileField
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.clients.picking import client_field
from app.counter.forms import SignedForm, signed_by_field
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.documents import LARGEST_BYTES, AttachDocument
from app.invoices.models import STATUSES
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.web.forms import LONGEST_NOTE, Form, as_id, chosen, optional, options, required, stripped

PAY_FROM = "Choose the account to pay from"


class InvoiceForm(Form):
    """An invoice (W13.06); client, currency and where it is paid to are chosen once.

    The status is asked of those who may set it by a click as well.
    """

    client_id = client_field("Client", chosen("Client"))
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    amount = StringField("Amount", required("Amount"))
    network = StringField("Network", optional("Network"), description="Of a crypto currency")
    wallet_address = StringField("Wallet address", optional("Wallet address"))
    external_id = StringField("External ID", optional("External ID"))
    expires_at = DateTimeLocalField("Expires At", [Optional()])
    status = SelectField("Status", choices=options([*STATUSES]), validate_choice=False)
    comment = TextAreaField(
        "Comment",
        optional("Comment", LONGEST_NOTE),
        description="Internal: the client never sees it",
    )
    description = TextAreaField("Description", optional("Description", LONGEST_NOTE))

    def ask_status(self, *, may_set: bool) -> None:
        """Leave the status to the payments where the person may not set it by hand."""
        if not may_set:
            del self.status

    def issue(self, exponents: Mapping[str, int]) -> IssueInvoice:
        """Return the command of a new invoice; refuses (422) an amount that is none."""
        currency = stripped(self.currency.data)
        return IssueInvoice(
            as_id(self.client_id.data) or 0,
            currency,
            self.terms(exponents.get(currency, 0)),
            network=stripped(self.network.data),
            wallet_address=stripped(self.wallet_address.data),
            external_id=stripped(self.external_id.data) or None,
        )

    def terms(self, exponent: int) -> InvoiceTerms:
        """Return what may change later; the expiry is a time of the organisation's zone."""
        return InvoiceTerms(
            minor(self, exponent),
            _instant(self.expires_at.data),
            self.status.data if "status" in self else None,
            stripped(self.comment.data),
            stripped(self.description.data),
        )


class PaymentForm(SignedForm):
    """A payment of an invoice out of one of its client's assets, and who signed for it."""

    asset_id = SelectField("Pay from", [InputRequired(PAY_FROM)], validate_choice=False)
    amount = StringField("Amount", required("Amount"))
    signed_by = signed_by_field()


class DocumentForm(Form):
    """A file for an invoice."""

    file = FileField(
        "File",
        description=f"pdf, doc, docx, xls, xlsx, txt, csv, jpg, jpeg or png, "
        f"at most {LARGEST_BYTES >> 20} MiB",
    )

    def command(self, invoice_id: int) -> AttachDocument:
        """Return the command; refuses (422) a form without a file."""
        sent: Any = request.files.get("file")
        if sent is None or not sent.filename:
            raise Refusal("Choose a file", field="file")
        return AttachDocument(invoice_id, sent.filename, sent.stream.read(LARGEST_BYTES + 1))


def minor(form: Any, exponent: int) -> int:
    """Read the form's amount in the currency's decimals; what is refused stands beside it."""
    try:
        return parse_minor(form.amount.data or "", exponent, name="Amount")
    except Refusal as refusal:
        refusal.field = "amount"
        raise


def local(moment: datetime | None) -> datetime | None:
    """Return an instant as the organisation's clock shows it, for a form's field."""
    return moment.astimezone(_zone()).replace(tzinfo=None) if moment is not None else None


def _instant(typed: datetime | None) -> datetime | None:
    if typed is None:
        return None
    try:
        return typed.replace(tzinfo=_zone()).astimezone(UTC)
    except OverflowError:
        raise Refusal("Expires At must be a date such as 2026-11-20", field="expires_at") from None


def _zone() -> ZoneInfo:
    return ZoneInfo(g.get("time_zone", "UTC"))
