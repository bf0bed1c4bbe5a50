"""A file of payments and its rows, as they were typed and as they were judged."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

POLICIES = {"all": "Post all or none", "skip": "Skip what fails, and report it"}
GOOD, WRONG, POSTED, FAILED = "good", "wrong", "posted", "failed"
ROW_STATES = {GOOD: "Good", WRONG: "Wrong", POSTED: "Posted", FAILED: "Failed"}


class PaymentFile(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """An uploaded file of payments. What is approved is its rows, by their hash.

    `typed_sha256` is the fingerprint of what was typed, whatever was made of it by then;
    `unused_columns` are the headings in the file that nothing was read from.
    `total_minor` is the sum of its good rows in base currency, and `fees_minor` what they cost;
    of a file that was judged before that was kept, None. `state` says how far the posting is:
    new, posting, posted, partly (some rows failed) or failed (none was posted).
    """

    __tablename__ = "payment_file"
    __content__ = ("name", "policy", "rows_sha256", "row_count", "total_minor", "fees_minor")
    __joined__ = frozenset({"fees_minor"})
    __constraints__ = (
        CheckConstraint("policy in ('all', 'skip')", name="policy"),
        CheckConstraint("state in ('new', 'posting', 'posted', 'partly', 'failed')", name="state"),
        Index("ix_payment_file_list", "organisation_id", "id"),
    )

    name: Mapped[str]
    policy: Mapped[str]
    file_name: Mapped[str]
    rows_sha256: Mapped[str]
    typed_sha256: Mapped[str] = mapped_column(default="")
    unused_columns: Mapped[list[str]] = mapped_column(default=list)
    row_count: Mapped[int]
    wrong_count: Mapped[int]
    total_minor: Mapped[int] = mapped_column(BigId)
    fees_minor: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int | None] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(default="new")
    refusal: Mapped[str] = mapped_column(default="")
    uploaded_by: Mapped[int | None] = mapped_column(BigId)
    work_id: Mapped[int | None] = mapped_column(BigId)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Whoever sees all customers sees all files; others see those they uploaded."""
        scope = actor.scope
        if scope.own_clients or scope.project_ids is not None or scope.desk_ids is not None:
            return (cls.uploaded_by == actor.user_id,)
        return ()

    @property
    def reference(self) -> str:
        """The number people call the file by."""
        return f"PAY-{self.id:06d}"

    def review_amount(self) -> int:
        """The amount the approval rules judge: all that is debited, in base currency.

        As with a transaction, fees count whoever bears them.
        """
        return self.total_minor + (self.fees_minor or 0)

    def title(self) -> str:
        """Name the file in the log."""
        return self.name


class PaymentRow(Tenant, Base):
    """One payment: what was typed, what it means, and what became of it.

    `debited_minor` and `credited_minor` are what it takes and brings with its fees, as it was
    judged; None where it is wrong, or was judged before they were kept.
    """

    __tablename__ = "payment_row"
    # The file's hash stands in the log for its rows; what is posted is logged as a transaction.
    __audited__ = False
    __constraints__ = (
        UniqueConstraint("payment_file_id", "line"),
        CheckConstraint("state in ('good', 'wrong', 'posted', 'failed')", name="state"),
        CheckConstraint("(state = 'posted') = (transaction_id is not null)", name="transaction"),
        Index("ix_payment_row_file", "organisation_id", "payment_file_id", "line"),
        within("payment_file", "payment_file_id"),
        within("transaction", "transaction_id"),
    )

    payment_file_id: Mapped[int] = mapped_column(BigId)
    line: Mapped[int]
    debit_account: Mapped[str]
    credit_account: Mapped[str]
    amount: Mapped[str]
    currency: Mapped[str]
    narrative: Mapped[str]
    reference: Mapped[str]
    debit_asset_id: Mapped[int | None] = mapped_column(BigId)
    credit_asset_id: Mapped[int | None] = mapped_column(BigId)
    amount_minor: Mapped[int] = mapped_column(BigId, default=0)
    exponent: Mapped[int] = mapped_column(default=0)
    debited_minor: Mapped[int | None] = mapped_column(BigId)
    credited_minor: Mapped[int | None] = mapped_column(BigId)
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    transaction_id: Mapped[int | None] = mapped_column(BigId)
