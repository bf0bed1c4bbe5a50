"""The list of interest postings is read in its own order."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NAME = "ix_interest_posting_list"


def upgrade() -> None:
    op.create_index(_NAME, "interest_posting", ["organisation_id", "to_day", "id"])


def downgrade() -> None:
    op.drop_index(_NAME, "interest_posting")
