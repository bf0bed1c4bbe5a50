"""An account keeps whether its status was set by an activity rule or by a person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Who set the statuses of before is not known: they are taken for a person's, and are kept.
    op.add_column(
        "account",
        sa.Column("is_status_by_rule", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("account", "is_status_by_rule")
