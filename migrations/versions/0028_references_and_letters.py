"""A payment is known by its reference in any case; invoices were sent; files had more columns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_NAME = "ix_transaction_reference_key"
_HAS_ONE = sa.text("external_id is not null")


def upgrade() -> None:
    op.create_index(
        _NAME,
        "transaction",
        ["organisation_id", sa.text("lower(external_id)")],
        sqlite_where=_HAS_ONE,
        postgresql_where=_HAS_ONE,
    )
    op.add_column(
        "payment_file",
        sa.Column("unused_columns", _JSON, nullable=False, server_default="[]"),
    )
    op.add_column("invoice", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("invoice", "sent_at")
    op.drop_column("payment_file", "unused_columns")
    op.drop_index(_NAME, "transaction")
