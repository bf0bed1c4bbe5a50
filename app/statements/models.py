"""Statements of account that were asked for, and the files that were made of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.controls.identity import Actor
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant
from app.statements.sight import covers_hidden

SUBJECTS = ("client", "account", "asset")
WAITING, RUNNING, READY, FAILED = "waiting", "running", "ready", "failed"


class StoredFile(Tenant, Base):
    """A file kept byte for byte in the database, so that every web process can hand it out.

    The log names it by the hash on the record it belongs to, so its bytes stay out of the log.
    """

    __tablename__ = "stored_file"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "occurrence_key"),
        CheckConstraint("size_bytes > 0", name="size"),
    )

    occurrence_key: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigId)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Statement(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """A statement of a client, an account or an asset over a period, both days included.

    `asset_ids` are the assets the requester could see: what was asked for is what is stated.
    """

    __tablename__ = "statement"
    __constraints__ = (
        CheckConstraint("subject in ('client', 'account', 'asset')", name="subject"),
        CheckConstraint("state in ('waiting', 'running', 'ready', 'failed')", name="state"),
        CheckConstraint("first_day <= last_day", name="period"),
        CheckConstraint("(state = 'ready') = (file_id is not null)", name="file"),
        Index("ix_statement_list", "organisation_id", "id"),
        Index("ix_statement_client", "organisation_id", "client_id", "id"),
        Index("ix_statement_account", "organisation_id", "account_id", "id"),
        within("client", "client_id"),
        within("account", "account_id"),
        within("project", "project_id"),
        within("stored_file", "file_id"),
    )

    subject: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigId)
    subject_name: Mapped[str]
    client_id: Mapped[int | None] = mapped_column(BigId)
    account_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    asset_ids: Mapped[list[int]]
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[str] = mapped_column(default=WAITING)
    refusal: Mapped[str] = mapped_column(default="")
    requested_by: Mapped[int | None] = mapped_column(BigId)
    requested_by_name: Mapped[str] = mapped_column(default="")
    work_id: Mapped[int | None] = mapped_column(BigId)
    file_id: Mapped[int | None] = mapped_column(BigId)
    file_name: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    size_bytes: Mapped[int] = mapped_column(BigId, default=0)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Statements follow their clients, who see none over an asset hidden from them (W08.11)."""
        clauses = super().visible_to(actor)
        if actor.scope.client_id is not None:
            return (*clauses, ~covers_hidden(cls.organisation_id, cls.asset_ids))
        return clauses

    @property
    def reference(self) -> str:
        """The number printed on the statement."""
        return f"STM-{self.id:08d}"

    def title(self) -> str:
        """Name the statement in the log."""
        return f"{self.subject_name} {self.first_day.isoformat()} to {self.last_day.isoformat()}"
