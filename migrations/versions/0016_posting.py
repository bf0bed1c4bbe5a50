"""What each posting pays for and nobody asks for: indexes of rows that have no such value.

Instants of the log only grow, so that PostgreSQL finds them by ranges of blocks.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX uq_entry_sequence")
    op.execute(
        "CREATE UNIQUE INDEX uq_entry_sequence ON entry (asset_id, sequence) "
        "WHERE sequence IS NOT NULL"
    )
    if op.get_bind().dialect.name != "postgresql":
        # SQLite knows no ranges of blocks, and would make the table anew to lose a constraint.
        return
    outside = "uq_transaction_organisation_id_external_id"
    op.execute(f'ALTER TABLE "transaction" DROP CONSTRAINT {outside}')
    op.execute(
        f'CREATE UNIQUE INDEX {outside} ON "transaction" (organisation_id, external_id) '
        "WHERE external_id IS NOT NULL"
    )
    op.execute("DROP INDEX ix_activity_time")
    op.execute(
        "CREATE INDEX ix_activity_time ON activity USING brin (organisation_id, occurred_at)"
    )


def downgrade() -> None:
    raise NotImplementedError("the leaner indexes stay")
