"""What was done is told by the log's rows; its event keeps what is to be sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("outbox_event", "topic")


def downgrade() -> None:
    topic = sa.Column("topic", sa.String(), nullable=False, server_default="")
    op.add_column("outbox_event", topic)
