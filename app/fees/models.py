"""Transaction codes, commission types with their bands, and the fees of a company's groups."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, Reviewed
from app.controls.sight import SeenWithProject
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json, Rate
from app.records.models import code_key

SIDES = {"debit": "Debit", "credit": "Credit", "both": "Both"}
# Kinds of movement by the label of their sub-type.
KINDS = {
    "deposit": "Deposit",
    "withdrawal": "Withdrawal",
    "transfer": "Transfer",
    "exchange": "Exchange",
}
BASES = {"FLAT": "Flat amount", "PERCENTAGE": "Percentage"}
# Decimals of an amount in whichever currency the transaction has.
ANY_CURRENCY_DECIMALS = 4
FEE_BASES = {"static": "Static", "percent": "Percent"}
_LIVE = text("retired_at is null")


class TransactionCode(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """What an entry is booked under; usable once it is authorized (E17.02)."""

    __tablename__ = "transaction_code"
    __content__ = ("code", "description", "side")
    __constraints__ = (
        code_key("transaction_code", where=IN_USE),
        CheckConstraint("side in ('debit', 'credit', 'both')", name="side"),
    )

    code: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    side: Mapped[str]

    def title(self) -> str:
        """Name the code in the log."""
        return self.code


class CommissionType(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A charge worked out by bands of the amount; each band is a `Band` written as JSON.

    `kinds` are the movements it is charged on; none means that nothing charges it by itself.
    """

    __tablename__ = "commission_type"
    __configuration__ = True
    __content__ = (
        "code", "name", "currency", "income_product_id", "transaction_code_id", "basis",
        "is_sliced", "kinds", "tax_percent", "is_on_top", "bands",
    )  # fmt: skip
    __constraints__ = (
        code_key("commission_type", where=IN_USE),
        CheckConstraint("basis in ('FLAT', 'PERCENTAGE')", name="basis"),
        within("product", "income_product_id"),
        within("transaction_code", "transaction_code_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[str]
    exponent: Mapped[int]
    income_product_id: Mapped[int] = mapped_column(BigId)
    transaction_code_id: Mapped[int] = mapped_column(BigId)
    basis: Mapped[str]
    is_sliced: Mapped[bool] = mapped_column(default=False)
    is_on_top: Mapped[bool] = mapped_column(default=False)
    kinds: Mapped[list[str]] = mapped_column(Json, default=list)
    tax_percent: Mapped[Decimal | None] = mapped_column(Rate)
    bands: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)

    def title(self) -> str:
        """Name the commission type in the log."""
        return f"{self.code} {self.name}"


class CompanyFee(Tenant, Versioned, Stamped, Retirable, SeenWithProject, Base):
    """A fee of a group: a fixed amount or a percentage, from a minimum to a maximum amount.

    `amount`, `minimum` and `maximum` are in units of the transaction's currency, which may be
    any; a percent's amount is the percentage. Of an exchange, `currency` is what goes out and
    `counter_currency` what comes in (W04.09).
    """

    __tablename__ = "company_fee"
    __configuration__ = True
    __constraints__ = (
        CheckConstraint("basis in ('static', 'percent')", name="basis"),
        Index("ix_company_fee_group", "organisation_id", "group_id"),
        within("fee_group", "group_id"),
        within("project", "project_id"),
        within("transaction_sub_type", "sub_type_id"),
    )

    group_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)
    sub_type_id: Mapped[int | None] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(default="")
    counter_currency: Mapped[str] = mapped_column(default="")
    basis: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Rate)
    minimum: Mapped[Decimal | None] = mapped_column(Rate)
    maximum: Mapped[Decimal | None] = mapped_column(Rate)
    tax_percent: Mapped[Decimal | None] = mapped_column(Rate)
    is_on_top: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the fee in the log."""
        return f"Company fee {self.id or ''}".strip()
