"""Whether a statement is over a hidden asset is judged when it is looked for, and kept no more."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("statement", "has_inactive_assets")


def downgrade() -> None:
    kept = sa.Column("has_inactive_assets", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("statement", kept)
