"""How often and by which way an account's statements are delivered, and those that were."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant
from app.deliveries.periods import FREQUENCIES

EMAIL, PHYSICAL, BOTH = "EMAIL", "PHYSICAL", "BOTH"
METHODS = {EMAIL: "Email", PHYSICAL: "Physical", BOTH: "Email and physical"}


class StatementConfig(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """An account's statements: how often and by which way.

    `last_statement_on` is the last day of the last statement that was made, and
    `last_balance_minor` what stood on it, in minor units of the account's currency (E35.05).
    """

    __tablename__ = "statement_config"
    __constraints__ = (
        UniqueConstraint("organisation_id", "account_id"),
        CheckConstraint(f"frequency in {tuple(FREQUENCIES)}", name="frequency"),
        CheckConstraint(f"method in {tuple(METHODS)}", name="method"),
        within("account", "account_id"),
        within("client", "client_id"),
        within("project", "project_id"),
    )

    account_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    frequency: Mapped[str]
    method: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    last_statement_on: Mapped[date | None]
    last_balance_minor: Mapped[int | None] = mapped_column(BigId)

    def title(self) -> str:
        """Name the configuration in the log."""
        return f"{FREQUENCIES[self.frequency]} statement"


class StatementDelivery(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """One statement that was made by itself: for which period, and how it reached the customer.

    `to_mail` and `to_print` say by which ways it goes; `mailed_at` and `printed_at` that it went.
    """

    __tablename__ = "statement_delivery"
    __constraints__ = (
        UniqueConstraint("organisation_id", "config_id", "last_day"),
        Index("ix_statement_delivery_statement", "organisation_id", "statement_id"),
        Index("ix_statement_delivery_list", "organisation_id", "to_print", "id"),
        within("statement_config", "config_id"),
        within("account", "account_id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("branch", "branch_id"),
        within("statement", "statement_id"),
        within("user", "printed_by"),
    )

    config_id: Mapped[int] = mapped_column(BigId)
    account_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    statement_id: Mapped[int] = mapped_column(BigId)
    first_day: Mapped[date]
    last_day: Mapped[date]
    balance_minor: Mapped[int] = mapped_column(BigId)
    to_mail: Mapped[bool]
    to_print: Mapped[bool]
    mailed_at: Mapped[datetime | None] = mapped_column(Instant)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)
    printed_by: Mapped[int | None] = mapped_column(BigId)

    def title(self) -> str:
        """Name the delivery in the log."""
        return f"Statement until {self.last_day.isoformat()}"
