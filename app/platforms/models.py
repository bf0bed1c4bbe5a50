"""A platform: where it is asked, and with which key."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId


class Platform(Tenant, Versioned, Stamped, Retirable, Base):
    """A payment gateway or exchange of one project (W06.10); its label stays (W06.04).

    `key_token` is the key it is asked with, encrypted; nobody is shown it again.
    """

    __tablename__ = "platform"
    __redacted__ = frozenset({"key_token"})
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "label"),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str]
    name: Mapped[str]
    base_url: Mapped[str]
    key_token: Mapped[str] = mapped_column(default="")

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Only the actor's projects, unless all may be seen."""
        projects = actor.scope.project_ids
        return () if projects is None else (cls.project_id.in_(projects),)

    def title(self) -> str:
        """Name the platform in the log."""
        return self.name
