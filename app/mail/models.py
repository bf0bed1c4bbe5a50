"""A mail that was asked for: to whom, which letter, and what became of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.controls.secrecy import Encrypted
from app.controls.sight import in_sight_or_of_none
from app.db.base import Base, Identified
from app.db.types import BigId, Instant

WAITING, SENT, FAILED = "waiting", "sent", "failed"


class Mail(Identified, Base):
    """A letter on its way, or one that has gone; the command that wrote it is what the log names.

    `content` holds the letter's values (a temporary password, a link) until it has gone. One with
    a `client_id` is to a client or about one: whoever may see the client sees it. The others are
    the organisation's.
    """

    __tablename__ = "mail"
    __audited__ = False
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'sent', 'failed')", name="state"),
        Index("ix_mail_list", "organisation_id", "id"),
    )

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    # No key: a client is on a higher floor, and stays as long as its mail does.
    client_id: Mapped[int | None] = mapped_column(BigId, default=None)
    letter: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    content: Mapped[str] = mapped_column(Encrypted)
    state: Mapped[str] = mapped_column(default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[ColumnElement[bool], ...]:
        """What is to a client follows the client's scope."""
        return in_sight_or_of_none(actor, cls.client_id)
