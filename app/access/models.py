"""Users, roles, memberships and sign-in sessions."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.controls.identity import Actor
from app.controls.sight import in_sight_or_of_none
from app.db.base import Base, Identified, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant, Json
from app.organisation.models import Desk, Project


class User(Identified, Versioned, Stamped, Base):
    """One who signs in: an employee of an organisation, a client's login, or a platform person.

    A service account is a user as well, so that what it does has an author; it never signs in.
    """

    __tablename__ = "user"
    __personal__ = frozenset({"email"})
    __redacted__ = frozenset({"password_hash"})
    __table_args__ = (
        UniqueConstraint("organisation_id", "id", name="uq_user_tenant"),
        UniqueConstraint("organisation_id", "staff_number", name="uq_user_staff_number"),
        CheckConstraint("kind in ('platform', 'employee', 'client', 'service')", name="kind"),
        within("branch", "branch_id"),
        within("department", "department_id"),
        within("cost_centre", "cost_centre_id"),
    )

    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    kind: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    display_name: Mapped[str] = mapped_column(default="")
    staff_number: Mapped[str | None]
    password_hash: Mapped[str]
    password_temporary_until: Mapped[datetime | None] = mapped_column(Instant)
    is_active: Mapped[bool] = mapped_column(default=True)
    branch_id: Mapped[int | None] = mapped_column(BigId)
    department_id: Mapped[int | None] = mapped_column(BigId)
    cost_centre_id: Mapped[int | None] = mapped_column(BigId)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    theme: Mapped[str] = mapped_column(default="system")
    language: Mapped[str] = mapped_column(default="en")

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[ColumnElement[bool], ...]:
        """A client's login follows the client's scope; those who work here see each other."""
        theirs = select(UserClient.client_id).where(UserClient.user_id == cls.id)
        return in_sight_or_of_none(actor, theirs.scalar_subquery())

    @property
    def name(self) -> str:
        """First and last name: what the log and others call the person."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def shown_name(self) -> str:
        """The name the person chose to be greeted by, or their own."""
        return self.display_name or self.name

    @property
    def initials(self) -> str:
        """The letters of the avatar."""
        return "".join(part[0] for part in self.shown_name.split()[:2]).upper()

    def title(self) -> str:
        """Name the person in the log."""
        return self.name


class Role(Tenant, Versioned, Stamped, Base):
    """A named set of permissions; system roles are made at provisioning and stay."""

    __tablename__ = "role"
    __constraints__ = (
        UniqueConstraint("organisation_id", "name"),
        Index("uq_role_name", "organisation_id", text("lower(name)"), unique=True),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    is_system: Mapped[bool] = mapped_column(default=False)
    permissions: Mapped[list[str]] = mapped_column(Json)
    asks_second_factor: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the role in the log."""
        return self.name


class _OfUser(Tenant):
    """What a user holds or belongs to: the log tells of it under the user, by name."""

    user_id: Mapped[int] = mapped_column(BigId)

    def _under(self, model: type[Any], record_id: int) -> tuple[User, str, str]:
        session = object_session(self)
        if session is None:
            raise RuntimeError("a link is told of while it is written")
        name = session.get_one(model, record_id).title()
        return session.get_one(User, self.user_id), str(model.__tablename__), name


class UserRole(_OfUser, Base):
    """A user holds a role."""

    __tablename__ = "user_role"
    __constraints__ = (
        UniqueConstraint("user_id", "role_id"),
        within("user", "user_id"),
        within("role", "role_id"),
    )

    role_id: Mapped[int] = mapped_column(BigId)

    def told_under(self) -> tuple[User, str, str]:
        """Return the user, the word for what they were given, and its name."""
        return self._under(Role, self.role_id)


class UserProject(_OfUser, Base):
    """A user works in a project."""

    __tablename__ = "user_project"
    __constraints__ = (
        UniqueConstraint("user_id", "project_id"),
        within("user", "user_id"),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)

    def told_under(self) -> tuple[User, str, str]:
        """Return the user, the word for what they were given, and its name."""
        return self._under(Project, self.project_id)


class UserDesk(_OfUser, Base):
    """A user belongs to a desk."""

    __tablename__ = "user_desk"
    __constraints__ = (
        UniqueConstraint("user_id", "desk_id"),
        within("user", "user_id"),
        within("desk", "desk_id"),
    )

    desk_id: Mapped[int] = mapped_column(BigId)

    def told_under(self) -> tuple[User, str, str]:
        """Return the user, the word for what they were given, and its name."""
        return self._under(Desk, self.desk_id)


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
    """A signed-in browser, known by the hash of its token; gone at log-out.

    It expires when it rests, and ends at `ends_at` however busy it is. One that awaits its second
    factor opens nothing. `owes_factor` leads its person to set one up; `proved_at` is when they
    last proved who they are.
    """

    __tablename__ = "login_session"
    __audited__ = False
    __table_args__ = (Index("ix_login_session_user", "user_id"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisation.id"))
    project_id: Mapped[int | None] = mapped_column(BigId)
    # The role this browser is seeing the portal as, with the projects and desks it is shown in.
    preview: Mapped[dict[str, Any] | None] = mapped_column(Json, default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    awaits_factor: Mapped[bool] = mapped_column(default=False)
    owes_factor: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    address: Mapped[str]
    browser: Mapped[str]


class PasswordReset(Identified, Base):
    """A link that was mailed, known by the hash of its token; good once, for an hour."""

    __tablename__ = "password_reset"
    __audited__ = False
    __table_args__ = (Index("ix_password_reset_user", "user_id"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
