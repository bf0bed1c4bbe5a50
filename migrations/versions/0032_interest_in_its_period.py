"""Interest keeps the period and the value date of a posting, and since when its rules hold."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("interest_posting", "period_end"),
    ("interest_posting", "value_date"),
    ("account_condition", "authorised_on"),
    ("condition_product", "linked_on"),
)
_FILL = """
    UPDATE interest_posting SET value_date = (
        SELECT t.value_date FROM "transaction" t WHERE t.id = interest_posting.transaction_id
    ) WHERE transaction_id IS NOT NULL
"""
_KEPT = (
    "CREATE TRIGGER interest_posting_no_update BEFORE UPDATE ON interest_posting "
    "BEGIN SELECT RAISE(ABORT, 'interest_posting rows are immutable'); END"
)


def upgrade() -> None:
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.Date(), nullable=True))
    # A posting is never changed; what it did not say until now is added to it this once.
    if op.get_bind().dialect.name == "postgresql":
        refused = "ALTER TABLE interest_posting {} TRIGGER interest_posting_immutable"
        op.execute(refused.format("DISABLE"))
        op.execute(_FILL)
        op.execute(refused.format("ENABLE"))
    else:
        op.execute("DROP TRIGGER interest_posting_no_update")
        op.execute(_FILL)
        op.execute(_KEPT)


def downgrade() -> None:
    for table, name in reversed(_COLUMNS):
        op.drop_column(table, name)
