"""A key to the REST interface: whose it is, what it opens, from where and until when."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant


class ApiKey(Tenant, Versioned, Stamped, Base):
    """A secret that acts as its owner, as far as its scopes and theirs reach.

    The secret itself is kept nowhere, only its hash; `prefix` is the part that names it in lists.
    `networks` are the only places it may be used from; none means from anywhere.
    """

    __tablename__ = "api_key"
    __redacted__ = frozenset({"token_hash"})
    __constraints__ = (
        UniqueConstraint("token_hash"),
        Index("ix_api_key_owner", "organisation_id", "user_id"),
        within("user", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]
    prefix: Mapped[str]
    token_hash: Mapped[str]
    scopes: Mapped[list[str]]
    networks: Mapped[list[str]]
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_from: Mapped[str] = mapped_column(default="")

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Everybody's for those who look after keys, else one's own."""
        return () if actor.may("api-keys.view") else (cls.user_id == actor.user_id,)

    @classmethod
    def is_active(cls, now: datetime) -> ColumnElement[bool]:
        """Return the clause of keys that open something, as `standing` says of one."""
        is_open = or_(cls.expires_at.is_(None), cls.expires_at > now)
        return and_(cls.revoked_at.is_(None), is_open)

    def standing(self, now: datetime) -> tuple[str, str]:
        """Return how the key stands, as a word and its tone."""
        if self.revoked_at is not None:
            return "Revoked", "danger"
        if self.expires_at is not None and self.expires_at <= now:
            return "Expired", "warning"
        return "Active", "success"

    def title(self) -> str:
        """Name the key in the log."""
        return f"{self.name} ({self.prefix}…)"
