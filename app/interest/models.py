"""Balances at close, what a day of them bears, and how that was booked and posted.

Interest of a day is kept exact, as whole numbers: `whole_minor` and `rest` (hundred-millionths of
a minor unit) are what the balance bears in a year, times the days that count; `year_days` divides
it. So sums are exact on either database, and are rounded once, when they are posted.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Tenant, within
from app.db.types import BigId

REST = 10**8
_UNPOSTED, _POSTED = text("posting_id is null"), text("posting_id is not null")


class BalanceSnapshot(Tenant, Base):
    """A client asset's balances at the end of a calendar day, real money alone (W02.08).

    `value_minor` counts what is value-dated by then, also what is booked later; the ledger
    balance is that of the close, for all days up to the next business date. `sequence` is the
    asset's last entry at the close, so that the next one knows which are new.
    """

    __tablename__ = "balance_snapshot"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "asset_id", "day"),
        within("asset", "asset_id"),
    )

    # Its other reference leads to the organisation: one key less to check for every row.
    organisation_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    day: Mapped[date]
    ledger_minor: Mapped[int] = mapped_column(BigId)
    value_minor: Mapped[int] = mapped_column(BigId)
    held_minor: Mapped[int] = mapped_column(BigId)
    overdraft_minor: Mapped[int] = mapped_column(BigId)
    sequence: Mapped[int] = mapped_column(BigId)


class InterestAccrual(Tenant, Base):
    """What one calendar day bears on one asset: one row at most (safety 17).

    `side` C is the client's interest, D the house's. Once posted it is never changed.
    """

    __tablename__ = "interest_accrual"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "asset_id", "day"),
        CheckConstraint("side in ('C', 'D')", name="side"),
        CheckConstraint("whole_minor >= 0 and rest >= 0 and year_days > 0", name="amount"),
        Index(
            "ix_interest_accrual_open",
            "organisation_id",
            "condition_id",
            "asset_id",
            sqlite_where=_UNPOSTED,
            postgresql_where=_UNPOSTED,
        ),
        Index(
            "ix_interest_accrual_posting",
            "posting_id",
            sqlite_where=_POSTED,
            postgresql_where=_POSTED,
        ),
        within("asset", "asset_id"),
        within("account_condition", "condition_id"),
        within("interest_posting", "posting_id"),
    )

    # Its other references lead to the organisation: one key less to check for every row.
    organisation_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    day: Mapped[date]
    condition_id: Mapped[int] = mapped_column(BigId)
    side: Mapped[str]
    balance_minor: Mapped[int] = mapped_column(BigId)
    whole_minor: Mapped[int] = mapped_column(BigId)
    rest: Mapped[int] = mapped_column(BigId)
    year_days: Mapped[int]
    posting_id: Mapped[int | None] = mapped_column(BigId)


class InterestPosting(Tenant, Base):
    """Interest of some days, rounded and posted to its asset, or waived as too little.

    `accrued_minor` is the rounded sum of its accruals, `gross_minor` what the bounds of its period
    made of it: they count for all postings of the period together. None was kept of it before that.
    `value_date` is when what was posted is in the asset's balance; what is waived has none.
    """

    __tablename__ = "interest_posting"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint(
            "organisation_id",
            "asset_id",
            "condition_id",
            "side",
            "to_day",
            name="uq_interest_posting_period",
        ),
        Index("ix_interest_posting_list", "organisation_id", "to_day", "id"),
        CheckConstraint("side in ('C', 'D')", name="side"),
        CheckConstraint(
            "accrued_minor >= 0 and gross_minor >= 0 and tax_minor >= 0", name="amount"
        ),
        CheckConstraint("from_day <= to_day", name="period"),
        CheckConstraint("(transaction_id is null) = (gross_minor = 0)", name="posted"),
        within("asset", "asset_id"),
        within("account_condition", "condition_id"),
        within("transaction", "transaction_id"),
    )

    asset_id: Mapped[int] = mapped_column(BigId)
    condition_id: Mapped[int] = mapped_column(BigId)
    side: Mapped[str]
    period_end: Mapped[date | None]
    from_day: Mapped[date]
    to_day: Mapped[date]
    accrued_minor: Mapped[int] = mapped_column(BigId)
    gross_minor: Mapped[int] = mapped_column(BigId)
    tax_minor: Mapped[int] = mapped_column(BigId)
    posted_on: Mapped[date]
    value_date: Mapped[date | None]
    transaction_id: Mapped[int | None] = mapped_column(BigId)

    @property
    def net_minor(self) -> int:
        """What the asset's balance moved by, without its sign."""
        return self.gross_minor + (self.tax_minor if self.side == "D" else -self.tax_minor)

    @property
    def is_waived(self) -> bool:
        """Whether nothing was posted."""
        return self.transaction_id is None


class InterestBooking(Tenant, Base):
    """What accrued interest stands at in the ledger after a close, by condition, branch and side.

    `accrued_minor` is the rounded sum of what is accrued and not posted; the transaction moves
    the ledger there from what the booking before left less what was posted since.
    """

    __tablename__ = "interest_booking"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint(
            "organisation_id",
            "booked_on",
            "condition_id",
            "branch_id",
            "side",
            name="uq_interest_booking_group",
        ),
        CheckConstraint("side in ('C', 'D')", name="side"),
        within("account_condition", "condition_id"),
        within("branch", "branch_id"),
        within("transaction", "transaction_id"),
    )

    booked_on: Mapped[date]
    condition_id: Mapped[int] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    side: Mapped[str]
    accrued_minor: Mapped[int] = mapped_column(BigId)
    moved_minor: Mapped[int] = mapped_column(BigId)
    transaction_id: Mapped[int | None] = mapped_column(BigId)
