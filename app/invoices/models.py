"""An invoice, and the documents that belong to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

PENDING, PAID, OVERPAID = "Pending", "Paid", "Overpaid"
UNDERPAID, EXPIRED = "Underpaid", "Expired"
SETTLED = (PAID, OVERPAID)
STATUSES = {
    PENDING: "warning",
    PAID: "success",
    OVERPAID: "info",
    UNDERPAID: "warning",
    EXPIRED: "danger",
}


class Invoice(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """A request to a client for an amount, in minor units of its currency (W13.06).

    `paid_minor` is the sum of its payments that are posted and not reversed; the status follows it
    until somebody sets one by hand. `public_id` is its address for whoever is sent the link.
    """

    __tablename__ = "invoice"
    __constraints__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("paid_minor >= 0", name="paid"),
        CheckConstraint(f"status in ({', '.join(repr(one) for one in STATUSES)})", name="status"),
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("public_id"),
        UniqueConstraint("organisation_id", "external_id"),
        Index("ix_invoice_client", "organisation_id", "client_id", "id"),
        within("client", "client_id"),
    )

    number: Mapped[str]
    public_id: Mapped[str]
    client_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    currency: Mapped[str]
    exponent: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigId)
    paid_minor: Mapped[int] = mapped_column(BigId, default=0)
    network: Mapped[str] = mapped_column(default="")
    wallet_address: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(default=PENDING)
    is_status_by_hand: Mapped[bool] = mapped_column(default=False)
    # When it last went to its client by mail.
    sent_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    comment: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")

    @property
    def outstanding_minor(self) -> int:
        """What is left to be paid, in minor units; never below zero."""
        return max(self.amount_minor - self.paid_minor, 0)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is asked for any more, by what was paid or by the status."""
        return self.outstanding_minor == 0 or self.status in SETTLED

    @property
    def is_given_up(self) -> bool:
        """Whether somebody let it expire, whatever its expiry says."""
        return self.status == EXPIRED and self.is_status_by_hand

    def is_late_at(self, now: datetime) -> bool:
        """Whether its expiry has come, whatever was paid of it."""
        return self.expires_at is not None and self.expires_at <= now

    def has_expired_at(self, now: datetime) -> bool:
        """Whether it is asked for no more at a moment: given up, or its expiry came unpaid."""
        return self.is_given_up or (self.is_late_at(now) and not self.is_settled)

    def status_at(self, now: datetime) -> str:
        """Return the status that the payments lead to at this moment."""
        if self.paid_minor == 0:
            return EXPIRED if self.is_late_at(now) else PENDING
        if self.paid_minor == self.amount_minor:
            return PAID
        return OVERPAID if self.paid_minor > self.amount_minor else UNDERPAID

    def title(self) -> str:
        """Name the invoice in the log."""
        return self.number


class InvoiceDocument(Tenant, Stamped, Retirable, Base):
    """A file that belongs to an invoice, kept as it was sent."""

    __tablename__ = "invoice_document"
    __redacted__ = frozenset({"content"})
    __constraints__ = (
        CheckConstraint("size_bytes > 0", name="size"),
        Index("ix_invoice_document_invoice", "organisation_id", "invoice_id"),
        within("invoice", "invoice_id"),
    )

    invoice_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]
    extension: Mapped[str]
    size_bytes: Mapped[int]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    def title(self) -> str:
        """Name the document in the log."""
        return f"{self.name}.{self.extension}"
