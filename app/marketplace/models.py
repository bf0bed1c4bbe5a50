"""A product that is sold, an order of it, and an integration with an outside system."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId
from app.kernel.money import plain_decimal
from app.kernel.objects import written_object
from app.projects.models import OfProject, once_in_project

NEW, PAID, DELIVERED, CANCELLED = "new", "paid", "delivered", "cancelled"
STATUSES = {NEW: "New", PAID: "Paid", DELIVERED: "Delivered", CANCELLED: "Cancelled"}
TONES = {NEW: "info", PAID: "success", DELIVERED: "success", CANCELLED: "neutral"}
INTEGRATIONS = {
    "webstore": "Webstore",
    "payments": "Payments",
    "messaging": "Messaging",
    "identity": "Identity checks",
    "accounting": "Accounting",
    "other": "Other",
}


class MarketplaceProduct(OfProject, Base):
    """Something a project sells (M03.08), at a price in minor units of its currency."""

    __tablename__ = "marketplace_product"
    __constraints__ = (
        CheckConstraint("price_minor > 0", name="price"),
        once_in_project("marketplace_product", "name"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    exponent: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigId)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def price(self) -> str:
        """The price as a person types it."""
        return plain_decimal(self.price_minor, self.exponent)

    def title(self) -> str:
        """Name it in the log."""
        return self.name


class MarketplaceOrder(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """A client's order (M03.09), at the price of its day; paid when its invoice is."""

    __tablename__ = "marketplace_order"
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "number"),
        UniqueConstraint("invoice_id"),
        CheckConstraint("quantity between 1 and 10000", name="quantity"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status in ('new', 'delivered', 'cancelled')", name="status"),
        Index("ix_marketplace_order_list", "organisation_id", "project_id", "id"),
        within("project", "project_id"),
        within("client", "client_id"),
        within("marketplace_product", "product_id"),
        within("invoice", "invoice_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int] = mapped_column(BigId)
    product_id: Mapped[int] = mapped_column(BigId)
    invoice_id: Mapped[int] = mapped_column(BigId)
    number: Mapped[str]
    quantity: Mapped[int]
    currency: Mapped[str]
    exponent: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigId)
    status: Mapped[str] = mapped_column(default=NEW)

    def title(self) -> str:
        """Name it in the log."""
        return self.number


class Integration(OfProject, Base):
    """An outside system a project works with (M03.11) and what that is told; nothing secret."""

    __tablename__ = "integration"
    __constraints__ = (
        CheckConstraint(f"kind in {tuple(INTEGRATIONS)}", name="kind"),
        once_in_project("integration", "name"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def settings_text(self) -> str:
        """The settings as a person edits them."""
        return written_object(self.settings)

    def title(self) -> str:
        """Name it in the log."""
        return self.name
