"""A bank: what identifies it, and what integrations know of it."""

from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.secrecy import Encrypted
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned

_LIVE_DEFAULT = text("is_default and retired_at is null")


class Bank(Tenant, Versioned, Stamped, Retirable, Base):
    """A bank of the organisation's list (W10.03).

    `iban` is the form of its IBANs, or one of its own; `rules` is a JSON object; `credentials`
    the text of another, encrypted, which nobody is shown again.
    """

    __tablename__ = "bank"
    __redacted__ = frozenset({"credentials"})
    __constraints__ = (
        Index(
            "uq_bank_default",
            "organisation_id",
            unique=True,
            sqlite_where=_LIVE_DEFAULT,
            postgresql_where=_LIVE_DEFAULT,
        ),
    )

    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    bank_code: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credentials: Mapped[str] = mapped_column(Encrypted, default="")

    def title(self) -> str:
        """Name the bank in the log."""
        return self.name
