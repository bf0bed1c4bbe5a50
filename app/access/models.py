"""Users, roles, memberships, sign-in sessions and counted sign-in attempts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant, Json


class User(Identified, Versioned, Stamped, Base):
    """One who signs in: an employee of an organisation, a client's login, or a platform person."""

    __tablename__ = "user"
    __personal__ = frozenset({"email"})
    __redacted__ = frozenset({"password_hash"})
    __table_args__ = (
        UniqueConstraint("organisation_id", "id", name="uq_user_tenant"),
        CheckConstraint("kind in ('platform', 'employee', 'client')", name="kind"),
        within("branch", "branch_id"),
    )

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    kind: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    branch_id: Mapped[int | None] = mapped_column(BigId)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    theme: Mapped[str] = mapped_column(default="system")

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def title(self) -> str:
        """Name the person in the log."""
        return self.name


class Role(Tenant, Versioned, Stamped, Base):
    """A named set of permissions; system roles are made at provisioning and stay."""

    __tablename__ = "role"
    __constraints__ = (UniqueConstraint("organisation_id", "name"),)

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    is_system: Mapped[bool] = mapped_column(default=False)
    permissions: Mapped[list[str]] = mapped_column(Json)

    def title(self) -> str:
        """Name the role in the log."""
        return self.name


class UserRole(Tenant, Base):
    """A user holds a role."""

    __tablename__ = "user_role"
    __constraints__ = (
        UniqueConstraint("user_id", "role_id"),
        within("user", "user_id"),
        within("role", "role_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    role_id: Mapped[int] = mapped_column(BigId)


class UserProject(Tenant, Base):
    """A user works in a project."""

    __tablename__ = "user_project"
    __constraints__ = (
        UniqueConstraint("user_id", "project_id"),
        within("user", "user_id"),
        within("project", "project_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)


class UserDesk(Tenant, Base):
    """A user belongs to a desk."""

    __tablename__ = "user_desk"
    __constraints__ = (
        UniqueConstraint("user_id", "desk_id"),
        within("user", "user_id"),
        within("desk", "desk_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    desk_id: Mapped[int] = mapped_column(BigId)


class UserClient(Tenant, Base):
    """A client's login: the user sees this client's own pages."""

    __tablename__ = "user_client"
    __constraints__ = (
        UniqueConstraint("user_id"),
        within("user", "user_id"),
        within("client", "client_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int] = mapped_column(BigId)


class LoginSession(Identified, Base):
    """A signed-in browser, known by the hash of its token; gone at log-out."""

    __tablename__ = "login_session"
    __audited__ = False
    __table_args__ = (Index("ix_login_session_user", "user_id"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    project_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    address: Mapped[str]
    browser: Mapped[str]


class SignInAttempt(Identified, Base):
    """A failed attempt, by the hash of the typed address, known or not; what throttling counts."""

    __tablename__ = "sign_in_attempt"
    __audited__ = False
    __table_args__ = (Index("ix_sign_in_attempt_subject", "subject_hash", "at"),)

    subject_hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
