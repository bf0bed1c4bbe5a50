"""Banks that fiat assets are held at, chosen from a list where their name was typed, and cards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_LIVE_DEFAULT = sa.text("is_default and retired_at is null")
_LIVE = sa.text("retired_at is null")
_SEE = ("banks.view", "cards.view")
_MANAGE = (
    *_SEE, "banks.create", "banks.edit", "banks.delete", "cards.create", "cards.edit",
    "cards.delete", "cards.charge",
)  # fmt: skip
_GRANTED = {
    "Tenant Administrator": _MANAGE,
    "Branch Manager": (*_SEE, "cards.create", "cards.edit", "cards.delete", "cards.charge"),
    "Teller": (*_SEE, "cards.create", "cards.edit", "cards.charge"),
    "Approver L1": _SEE,
    "Approver L2": _SEE,
    "Approver L3": _SEE,
    "Auditor": _SEE,
}
# The banks that were typed at assets become banks of the list, in the organisation's country.
_TYPED_BANKS = """
    INSERT INTO bank (
        organisation_id, name, address, country, bank_code, licence, bic, iban, is_default,
        rules, credentials, version, created_at, updated_at
    )
    SELECT DISTINCT asset.organisation_id, asset.bank, '', organisation.country, '', '', '', '',
        false, {nothing}, '', 1, organisation.created_at, organisation.created_at
    FROM asset JOIN organisation ON organisation.id = asset.organisation_id
    WHERE asset.bank <> ''
"""
_LINKS = """
    UPDATE asset SET bank_id = (
        SELECT bank.id FROM bank
        WHERE bank.organisation_id = asset.organisation_id AND bank.name = asset.bank
    )
    WHERE asset.bank <> ''
"""


def upgrade() -> None:
    _banks()
    # Plain SQL: a column that refers to a table is added on both databases, no table is rebuilt.
    op.execute(
        "ALTER TABLE asset ADD COLUMN bank_id BIGINT CONSTRAINT fk_asset_bank_id REFERENCES bank (id)"
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(_TYPED_BANKS.format(nothing="'{}'::jsonb" if is_postgresql else "'{}'"))
    op.execute(_LINKS)
    op.drop_column("asset", "bank")
    _cards()
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("banks are not taken down")


def _record(*columns: sa.Column) -> tuple[sa.Column, ...]:
    """Return the columns of a record of an organisation that is versioned, stamped and retired."""
    return (
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, sa.ForeignKey("organisation.id"), nullable=False),
        *columns,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
    )


def _texts(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.String(), nullable=False) for name in names)


def _banks() -> None:
    op.create_table(
        "bank",
        *_record(
            *_texts("name", "address", "country", "bank_code", "licence", "bic", "iban"),
            sa.Column("is_default", sa.Boolean(), nullable=False),
            sa.Column("rules", _JSON, nullable=False),
            *_texts("credentials"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_bank_tenant"),
    )
    op.create_index(
        "uq_bank_default",
        "bank",
        ["organisation_id"],
        unique=True,
        sqlite_where=_LIVE_DEFAULT,
        postgresql_where=_LIVE_DEFAULT,
    )


def _cards() -> None:
    links = {
        "client_id": "client",
        "account_id": "account",
        "fiat_asset_id": "asset",
        "crypto_asset_id": "asset",
        "bank_id": "bank",
    }
    needed = {"client_id", "account_id"}
    op.create_table(
        "card",
        *_record(
            *(sa.Column(name, _ID, nullable=name not in needed) for name in links),
            sa.Column("project_id", _ID, nullable=True),
            sa.Column("external_id", sa.String(), nullable=True),
            *_texts("public_id", "priority", "number_token", "number_mark", "masked"),
        ),
        sa.CheckConstraint(
            "fiat_asset_id is not null or crypto_asset_id is not null",
            name=op.f("ck_card_has_asset"),
        ),
        sa.CheckConstraint(
            "(fiat_asset_id is null or crypto_asset_id is null) or priority in ('fiat', 'crypto')",
            name=op.f("ck_card_priority"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{table}.organisation_id", f"{table}.id"],
                name=op.f(f"fk_card_organisation_id_{column}"),
            )
            for column, table in links.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_card_tenant"),
    )
    op.create_index(
        "uq_card_number",
        "card",
        ["organisation_id", "number_mark"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
