"""What a person proves themselves with beside the password: an app, passkeys, recovery codes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.secrecy import Encrypted
from app.db.base import Base, Identified
from app.db.types import BigId, Instant


class Authenticator(Identified, Base):
    """A person's authenticator app: the secret it shares, and the last step that was used up."""

    __tablename__ = "authenticator"
    __redacted__ = frozenset({"secret", "last_step"})
    __table_args__ = (UniqueConstraint("user_id", name="uq_authenticator_user"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    secret: Mapped[str] = mapped_column(Encrypted)
    last_step: Mapped[int] = mapped_column(BigId)
    created_at: Mapped[datetime] = mapped_column(Instant)

    def title(self) -> str:
        """Name it in the log."""
        return "Authenticator app"


class Passkey(Identified, Base):
    """A public key whose other half a device of the person's keeps (WebAuthn)."""

    __tablename__ = "passkey"
    __redacted__ = frozenset({"public_key", "credential_id"})
    __table_args__ = (Index("ix_passkey_user", "user_id"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigId)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    def title(self) -> str:
        """Name it in the log."""
        return f"Passkey {self.name}"


class RecoveryCode(Identified, Base):
    """One of ten codes for the day the device is lost, known by a keyed digest; good once."""

    __tablename__ = "recovery_code"
    __audited__ = False
    __table_args__ = (Index("ix_recovery_code_user", "user_id"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


class PasskeyChallenge(Identified, Base):
    """A question put to a passkey; answered once, for what and by whom it was asked."""

    __tablename__ = "passkey_challenge"
    __audited__ = False

    challenge: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
