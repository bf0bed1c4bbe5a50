"""How many levels of approval the organisation's rules ask for, and which rule says so."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.review import ReviewKind
from app.controls.sight import SharedOrOfProject
from app.db.base import Base, Stamped, Tenant, Versioned
from app.db.types import BigId

# An approval rule, or what is kept of one.
Rule = TypeVar("Rule", bound=Any)


class ApprovalRule(Tenant, Versioned, Stamped, SharedOrOfProject, Base):
    """How many levels a kind of record asks for, from an amount on, in a project or branch."""

    __tablename__ = "approval_rule"
    __configuration__ = True
    __constraints__ = (
        CheckConstraint("levels between 0 and 3", name="levels"),
        CheckConstraint("minimum_minor >= 0", name="minimum"),
    )

    name: Mapped[str]
    kind: Mapped[str]
    minimum_minor: Mapped[int] = mapped_column(BigId, default=0)
    levels: Mapped[int]
    project_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int | None] = mapped_column(BigId)
    is_active: Mapped[bool] = mapped_column(default=True)

    def title(self) -> str:
        """Name the rule in the log."""
        return self.name


def levels_of(kind: ReviewKind, rule: Any) -> int:
    """Return the levels of the rule that decides; of None, which is no rule, the kind's default.

    Another kind's rule asks for no fewer than the default.
    """
    if rule is None:
        return kind.default_levels
    return int(rule.levels if rule.kind == kind.key else max(rule.levels, kind.default_levels))


def rules_of(session: Session, kind: ReviewKind, organisation_id: int) -> Sequence[ApprovalRule]:
    """Return the active rules of a kind, and of what its records become."""
    query = select(ApprovalRule).where(
        ApprovalRule.organisation_id == organisation_id,
        ApprovalRule.kind.in_({kind.key, kind.becomes}),
        ApprovalRule.is_active,
    )
    return session.scalars(query.order_by(ApprovalRule.id)).all()


def rule_for(
    kind: ReviewKind,
    rules: Iterable[Rule],
    *,
    amount_minor: int,
    project_ids: set[int | None],
    branch_ids: set[int | None],
) -> Rule | None:
    """Return the rule that decides: the kind's own, else of what its records become.

    So a payment that is sent as a file or dated ahead is no way round the rules of transactions,
    and a line for another customer none round those of a project or a branch. Of several that
    apply, the one that asks for the most levels decides.

    `amount_minor` is in base currency. A rule with a minimum applies to amounts above it
    (E42.41), one without to all; project and branch None mean all of them.
    """
    applying = [
        rule
        for rule in rules
        if (rule.minimum_minor == 0 or amount_minor > rule.minimum_minor)
        and rule.project_id in {None, *project_ids}
        and rule.branch_id in {None, *branch_ids}
    ]
    own = [rule for rule in applying if rule.kind == kind.key]
    return max(own or applying, key=lambda rule: rule.levels, default=None)
