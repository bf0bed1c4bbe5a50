"""Lending one's right to approve for an absence: a colleague approves in one's place for some days.

The right ends by itself with its last day on the calendar where the organisation is, whatever the
business date; what it allows is judged in `controls.deciding`, where the approval is written
down as given for the lender.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.access.models import User
from app.access.reach import BEYOND_PLACES, demand_reach, permissions_of, works_beyond
from app.controls.commands import handles
from app.controls.permissions import find, holds
from app.controls.review import review_kinds
from app.controls.work import Work
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.notices.models import REMINDER
from app.notices.sending import notify

LEVELS = (1, 2, 3)
LONGEST_DAYS = 366


class Delegation(Tenant, Versioned, Stamped, Base):
    """From the first to the last day `to_user` approves in the place of `from_user`."""

    __tablename__ = "delegation"
    __constraints__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("from_user_id <> to_user_id", name="persons"),
        Index("ix_delegation_to", "organisation_id", "to_user_id", "last_day"),
        within("user", "from_user_id"),
        within("user", "to_user_id"),
    )

    from_user_id: Mapped[int] = mapped_column(BigId)
    to_user_id: Mapped[int] = mapped_column(BigId)
    first_day: Mapped[date]
    last_day: Mapped[date]
    levels: Mapped[list[int]]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    def title(self) -> str:
        """Name the record in the log."""
        levels = ", ".join(f"L{one}" for one in self.levels)
        return f"Approval {levels} from {self.first_day} to {self.last_day}"


@dataclass(frozen=True, slots=True)
class DelegateApproval:
    """Let a colleague approve in somebody's place, oneself's unless an administrator says whose."""

    to_user_id: int
    first_day: date
    last_day: date
    levels: tuple[int, ...]
    from_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeDelegation:
    """End a delegation before its last day."""

    delegation_id: int


def lent(permissions: Iterable[str], levels: Iterable[int]) -> frozenset[str]:
    """Return the rights to approve at these levels among the permissions."""
    endings = tuple(f".approve-l{level}" for level in levels)
    return frozenset(one for one in permissions if one.endswith(endings))


@handles(DelegateApproval, permission=None)
def delegate_approval(work: Work, command: DelegateApproval) -> int:
    """Lend what the lender holds and tell the colleague; for another, it takes users.edit (403)."""
    own_id = work.actor.user_id
    lender = find(work.session, work.actor, User, command.from_user_id or own_id or 0)
    held = permissions_of(work.session, lender.id)
    if lender.id != own_id:
        if not holds(work.actor, "users.edit"):
            raise Forbidden("You can name only who approves in your own place")
        demand_reach(work.actor, lent(held, command.levels))
        if works_beyond(work.session, work.actor, lender):
            raise Forbidden(BEYOND_PLACES)
    colleague = find(work.session, work.actor, User, command.to_user_id)
    if colleague.id == lender.id:
        raise Refusal("Choose a colleague: nobody stands in for themselves", field="to_user_id")
    if colleague.kind != "employee" or not colleague.is_active:
        raise Refusal("Choose a colleague from the list", field="to_user_id")
    _demand_levels(held, command.levels)
    _demand_days(work, command)
    overlapping = select(Delegation.id).where(
        Delegation.organisation_id == work.actor.tenant_id,
        Delegation.from_user_id == lender.id,
        Delegation.to_user_id == colleague.id,
        Delegation.revoked_at.is_(None),
        Delegation.first_day <= command.last_day,
        Delegation.last_day >= command.first_day,
    )
    if work.session.scalars(overlapping.limit(1)).first() is not None:
        raise Conflict(f"{colleague.name} stands in on some of these days already")
    delegation = work.add(
        Delegation(
            organisation_id=work.actor.tenant_id,
            from_user_id=lender.id,
            to_user_id=colleague.id,
            first_day=command.first_day,
            last_day=command.last_day,
            levels=sorted(set(command.levels)),
        )
    )
    title = f"You stand in for {lender.name}"
    told = {"title": title, "text": delegation.title(), "href": "/admin/approvals"}
    notify(work, [colleague.id], kind=REMINDER, **told)
    return delegation.id


@handles(RevokeDelegation, permission=None)
def revoke_delegation(work: Work, command: RevokeDelegation) -> None:
    """End it at once; its lender may, and who may edit users."""
    delegation = find(work.session, work.actor, Delegation, command.delegation_id)
    if delegation.from_user_id != work.actor.user_id and not holds(work.actor, "users.edit"):
        raise Forbidden("You can end only what you lent yourself")
    if delegation.revoked_at is not None or delegation.last_day < work.calendar_date:
        raise Conflict("This delegation has ended already")
    delegation.revoked_at = work.now


def _demand_levels(held: set[str], levels: tuple[int, ...]) -> None:
    if not levels or not set(levels) <= set(LEVELS):
        raise Refusal("Choose at least one level", field="levels")
    modules = {kind.module for kind in review_kinds.values()}
    for level in sorted(set(levels)):
        if not any(f"{module}.approve-l{level}" in held for module in modules):
            raise Refusal(f"Approval of level {level} is not held and cannot be lent",
                          field="levels")  # fmt: skip


def _demand_days(work: Work, command: DelegateApproval) -> None:
    if command.last_day < command.first_day:
        raise Refusal("The last day cannot be before the first", field="last_day")
    if command.last_day < work.calendar_date:
        raise Refusal("The last day cannot be in the past", field="last_day")
    if (command.last_day - command.first_day).days >= LONGEST_DAYS:
        raise Refusal(f"A delegation lasts at most {LONGEST_DAYS} days", field="last_day")
