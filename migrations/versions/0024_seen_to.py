"""Failed payments are acknowledged; files of payments are known by what was typed."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("forward_dated", sa.Column("acknowledged_at", _INSTANT, nullable=True))
    op.add_column(
        "forward_dated",
        sa.Column("acknowledgement", sa.String(), nullable=False, server_default=""),
    )
    op.add_column(
        "payment_file", sa.Column("typed_sha256", sa.String(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("payment_file", "typed_sha256")
    op.drop_column("forward_dated", "acknowledgement")
    op.drop_column("forward_dated", "acknowledged_at")
