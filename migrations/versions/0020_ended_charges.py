"""An authorized charge can be ended before the day it was approved until."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charge", sa.Column("ended_after", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("charge", "ended_after")
