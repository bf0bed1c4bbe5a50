"""Rules that change an account's status by what happens on it, or does not."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.rules.decision import BELOW, IDLE, ZERO
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

KIND_NAMES = {
    IDLE: "No transactions for X days",
    ZERO: "Balance is zero",
    BELOW: "Balance below a threshold",
}


class ActivityRule(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A condition and the status that an account is moved to where it is met.

    `threshold` is days, or minor units of base currency, by the kind; none for a balance of zero.
    Priority 1 goes before 2.
    """

    __tablename__ = "activity_rule"
    __content__ = ("kind", "threshold", "status_id", "priority")
    __constraints__ = (
        CheckConstraint("kind in ('idle', 'zero', 'below')", name="kind"),
        CheckConstraint("(kind = 'zero') = (threshold is null)", name="threshold"),
        CheckConstraint("threshold > 0", name="threshold_above_zero"),
        CheckConstraint("priority > 0", name="priority"),
        within("account_status", "status_id"),
    )

    kind: Mapped[str]
    threshold: Mapped[int | None] = mapped_column(BigId)
    status_id: Mapped[int] = mapped_column(BigId)
    priority: Mapped[int]

    def title(self) -> str:
        """Name the rule by its condition; an amount is left to where its currency is known."""
        return KIND_NAMES[self.kind].replace("X", str(self.threshold))


class RuledAccount(Tenant, Base):
    """An account whose status an activity rule set: rules move it on, also where it restricts."""

    __tablename__ = "ruled_account"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "account_id"),
        within("account", "account_id"),
    )

    account_id: Mapped[int] = mapped_column(BigId)
