"""What is written for good: the entries of transactions, and movements not rolled up yet."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Tenant, within, within_by_trigger
from app.db.types import BigId, Hash, Rate

_FORWARD = text("value_date > posting_date")


class Entry(Tenant, Base):
    """One debit or credit against one asset. Entries are never changed or deleted.

    `code` is the transaction code it was booked under and `narrative` its own text, both empty
    for a teller's movement.
    """

    __tablename__ = "entry"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("base_minor >= 0", name="base"),
        CheckConstraint("side in ('D', 'C')", name="side"),
        CheckConstraint("bucket in ('real', 'bonus')", name="bucket"),
        UniqueConstraint("transaction_id", "line"),
        Index(
            "uq_entry_sequence",
            "asset_id",
            "sequence",
            unique=True,
            sqlite_where=text("sequence is not null"),
            postgresql_where=text("sequence is not null"),
        ),
        Index("ix_entry_dates", "organisation_id", "asset_id", "posting_date"),
        # The few that are worth something only later: balances at close leave them out.
        Index(
            "ix_entry_forward",
            "organisation_id",
            "value_date",
            sqlite_where=_FORWARD,
            postgresql_where=_FORWARD,
        ),
        within("transaction", "transaction_id"),
        within_by_trigger("asset", "asset_id"),
    )

    # Its other references lead to the organisation: one key less to check in every posting.
    organisation_id: Mapped[int] = mapped_column(BigId)
    transaction_id: Mapped[int] = mapped_column(BigId)
    line: Mapped[int]
    asset_id: Mapped[int] = mapped_column(BigId)
    side: Mapped[str]
    bucket: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Rate)
    rate_source: Mapped[str]
    base_minor: Mapped[int] = mapped_column(BigId)
    posting_date: Mapped[date]
    value_date: Mapped[date]
    code: Mapped[str] = mapped_column(default="")
    narrative: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int | None] = mapped_column(BigId)
    balance_after_minor: Mapped[int | None] = mapped_column(BigId)
    chain_hash: Mapped[bytes | None] = mapped_column(Hash)


class Movement(Tenant, Base):
    """An internal asset's entry that is not rolled up into its balance yet."""

    __tablename__ = "movement"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        Index("ix_movement_asset", "asset_id"),
        within_by_trigger("asset", "asset_id"),
    )

    # Its other references lead to the organisation: one key less to check in every posting.
    organisation_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    amount_minor: Mapped[int] = mapped_column(BigId)


class TransactionAsset(Tenant, Base):
    """An asset that a transaction of many lines moves, so that lists of the asset find it.

    Written for what is typed line by line and for its reversal, from the draft on.
    """

    __tablename__ = "transaction_asset"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "asset_id", "transaction_id"),
        Index("ix_transaction_asset_transaction", "transaction_id"),
        within("asset", "asset_id"),
        within("transaction", "transaction_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    transaction_id: Mapped[int] = mapped_column(BigId)
