"""An address: where a crypto asset receives on one network; the manual calls it a wallet."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId


class Address(Tenant, Versioned, Stamped, Base):
    """A network and an address under a crypto asset (W07.29); one of an asset is the default."""

    __tablename__ = "address"
    __constraints__ = (
        UniqueConstraint("organisation_id", "network", "address"),
        Index("ix_address_asset", "organisation_id", "asset_id"),
        Index(
            "uq_address_default",
            "organisation_id",
            "asset_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        within("asset", "asset_id"),
    )

    asset_id: Mapped[int] = mapped_column(BigId)
    network: Mapped[str]
    address: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the address in the log."""
        return f"{self.network} {self.address}"
