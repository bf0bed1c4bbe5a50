"""A payment method: the system behind it, the currencies it takes, what integrations know of it."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.secrecy import Encrypted
from app.controls.sight import SeenWithProject
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json

DEPOSIT, WITHDRAWAL = "deposit", "withdrawal"
TYPES = {
    "auto": "Auto: customers pay on the site",
    "manual": "Manual: customers follow a link to the payment system",
}
INTEGRATIONS = {
    "internal": "Internal: server to server, a card is entered on the site",
    "external": "External: the payment system's own page",
}
_LIVE = text("retired_at is null")


class PaymentMethod(Tenant, Versioned, Stamped, Retirable, SeenWithProject, Base):
    """A way to pay of one project (M03.10). Its label stays; `name` is what integrations call it.

    `credentials` is the text of a JSON object, encrypted; nobody is shown it again.
    """

    __tablename__ = "payment_method"
    __redacted__ = frozenset({"credentials"})
    __constraints__ = (
        CheckConstraint("direction in ('deposit', 'withdrawal')", name="direction"),
        CheckConstraint("type in ('', 'auto', 'manual')", name="type"),
        CheckConstraint("integration in ('', 'internal', 'external')", name="integration"),
        Index(
            "uq_payment_method_name",
            "organisation_id",
            "project_id",
            "direction",
            "name",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    direction: Mapped[str]
    type: Mapped[str] = mapped_column(default="")
    integration: Mapped[str] = mapped_column(default="")
    label: Mapped[str]
    name: Mapped[str]
    merchant_id: Mapped[str] = mapped_column(default="")
    currencies: Mapped[list[str]] = mapped_column(Json, default=list)
    language: Mapped[str] = mapped_column(default="en")
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    additional: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credentials: Mapped[str] = mapped_column(Encrypted, default="")
    placeholder: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the method in the log."""
        return self.label
