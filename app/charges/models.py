"""Charges that fall due on a schedule, and each time one fell due for an asset."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Rate
from app.kernel.interest import round_half_up
from app.records.models import code_key

KINDS = {
    "MAINTENANCE": "Maintenance fee, each period",
    "OVERDRAFT": "Overdraft charge, each period in which the account was overdrawn",
    "ONE_OFF": "One-off charge, once on its date",
}
_DUE = text("state = 'due'")


class Charge(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """What the accounts of a product, or one account, are charged, and when (W01.18, W02.10).

    The amount is in minor units of `currency`; the tax is on top of it. `effective_to` is what was
    approved and stays; `ended_after` is the earlier day by which somebody ended it.
    """

    __tablename__ = "charge"
    __content__ = (
        "code", "name", "kind", "frequency", "currency", "amount_minor", "tax_percent",
        "income_product_id", "product_id", "account_id", "effective_from", "effective_to",
    )  # fmt: skip
    __constraints__ = (
        code_key("charge", where=IN_USE),
        CheckConstraint("kind in ('MAINTENANCE', 'OVERDRAFT', 'ONE_OFF')", name="kind"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(product_id is null) <> (account_id is null)", name="charged"),
        within("product", "income_product_id"),
        within("product", "product_id"),
        within("account", "account_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    frequency: Mapped[str] = mapped_column(default="MONTHLY")
    currency: Mapped[str]
    exponent: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigId)
    tax_percent: Mapped[Decimal | None] = mapped_column(Rate)
    income_product_id: Mapped[int] = mapped_column(BigId)
    product_id: Mapped[int | None] = mapped_column(BigId)
    account_id: Mapped[int | None] = mapped_column(BigId)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    ended_after: Mapped[date | None]

    @property
    def last_day(self) -> date | None:
        """The last day on which it falls due; before the first, it never does."""
        return self.ended_after or self.effective_to

    @property
    def tax_minor(self) -> int:
        """The tax on top of the amount, rounded half up, in minor units."""
        return round_half_up(self.amount_minor * Fraction(self.tax_percent or 0) / 100)

    @property
    def total_minor(self) -> int:
        """What is taken each time: the amount and its tax, in minor units."""
        return self.amount_minor + self.tax_minor

    def title(self) -> str:
        """Name the charge in the log and on its page."""
        return f"{self.code} {self.name}"


class ChargeDue(Tenant, Base):
    """A charge that fell due for an asset on a day: once; charged, waived, or waiting for money.

    `reason` says why it waits, or why it was waived.
    """

    __tablename__ = "charge_due"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "charge_id", "asset_id", "due_on"),
        CheckConstraint("state in ('due', 'charged', 'waived')", name="state"),
        CheckConstraint("(state = 'charged') = (transaction_id is not null)", name="charged"),
        Index(
            "ix_charge_due_open",
            "organisation_id",
            "asset_id",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index("ix_charge_due_asset", "organisation_id", "asset_id", "id"),
        within("charge", "charge_id"),
        within("asset", "asset_id"),
        within("transaction", "transaction_id"),
    )

    charge_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="due")
    reason: Mapped[str] = mapped_column(default="")
    charged_on: Mapped[date | None]
    transaction_id: Mapped[int | None] = mapped_column(BigId)
