"""A posting of interest keeps the period whose bounds it counts for."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interest_posting", sa.Column("period_end", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("interest_posting", "period_end")
