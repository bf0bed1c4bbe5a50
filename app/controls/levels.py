"""How many levels of approval the organisation's rules ask for, and which rule says so."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.review import ReviewKind
from app.controls.sight import SharedOrOfProject
from app.db.base import Base, Stamped, Tenant, Versioned
from app.db.types import BigId


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


def levels_of(kind: ReviewKind, rule: ApprovalRule | None) -> int:
    """Return the levels of the rule that decides, else the kind's default.

    Another kind's rule asks for no fewer than the default.
    """
    if rule is None:
        return kind.default_levels
    return rule.levels if rule.kind == kind.key else max(rule.levels, kind.default_levels)


def rule_for(
    session: Session,
    kind: ReviewKind,
    *,
    organisation_id: int,
    amount_minor: int,
    project_ids: set[int | None],
    branch_ids: set[int | None],
) -> ApprovalRule | None:
    """Return the rule that decides: the kind's own, else of what its records become.

    So a payment that is sent as a file or dated ahead is no way round the rules of transactions,
    and a line for another customer none round those of a project or a branch.
    """
    rules = _rules_for(session, organisation_id, {kind.key, kind.becomes})
    for key in (kind.key, kind.becomes):
        rule: ApprovalRule | None = deciding(
            [one for one in rules if one.kind == key],
            amount_minor=amount_minor,
            project_ids=project_ids,
            branch_ids=branch_ids,
        )
        if rule is not None:
            return rule
    return None


def _rules_for(session: Session, organisation_id: int, kinds: set[str]) -> list[ApprovalRule]:
    query = select(ApprovalRule).where(
        ApprovalRule.organisation_id == organisation_id,
        ApprovalRule.kind.in_(kinds),
        ApprovalRule.is_active,
    )
    return list(session.scalars(query.order_by(ApprovalRule.id)))


def strictest(
    rules: Iterable[Any],
    *,
    amount_minor: int,
    project_id: int | None,
    branch_id: int | None,
    default: int,
) -> int:
    """Return the most levels that an applying rule asks for, else the default.

    `amount_minor` is in base currency. A rule with a minimum applies to amounts above it
    (E42.41), one without to all; project and branch None mean all of them.
    """
    rule = deciding(
        rules, amount_minor=amount_minor, project_ids={project_id}, branch_ids={branch_id}
    )
    return default if rule is None else int(rule.levels)


def deciding(
    rules: Iterable[Any],
    *,
    amount_minor: int,
    project_ids: set[int | None],
    branch_ids: set[int | None],
) -> Any | None:
    """Return the applying rule that asks for the most levels, or None where none applies."""
    applying = [
        rule
        for rule in rules
        if (rule.minimum_minor == 0 or amount_minor > rule.minimum_minor)
        and rule.project_id in {None, *project_ids}
        and rule.branch_id in {None, *branch_ids}
    ]
    return max(applying, key=lambda rule: rule.levels, default=None)
