"""Account conditions in versions, the products and accounts that follow them, base rates."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json, Rate, plain_rate
from app.kernel.interest import Settling, Tier

BALANCE_TYPES = {
    "VALUE": "Value-dated balance",
    "LEDGER": "Ledger balance",
    "AVAILABLE": "Ledger balance less holds",
}
METHODS = {"WHOLE": "One tier bears the whole balance", "SLICED": "Each tier bears its slice"}
TAX_TYPES = {
    "WITHHOLDING": "Withholding tax, taken from credit interest",
    "EXCISE": "Excise duty, added to debit interest",
}
TAXED_SIDE = {"WITHHOLDING": "C", "EXCISE": "D"}
SIDES = {"C": "Credit", "D": "Debit"}


def _dated_code(table: str) -> Index:
    """Let a code begin once on a date among the records not deleted nor denied (E32.19)."""
    return Index(
        f"uq_{table}_version",
        "organisation_id",
        "code",
        "effective_from",
        unique=True,
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )


class BaseRate(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """What a base rate is from a date on, in percent a year; its code's rows are its history."""

    __tablename__ = "base_rate"
    __content__ = ("code", "name", "rate_percent", "effective_from")
    __constraints__ = (_dated_code("base_rate"),)

    code: Mapped[str]
    name: Mapped[str]
    rate_percent: Mapped[Decimal] = mapped_column(Rate)
    effective_from: Mapped[date]

    def title(self) -> str:
        """Name the rate in the log and on its page."""
        return f"{self.code} from {self.effective_from.isoformat()}"

    def told(self) -> str:
        """Say what the rate is, and from when."""
        return f"{self.title()} is {self.rate_percent:f} %"


class AccountCondition(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """How interest of accounts in a currency is worked out and booked, from a date on.

    The versions of a condition share its code. Tiers are kept as texts; amounts are minor units.
    With a base rate, a tier's rate is a margin above it. `penalty_percent` is borne by what is
    overdrawn beyond the permitted overdraft. `effective_to` is the last day, set when a later
    version supersedes this one. `authorised_on` is the business date of the approval: days that
    were closed by then never knew the version.
    """

    __tablename__ = "account_condition"
    __content__ = (
        "code", "name", "currency", "effective_from", "day_count", "balance_type",
        "credit_method", "debit_method", "accrual_frequency", "posting_frequency",
        "capitalisation_frequency", "base_rate_id", "tiers", "credit_min_minor",
        "credit_max_minor", "debit_min_minor", "debit_max_minor", "penalty_percent",
        "de_minimis_minor", "tax_type", "tax_percent", "expense_product_id",
        "liability_product_id", "income_product_id", "receivable_product_id", "tax_product_id",
        "comments",
    )  # fmt: skip
    __constraints__ = (
        _dated_code("account_condition"),
        CheckConstraint("effective_to is null or effective_to >= effective_from", name="period"),
        CheckConstraint("de_minimis_minor >= 0", name="de_minimis"),
        within("base_rate", "base_rate_id"),
        within("account_condition", "supersedes_id"),
        within("product", "expense_product_id"),
        within("product", "liability_product_id"),
        within("product", "income_product_id"),
        within("product", "receivable_product_id"),
        within("product", "tax_product_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[str]
    exponent: Mapped[int]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    supersedes_id: Mapped[int | None] = mapped_column(BigId)
    day_count: Mapped[str] = mapped_column(default="ACT/365F")
    balance_type: Mapped[str] = mapped_column(default="VALUE")
    credit_method: Mapped[str] = mapped_column(default="WHOLE")
    debit_method: Mapped[str] = mapped_column(default="WHOLE")
    accrual_frequency: Mapped[str] = mapped_column(default="DAILY")
    posting_frequency: Mapped[str] = mapped_column(default="MONTHLY")
    capitalisation_frequency: Mapped[str] = mapped_column(default="MONTHLY")
    base_rate_id: Mapped[int | None] = mapped_column(BigId)
    tiers: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    credit_min_minor: Mapped[int | None] = mapped_column(BigId)
    credit_max_minor: Mapped[int | None] = mapped_column(BigId)
    debit_min_minor: Mapped[int | None] = mapped_column(BigId)
    debit_max_minor: Mapped[int | None] = mapped_column(BigId)
    penalty_percent: Mapped[Decimal | None] = mapped_column(Rate)
    de_minimis_minor: Mapped[int] = mapped_column(BigId, default=0)
    tax_type: Mapped[str] = mapped_column(default="")
    tax_percent: Mapped[Decimal | None] = mapped_column(Rate)
    expense_product_id: Mapped[int | None] = mapped_column(BigId)
    liability_product_id: Mapped[int | None] = mapped_column(BigId)
    income_product_id: Mapped[int | None] = mapped_column(BigId)
    receivable_product_id: Mapped[int | None] = mapped_column(BigId)
    tax_product_id: Mapped[int | None] = mapped_column(BigId)
    comments: Mapped[str] = mapped_column(default="")
    authorised_on: Mapped[date | None]

    def tiers_of(self, side: str) -> tuple[Tier, ...]:
        """Return the tiers of a side, "C" for credit balances or "D" for debit ones."""
        return tuple(
            Tier(one["low_minor"], one["high_minor"], Decimal(one["rate_percent"]))
            for one in self.tiers
            if one["side"] == side
        )

    def is_sliced(self, side: str) -> bool:
        """Whether each tier of the side bears its own slice of the balance."""
        return (self.credit_method if side == "C" else self.debit_method) == "SLICED"

    def settling(self, side: str) -> Settling:
        """Return how accrued interest of a side becomes an amount."""
        is_credit = side == "C"
        return Settling(
            self.credit_min_minor if is_credit else self.debit_min_minor,
            self.credit_max_minor if is_credit else self.debit_max_minor,
            self.de_minimis_minor,
            self.tax_of(side),
        )

    def tax_of(self, side: str) -> Decimal:
        """Return the tax of a side's interest in percent; 0 for none."""
        if self.tax_percent is None or TAXED_SIDE.get(self.tax_type) != side:
            return Decimal(0)
        return self.tax_percent

    def title(self) -> str:
        """Name the condition in the log and on its page."""
        return f"{self.code} {self.name}"

    def told(self) -> str:
        """Name the version, and say from when it holds."""
        return f"{self.title()} from {self.effective_from.isoformat()}"


def tier_as_text(side: str, tier: Tier) -> dict[str, Any]:
    """Write a tier as its condition keeps it."""
    return {
        "side": side,
        "low_minor": tier.low_minor,
        "high_minor": tier.high_minor,
        "rate_percent": format(plain_rate(tier.rate_percent), "f"),
    }


class ConditionProduct(Tenant, Stamped, Base):
    """A product whose accounts follow a version of a condition, in the condition's currency.

    `linked_on` is the business date on which it was linked.
    """

    __tablename__ = "condition_product"
    __constraints__ = (
        UniqueConstraint("organisation_id", "condition_id", "product_id"),
        Index("ix_condition_product_product", "organisation_id", "product_id"),
        within("account_condition", "condition_id"),
        within("product", "product_id"),
    )

    condition_id: Mapped[int] = mapped_column(BigId)
    product_id: Mapped[int] = mapped_column(BigId)
    linked_on: Mapped[date | None]


class ConditionAccount(Tenant, Stamped, Base):
    """An account that follows a condition of its own, whichever version of its code is in force."""

    __tablename__ = "condition_account"
    __constraints__ = (
        UniqueConstraint("organisation_id", "account_id"),
        within("account_condition", "condition_id"),
        within("account", "account_id"),
    )

    condition_id: Mapped[int] = mapped_column(BigId)
    account_id: Mapped[int] = mapped_column(BigId)
