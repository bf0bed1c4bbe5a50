"""Assets that own balances, the transactions that move them, and holds on them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.clients.sight import SeenWithClient
from app.controls.identity import Actor
from app.controls.review import RECORD_STATUSES, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within, within_by_trigger
from app.db.types import BigId, Hash, Instant, Json, Rate
from app.ledger.entries import Entry, Movement, TransactionAsset
from app.ledger.kinds import FINAL, KINDS, PROCESSING_STATUSES, given_minor, kind_name
from app.ledger.reserved import Hold

__all__ = [
    "FINAL", "KINDS", "PROCESSING_STATUSES", "Asset", "Entry", "Hold", "Movement", "Transaction",
    "TransactionAsset", "kind_name",
]  # fmt: skip

# A reversal that ended without money moving leaves its original free for another one.
LIVE_REVERSAL = "reverses_id is not null and processing not in ('Canceled', 'Failed', 'Expired')"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


def _where(column: str) -> dict[str, Any]:
    """Return what limits an index to the few rows that have the column, on both databases."""
    clause = text(f"{column} is not null")
    return {"sqlite_where": clause, "postgresql_where": clause}


class Asset(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """One currency held in one account. Balances are minor units, positive when the house owes.

    `balance_minor` is the ledger balance of real money, `bonus_minor` a bucket of its own.
    Internal assets are not limited: their movements are appended and rolled up later, so their
    balance is `balance_minor` plus the movements that are not rolled up yet.

    `external_id` and `external_balance_id` are the customer's and the balance's id at an outside
    wallet service (V03.04); `platform_minor` is what the asset's platform last told (W08.45).
    """

    __tablename__ = "asset"
    __constraints__ = (
        UniqueConstraint("organisation_id", "account_id", "currency"),
        UniqueConstraint("organisation_id", "iban"),
        UniqueConstraint("public_id"),
        CheckConstraint(
            "not is_limited or balance_minor - held_minor + overdraft_minor >= 0",
            name="available",
        ),
        CheckConstraint("held_minor >= 0", name="held"),
        CheckConstraint("bonus_minor >= 0 or not is_limited", name="bonus"),
        CheckConstraint("overdraft_minor >= 0", name="overdraft"),
        Index("ix_asset_client", "organisation_id", "client_id"),
        Index("ix_asset_list", "organisation_id", "project_id", "id"),
        within("account", "account_id"),
        within("client", "client_id"),
        within("platform", "platform_id"),
    )

    public_id: Mapped[str]
    uid: Mapped[str]
    account_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str]
    exponent: Mapped[int]
    kind: Mapped[str] = mapped_column(default="fiat")
    is_limited: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=False)
    balance_minor: Mapped[int] = mapped_column(BigId, default=0)
    bonus_minor: Mapped[int] = mapped_column(BigId, default=0)
    held_minor: Mapped[int] = mapped_column(BigId, default=0)
    overdraft_minor: Mapped[int] = mapped_column(BigId, default=0)
    pending_in_minor: Mapped[int] = mapped_column(BigId, default=0)
    pending_out_minor: Mapped[int] = mapped_column(BigId, default=0)
    deposited_minor: Mapped[int] = mapped_column(BigId, default=0)
    withdrawn_minor: Mapped[int] = mapped_column(BigId, default=0)
    sequence: Mapped[int] = mapped_column(BigId, default=0)
    head_hash: Mapped[bytes | None] = mapped_column(Hash)
    address: Mapped[str] = mapped_column(default="")
    bank_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("bank.id"))
    iban: Mapped[str | None]
    platform_id: Mapped[int | None] = mapped_column(BigId)
    external_id: Mapped[str | None]
    external_balance_id: Mapped[str | None]
    platform_minor: Mapped[int | None] = mapped_column(BigId)
    platform_read_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Assets follow their clients; a client sees none that is deactivated (W08.11)."""
        clauses = super().visible_to(actor)
        return (*clauses, cls.is_active) if actor.scope.client_id is not None else clauses

    @property
    def available_minor(self) -> int:
        """Ledger balance less holds, plus the permitted overdraft (design, section 1)."""
        return self.balance_minor - self.held_minor + self.overdraft_minor

    @property
    def virtual_minor(self) -> int:
        """Ledger balance plus what will come in, less what will go out."""
        return self.balance_minor + self.pending_in_minor - self.pending_out_minor

    def title(self) -> str:
        """Name the asset in the log."""
        return f"{self.uid} {self.currency}"


class Transaction(Tenant, Versioned, Stamped, Retirable, Reviewed, SeenWithClient, Base):
    """The header of one balanced journal entry; until it is posted, `lines` holds what will be.

    `pair_id` of a transfer_in is its transfer_out (L02.04); `reverses_id` is what a reversal
    undoes, `status_before_id` the status that comes back where the reversal is given up; `charges`
    says rule by rule what `fee_minor` and `tax_minor` are made of; `context` is the record it came
    from, such as an invoice. An exchange settles in what is received, at `exchange_rate` units of
    it for one unit given, by the rates of `rated_on`. What a gateway tells stays empty where there
    was none (L01, L05). `handed_in_for` is the posting date that was reviewed, where that day was
    closed before the transaction was booked.
    """

    __tablename__ = "transaction"
    __content__ = (
        "kind", "asset_id", "counter_asset_id", "amount_minor", "currency", "base_minor",
        "posting_date", "value_date", "source", "beneficiary", "lines", "fee_minor", "tax_minor",
        "charges", "reverses_id", "settled_minor", "settled_currency", "exchange_rate",
    )  # fmt: skip
    __constraints__ = (
        UniqueConstraint("public_id"),
        Index(
            "uq_transaction_organisation_id_external_id",
            "organisation_id",
            "external_id",
            unique=True,
            **_where("external_id"),
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("base_minor >= 0", name="base"),
        CheckConstraint("fee_minor >= 0 and tax_minor >= 0", name="charges"),
        CheckConstraint("direction in ('in', 'out', 'both')", name="direction"),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("processing", PROCESSING_STATUSES), name="processing"),
        CheckConstraint(_one_of("record_status", RECORD_STATUSES), name="record_status"),
        CheckConstraint(
            "(posted_at is not null) = (processing in ('Completed', 'Reversed'))", name="posted"
        ),
        Index("ix_transaction_project", "organisation_id", "project_id", "id"),
        Index("ix_transaction_asset", "organisation_id", "asset_id", "id"),
        Index("ix_transaction_counter", "organisation_id", "counter_asset_id", "id"),
        Index("ix_transaction_client", "organisation_id", "client_id", "id"),
        Index("ix_transaction_day", "organisation_id", "posting_date", postgresql_using="brin"),
        Index("ix_transaction_amount", "organisation_id", "amount_minor", "id"),
        Index("ix_transaction_reference", "organisation_id", "reference"),
        Index(
            "ix_transaction_open",
            "organisation_id",
            "record_status",
            "id",
            sqlite_where=text("posted_at is null"),
            postgresql_where=text("posted_at is null"),
        ),
        Index(
            "ix_transaction_reference_key",
            "organisation_id",
            text("lower(external_id)"),
            **_where("external_id"),
        ),
        Index("ix_transaction_pair", "organisation_id", "pair_id", **_where("pair_id")),
        Index(
            "ix_transaction_context",
            "organisation_id",
            "context_kind",
            "context_id",
            **_where("context_id"),
        ),
        Index(
            "uq_transaction_reversal",
            "organisation_id",
            "reverses_id",
            unique=True,
            sqlite_where=text(LIVE_REVERSAL),
            postgresql_where=text(LIVE_REVERSAL),
        ),
        within_by_trigger("asset", "asset_id"),
        within_by_trigger("asset", "counter_asset_id"),
        within("transaction_status", "status_id"),
        within("transaction_status", "status_before_id"),
        within("transaction", "pair_id"),
        within("transaction", "reverses_id"),
        within("funding_source", "funding_source_id"),
        within("platform", "platform_id"),
    )

    # Its other references lead to the organisation: one key less to check in every posting.
    organisation_id: Mapped[int] = mapped_column(BigId)
    public_id: Mapped[str]
    uid: Mapped[str]
    reference: Mapped[str]
    kind: Mapped[str]
    direction: Mapped[str]
    processing: Mapped[str]
    status_id: Mapped[int | None] = mapped_column(BigId)
    sub_type_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    desk_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    manager_id: Mapped[int | None] = mapped_column(BigId)
    account_id: Mapped[int] = mapped_column(BigId)
    account_type_id: Mapped[int | None] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    counter_asset_id: Mapped[int | None] = mapped_column(BigId)
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str]
    exponent: Mapped[int]
    base_minor: Mapped[int] = mapped_column(BigId)
    fee_minor: Mapped[int] = mapped_column(BigId, default=0)
    tax_minor: Mapped[int] = mapped_column(BigId, default=0)
    posting_date: Mapped[date]
    value_date: Mapped[date]
    handed_in_for: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="")
    source_email: Mapped[str] = mapped_column(default="")
    beneficiary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    provider: Mapped[str] = mapped_column(default="")
    platform_id: Mapped[int | None] = mapped_column(BigId)
    funding_source_id: Mapped[int | None] = mapped_column(BigId)
    external_id: Mapped[str | None]
    order_id: Mapped[str] = mapped_column(default="")
    network_hash: Mapped[str] = mapped_column(default="")
    operator_name: Mapped[str] = mapped_column(default="")
    lines: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    is_reserved: Mapped[bool] = mapped_column(default=False)
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    charges: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    pair_id: Mapped[int | None] = mapped_column(BigId)
    reverses_id: Mapped[int | None] = mapped_column(BigId)
    status_before_id: Mapped[int | None] = mapped_column(BigId)
    context_kind: Mapped[str | None]
    context_id: Mapped[int | None] = mapped_column(BigId)
    ip_address: Mapped[str | None]
    settled_minor: Mapped[int | None] = mapped_column(BigId)
    settled_currency: Mapped[str | None]
    settled_exponent: Mapped[int | None]
    exchange_rate: Mapped[Decimal | None] = mapped_column(Rate)
    rate_source: Mapped[str | None]
    rated_on: Mapped[date | None]
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    failure_code: Mapped[str | None]
    failure_reason: Mapped[str | None]

    @classmethod
    def unsettled(cls) -> tuple[ColumnElement[bool], ...]:
        """What is not posted, which lets the database take the index of the open ones."""
        return (cls.posted_at.is_(None),)

    @property
    def is_final(self) -> bool:
        """Whether the status can be changed no more (W09.12)."""
        return self.processing in FINAL

    def content(self) -> dict[str, Any]:
        """What is reviewed: the posting date as it was handed in, also where it had to move."""
        handed_in = self.handed_in_for or self.posting_date
        return {**super().content(), "posting_date": handed_in.isoformat()}

    def review_amount(self) -> int:
        """The amount the approval rules judge: all that is debited, in base currency.

        An exchange is debited twice, once in each currency: what is given counts.
        """
        kind = self.judged_kind()
        if not self.lines or kind == "exchange":
            return self.base_minor
        return given_minor(kind, self.lines)

    def judged_kind(self) -> str:
        """Return the kind it is judged as: a reversal is judged as what it reverses."""
        session = object_session(self)
        if session is None or self.reverses_id is None:
            return self.kind
        return session.get_one(Transaction, self.reverses_id).kind

    def title(self) -> str:
        """Name the transaction in the log."""
        return self.reference
