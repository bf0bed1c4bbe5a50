"""A card: whose it is, which assets it draws on and which of them first."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

FIAT, CRYPTO = "fiat", "crypto"
PRIORITIES = {FIAT: "Fiat asset first", CRYPTO: "Crypto asset first"}
_LIVE = text("retired_at is null")


class Card(Tenant, Versioned, Stamped, Retirable, SeenWithClient, Base):
    """A card of a customer (W11.05). Its number is kept encrypted, `number_mark` is its digest.

    `masked` is what people see and search: the first six digits and the last four.
    """

    __tablename__ = "card"
    __redacted__ = frozenset({"number_token", "number_mark"})
    __constraints__ = (
        CheckConstraint(
            "fiat_asset_id is not null or crypto_asset_id is not null", name="has_asset"
        ),
        CheckConstraint(
            "(fiat_asset_id is null or crypto_asset_id is null) or priority in ('fiat', 'crypto')",
            name="priority",
        ),
        Index(
            "uq_card_number",
            "organisation_id",
            "number_mark",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        within("client", "client_id"),
        within("account", "account_id"),
        within("asset", "fiat_asset_id"),
        within("asset", "crypto_asset_id"),
        within("bank", "bank_id"),
    )

    public_id: Mapped[str]
    client_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    account_id: Mapped[int] = mapped_column(BigId)
    fiat_asset_id: Mapped[int | None] = mapped_column(BigId)
    crypto_asset_id: Mapped[int | None] = mapped_column(BigId)
    priority: Mapped[str] = mapped_column(default="")
    bank_id: Mapped[int | None] = mapped_column(BigId)
    external_id: Mapped[str | None]
    number_token: Mapped[str]
    number_mark: Mapped[str]
    masked: Mapped[str]

    @property
    def asset_ids(self) -> tuple[int, ...]:
        """The assets it draws on, the preferred one first."""
        ids = (self.fiat_asset_id, self.crypto_asset_id)
        in_order = ids[::-1] if self.priority == CRYPTO else ids
        return tuple(one for one in in_order if one is not None)

    def title(self) -> str:
        """Name the card in the log by its masked number."""
        return self.masked
