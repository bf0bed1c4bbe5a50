"""What a record under maker-checker carries, and the kinds of record that are reviewed."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from app.controls.audit import FROZEN, readable
from app.controls.identity import Actor
from app.controls.work import Work
from app.db.base import Base, Tenant
from app.db.types import BigId, Instant
from app.kernel.errors import Conflict, Missing

CAPTURED = "CAPTURED"
AUTHORIZED = "AUTHORIZED"
REJECTED = "REJECTED"
DENIED = "DENIED"
PENDING = {3: "PENDING_AUTH_L3", 2: "PENDING_AUTH_L2", 1: "PENDING_AUTH_L1"}
WORKING = frozenset({"created", "edited", "submitted"})
LEVEL_OF = {status: level for level, status in PENDING.items()}
RECORD_STATUSES = (CAPTURED, *PENDING.values(), AUTHORIZED, REJECTED, DENIED)
STATUS_NAMES = {
    CAPTURED: "Draft",
    PENDING[3]: "Pending L3",
    PENDING[2]: "Pending L2",
    PENDING[1]: "Pending L1",
    AUTHORIZED: "Authorized",
    REJECTED: "Rejected",
    DENIED: "Denied",
}
STATUS_TONES = {
    CAPTURED: "neutral",
    PENDING[3]: "warning",
    PENDING[2]: "warning",
    PENDING[1]: "warning",
    AUTHORIZED: "success",
    REJECTED: "danger",
    DENIED: "danger",
}


class Reviewed:
    """A record that a second person approves. `__content__` names the columns that are reviewed.

    Those in `__joined__` came to a table that had records already: where they say nothing, they
    are no part of the content, and what was handed in before keeps its hash. `__about__` names the
    column of the user whom a record is about: it is their own work, whoever wrote it.
    """

    __content__: ClassVar[tuple[str, ...]] = ()
    __joined__: ClassVar[frozenset[str]] = frozenset()
    __about__: ClassVar[str] = ""

    record_status: Mapped[str] = mapped_column(default=CAPTURED, index=False)
    levels_required: Mapped[int | None] = mapped_column(default=None)
    review_cycle: Mapped[int] = mapped_column(default=1)
    content_hash: Mapped[str | None] = mapped_column(default=None)
    rejection_reason: Mapped[str | None] = mapped_column(default=None)
    denial_reason: Mapped[str | None] = mapped_column(default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    authorised_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @declared_attr
    def maker_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Who made or last submitted the record; None is the house itself."""
        return mapped_column(BigId, ForeignKey("user.id"))

    @property
    def is_editable(self) -> bool:
        """Whether the maker may still change it: a draft, or one that was sent back (E42.04)."""
        return self.record_status in {CAPTURED, REJECTED}

    @property
    def is_pending(self) -> bool:
        """Whether it waits for a level."""
        return self.record_status in LEVEL_OF

    @property
    def is_authorised(self) -> bool:
        """Whether it is approved and active."""
        return self.record_status == AUTHORIZED

    @classmethod
    def waiting(cls) -> tuple[ColumnElement[bool], ...]:
        """Return the clauses of the records that wait for a level."""
        return (*cls.unsettled(), cls.record_status.in_(PENDING.values()))

    @classmethod
    def unsettled(cls) -> tuple[ColumnElement[bool], ...]:
        """Return what is true of every record that is not authorized and leads to an index."""
        return ()

    def content(self) -> dict[str, Any]:
        """Return what is reviewed, as text by column; its hash is fixed at submission."""
        told = {key: readable(getattr(self, key)) for key in self.__content__}
        return {
            key: text
            for key, text in told.items()
            if text is not None or key not in self.__joined__
        }

    def review_amount(self) -> int:
        """Return the amount in minor units of base currency that the approval rules judge."""
        return 0


class ReviewStep(Tenant, Base):
    """One act in a record's review: made, edited, submitted, approved, rejected, denied."""

    __tablename__ = "review_step"
    __audited__ = False
    __constraints__ = (
        CheckConstraint("level between 0 and 3", name="level"),
        Index("ix_review_step_record", "organisation_id", "kind", "record_id", "id"),
        Index("ix_review_step_operation", "operation_id"),
    )

    kind: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigId)
    cycle: Mapped[int]
    act: Mapped[str]
    level: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user.id"))
    user_name: Mapped[str]
    # Whom the person stood in for, when the right to approve was lent to them.
    for_user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user.id"), default=None)
    for_user_name: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    content_hash: Mapped[str] = mapped_column(default="")
    operation_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)

    @property
    def who(self) -> str:
        """Who did it, and in whose place."""
        return f"{self.user_name} for {self.for_user_name}" if self.for_user_id else self.user_name


ReviewHook: TypeAlias = Callable[[Work, Any], None]


def just_authorised(work: Work, entity: str) -> list[int]:
    """Return the ids of a kind's records that this command has authorised."""
    return [
        change.entity_id
        for change in work.changes
        if change.entity == entity
        and change.entity_id is not None
        and change.status_after == AUTHORIZED != change.status_before
    ]


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """A kind of reviewed record: its model, the words for it, and what follows its decisions.

    `becomes` is the kind that its records turn into, whose rules count where its own say nothing;
    `reaches` returns projects and branches that a record moves money of: theirs count as well.
    `least` returns how many levels a record needs whatever the rules say; where it needs any,
    nobody authorises it alone.
    """

    key: str
    model: type[Any]
    name: str
    module: str
    default_levels: int = 1
    path: str = ""
    becomes: str = ""
    authorised: ReviewHook | None = None
    awaiting: ReviewHook | None = None
    returned: ReviewHook | None = None
    check: ReviewHook | None = None
    reaches: Callable[[Session, Any], Iterable[tuple[int | None, int | None]]] | None = None
    least: Callable[[Session, Any], int] | None = None

    def least_levels(self, session: Session, record: Any) -> int:
        """Return the levels that a record needs whatever the rules say."""
        return 0 if self.least is None else self.least(session, record)

    @property
    def has_amount(self) -> bool:
        """Whether its records have an amount for the approval rules to judge."""
        return self.model.review_amount is not Reviewed.review_amount


review_kinds: dict[str, ReviewKind] = {}


def review(kind: ReviewKind) -> ReviewKind:
    """Register a kind of reviewed record; called once by its slice, a second stops the start-up."""
    if kind.key in review_kinds:
        raise KeyError(f"{kind.key} is reviewed already")
    review_kinds[kind.key] = kind
    return kind


IN_USE = text("retired_at is null and record_status <> 'DENIED'")  # as indexes of codes have it


def kind_of(key: str) -> ReviewKind:
    """Return a kind of reviewed record by its key, or refuse an unknown one (404)."""
    if key not in review_kinds:
        raise Missing
    return review_kinds[key]


def in_use(model: type[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of records that keep others from their code: not deleted nor denied."""
    return (model.retired_at.is_(None), model.record_status != DENIED)


def hash_of(content: dict[str, Any]) -> str:
    """Return the fingerprint of a record's reviewed content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def demand_editable(record: Any, name: str) -> None:
    """Refuse with 409 to change a record that waits for approval or is final (E31.11, E31.12)."""
    if record.record_status in LEVEL_OF:
        raise Conflict(f"{name} is awaiting approval and cannot be changed")
    if record.record_status in FROZEN:
        raise Conflict(f"{name} is already finalized and cannot be changed")


def step(
    work: Work,
    kind: ReviewKind,
    record: Any,
    act: str,
    *,
    level: int = 0,
    reason: str = "",
    acting: Actor | None = None,
) -> None:
    """Write down an act of the review, with the hash of what was reviewed.

    `acting` is whom the person acted as: a colleague whose right was lent to them, or themselves.
    """
    lender = acting if acting is not None and acting.user_id != work.actor.user_id else None
    work.session.add(
        ReviewStep(
            organisation_id=record.organisation_id,
            kind=kind.key,
            record_id=record.id,
            cycle=record.review_cycle,
            act=act,
            level=level,
            user_id=work.actor.user_id,
            user_name=work.actor.name,
            for_user_id=lender.user_id if lender else None,
            for_user_name=lender.name if lender else "",
            reason=reason,
            content_hash=record.content_hash or "",
            operation_id=work.operation_id,
            at=work.now,
        )
    )
    # The sealer finds the step by its operation's event, also where no field was changed.
    work.has_log_rows = True


def steps_of(session: Session, kind: str, record: Any) -> list[ReviewStep]:
    """Return the record's review in order of time."""
    query = select(ReviewStep).where(
        ReviewStep.organisation_id == record.organisation_id,
        ReviewStep.kind == kind,
        ReviewStep.record_id == record.id,
    )
    return list(session.scalars(query.order_by(ReviewStep.id)))


Hands: TypeAlias = Callable[[Session, Iterable[int]], set[int]]
_hands: list[Hands] = []


def works_through(hands: Hands) -> Hands:
    """Register what a higher floor knows of people who work by the hands of users by their ids."""
    _hands.append(hands)
    return hands


def workers_of(session: Session, kind: str, record: Any) -> set[int]:
    """Return who made, edited or submitted the record or whom it is about: they do not approve it.

    So are those through whom a program did. Their work is still in it when another hands it in
    again for a later cycle.
    """
    acts = steps_of(session, kind, record)
    about = getattr(record, record.__about__) if record.__about__ else None
    people = {record.maker_id, about, *(act.user_id for act in acts if act.act in WORKING)}
    known = {one for one in people if one is not None}
    return known.union(*(hands(session, known) for hands in _hands))
