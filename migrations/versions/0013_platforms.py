"""Platforms have several named URLs and credentials, and carry out what they are ordered to."""

import json

import sqlalchemy as sa
from alembic import op
from cryptography.exceptions import InvalidTag
from sqlalchemy.dialects import postgresql

from app.controls.secrecy import cipher

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("platform", sa.Column("urls", _JSON, nullable=False, server_default="{}"))
    op.alter_column("platform", "key_token", new_column_name="credentials_token")
    _carry_over()
    op.drop_column("platform", "base_url")
    op.create_table(
        "platform_order",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("transaction_id", _ID, nullable=False),
        sa.Column("platform_id", _ID, nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "endpoint in ('deposits', 'withdrawals')", name=op.f("ck_platform_order_endpoint")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_platform_order_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "platform_id"],
            ["platform.organisation_id", "platform.id"],
            name=op.f("fk_platform_order_organisation_id_platform_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_platform_order_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_order")),
        sa.UniqueConstraint(
            "organisation_id",
            "transaction_id",
            name=op.f("uq_platform_order_organisation_id_transaction_id"),
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("platforms keep their URLs and credentials")


def _carry_over() -> None:
    """The one address becomes the URL named url, the one key the credential named key."""
    table = sa.table(
        "platform",
        sa.column("id", _ID),
        sa.column("base_url", sa.String()),
        sa.column("urls", _JSON),
        sa.column("credentials_token", sa.String()),
    )
    bind = op.get_bind()
    for row in bind.execute(sa.select(table)).all():
        values = {"urls": {"url": row.base_url}, "credentials_token": _as_object(row[3])}
        bind.execute(sa.update(table).where(table.c.id == row.id).values(values))


def _as_object(token: str) -> str:
    if not token:
        return ""
    try:
        return cipher.encrypt(json.dumps({"key": cipher.decrypt(token)}))
    except (InvalidTag, ValueError):
        # It was written under another secret: it stays unreadable and is typed again.
        return token
