"""Which second factors a person has, and whether one of their roles asks for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.factor_models import Authenticator, Passkey, RecoveryCode
from app.access.models import Role, UserRole


@dataclass(frozen=True, slots=True)
class Factors:
    """A person's second factors; recovery codes are no factor of their own."""

    authenticator: Authenticator | None
    passkeys: Sequence[Passkey]
    codes_left: int

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.authenticator is not None or bool(self.passkeys)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.passkeys) + (self.authenticator is not None)

    def sentence(self) -> str:
        """Say which there are, for the user's page."""
        parts = ["Authenticator app"] if self.authenticator is not None else []
        if self.passkeys:
            count = len(self.passkeys)
            parts.append(f"{count} passkey{'s' if count > 1 else ''}")
        if parts:
            parts.append(f"{self.codes_left} recovery codes left")
        return ", ".join(parts)


def factors_of(session: Session, user_id: int) -> Factors:
    """Return a person's second factors."""
    passkeys = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    left = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    app = select(Authenticator).where(Authenticator.user_id == user_id)
    return Factors(
        session.scalars(app).one_or_none(),
        session.scalars(passkeys).all(),
        session.scalar(left) or 0,
    )


def is_asked_for_factor(session: Session, user_id: int) -> bool:
    """Tell whether one of the person's roles asks for a second factor."""
    query = (
        select(Role.id)
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == user_id, Role.asks_second_factor)
        .limit(1)
    )
    return session.scalar(query) is not None
