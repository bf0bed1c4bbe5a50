"""Who may sign for an account, until when and up to which amount; and who signed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

PRIMARY_HOLDER = "PRIMARY_HOLDER"
KINDS = {
    PRIMARY_HOLDER: "Primary holder",
    "JOINT_HOLDER": "Joint holder",
    "AUTHORIZED_SIGNATORY": "Authorized signatory",
    "DIRECTOR": "Director",
    "GUARDIAN": "Guardian",
    "POWER_OF_ATTORNEY": "Power of attorney",
}


class Mandate(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """One who may sign for an account, from a day on; no last day means indefinitely (E34.04).

    `limit_minor` is the most that one transaction may come to, in minor units of the account's
    currency; None is no limit. `client_id` and `project_id` are the account's own: a mandate is
    seen with its account. `signatory_client_id` is the signatory, where that is a customer.
    """

    __tablename__ = "mandate"
    __personal__ = frozenset({"email", "phone", "identity_reference"})
    __constraints__ = (
        CheckConstraint(f"kind in {tuple(KINDS)}", name="kind"),
        CheckConstraint("effective_to > effective_from", name="period"),
        CheckConstraint("limit_minor > 0", name="limit"),
        Index("ix_mandate_account", "organisation_id", "account_id", "id"),
        within("account", "account_id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("client", "signatory_client_id"),
    )

    account_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str]
    name: Mapped[str]
    signatory_client_id: Mapped[int | None] = mapped_column(BigId)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    limit_minor: Mapped[int | None] = mapped_column(BigId)
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    identity_type: Mapped[str] = mapped_column(default="")
    identity_reference: Mapped[str] = mapped_column(default="")
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revocation_reason: Mapped[str] = mapped_column(default="")

    def state_on(self, day: date) -> str:
        """Return "Active", "Upcoming", "Ended" or "Revoked" as it is on a business day."""
        if self.revoked_at is not None:
            return "Revoked"
        if self.effective_from > day:
            return "Upcoming"
        is_over = self.effective_to is not None and self.effective_to < day
        return "Ended" if is_over else "Active"

    def title(self) -> str:
        """Name the mandate in the log."""
        return f"{self.name}, {KINDS[self.kind].lower()}"


class Signature(Tenant, Base):
    """One who signed for a transaction at the counter, under which rule.

    Never changed; it goes only where another signs what was sent back.
    """

    __tablename__ = "signature"
    __constraints__ = (
        UniqueConstraint("organisation_id", "transaction_id", "mandate_id"),
        within("transaction", "transaction_id"),
        within("mandate", "mandate_id"),
    )

    transaction_id: Mapped[int] = mapped_column(BigId)
    mandate_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]
    kind: Mapped[str]
    rule: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(Instant)

    def title(self) -> str:
        """Name the signature in the log."""
        return f"{self.name} signed"
