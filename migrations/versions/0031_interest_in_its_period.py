"""Interest keeps the period that a posting counts for, and since when its rules are in force."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


_COLUMNS = (
    ("interest_posting", "period_end"),
    ("account_condition", "authorised_on"),
    ("condition_product", "linked_on"),
)


def upgrade() -> None:
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.Date(), nullable=True))


def downgrade() -> None:
    for table, name in reversed(_COLUMNS):
        op.drop_column(table, name)
