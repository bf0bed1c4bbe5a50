"""A person's notices, and what they chose to be told of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Tenant, within
from app.db.types import BigId, Instant

WAITING, FAILED, FINISHED, POSTED, REMINDER = (
    "waiting", "failed", "finished", "posted", "reminder",
)  # fmt: skip
KINDS = (WAITING, FAILED, FINISHED, POSTED, REMINDER)


class Notice(Identified, Base):
    """One thing a person is told; what it is about is in the log, so the notice is not."""

    __tablename__ = "notice"
    __audited__ = False
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        Index("ix_notice_list", "user_id", "organisation_id", "id"),
        Index("ix_notice_subject", "organisation_id", "href"),
        Index("ix_notice_age", "created_at"),
        within("project", "project_id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisation.id"))
    # Platform people who work in an organisation are told as well; they belong to none.
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    project_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    href: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


class NoticeChoice(Tenant, Base):
    """What a person chose to be told of beyond what waits for them."""

    __tablename__ = "notice_choice"
    __audited__ = False
    __constraints__ = (UniqueConstraint("user_id"), within("user", "user_id"))

    user_id: Mapped[int] = mapped_column(BigId)
    on_posting: Mapped[bool] = mapped_column(default=False)
