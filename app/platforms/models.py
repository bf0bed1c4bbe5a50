"""A platform: where it is asked, with which credentials, and what it was ordered to do."""

import json
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.secrecy import cipher
from app.controls.sight import SeenWithProject
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant
from app.projects.models import once_in_project


class Platform(Tenant, Versioned, Stamped, Retirable, SeenWithProject, Base):
    """A payment gateway or exchange of one project (W06.10); its label stays (W06.04).

    `urls` are addresses by name (W06.05). `credentials_token` is one JSON object of texts by name,
    encrypted; nobody is shown them again.
    """

    __tablename__ = "platform"
    __redacted__ = frozenset({"credentials_token"})
    __constraints__ = (
        once_in_project("platform", "label"),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str]
    name: Mapped[str]
    urls: Mapped[dict[str, str]] = mapped_column(default=dict)
    credentials_token: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the platform in the log."""
        return self.name

    def keep(self, credentials: dict[str, str]) -> None:
        """Keep the credentials, encrypted as one object."""
        self.credentials_token = cipher.encrypt(json.dumps(credentials)) if credentials else ""


class PlatformOrder(Tenant, Stamped, Base):
    """A transaction that a platform carries out: once sent, only its answer ends it (W06.14-15).

    The reference that the platform is given is the transaction's public id.
    """

    __tablename__ = "platform_order"
    __referred__ = False
    __constraints__ = (
        CheckConstraint("endpoint in ('deposits', 'withdrawals')", name="endpoint"),
        UniqueConstraint("organisation_id", "transaction_id"),
        within("platform", "platform_id"),
        within("transaction", "transaction_id"),
    )

    transaction_id: Mapped[int] = mapped_column(BigId)
    platform_id: Mapped[int] = mapped_column(BigId)
    endpoint: Mapped[str]
    sent_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
