"""A payment of a gateway is known by its reference in any case; invoices say when they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

_NAME = "ix_transaction_gateway"
_THROUGH_ONE = sa.text("platform_id is not null")


def upgrade() -> None:
    op.create_index(
        _NAME,
        "transaction",
        ["organisation_id", "platform_id", sa.text("lower(external_id)")],
        sqlite_where=_THROUGH_ONE,
        postgresql_where=_THROUGH_ONE,
    )
    op.add_column("invoice", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("invoice", "sent_at")
    op.drop_index(_NAME, "transaction")
