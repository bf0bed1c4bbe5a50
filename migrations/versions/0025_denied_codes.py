"""What was denied for good keeps nobody from its code."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_KEYS = (
    ("base_rate", "version", ("code", "effective_from")),
    ("account_condition", "version", ("code", "effective_from")),
    ("transaction_code", "code", ("code",)),
    ("commission_type", "code", ("code",)),
    ("charge", "code", ("code",)),
    ("facility_class", "code", ("code",)),
    ("workflow_type", "code", ("code",)),
    ("workflow_stage", "code", ("workflow_type_id", "code")),
    ("workflow_stage", "place", ("workflow_type_id", "place")),
)
_IN_USE = "retired_at is null"


def upgrade() -> None:
    _write(f"{_IN_USE} and record_status <> 'DENIED'")


def downgrade() -> None:
    _write(_IN_USE)


def _write(where: str) -> None:
    for table, name, columns in _KEYS:
        op.drop_index(f"uq_{table}_{name}", table)
        op.create_index(
            f"uq_{table}_{name}",
            table,
            ["organisation_id", *columns],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
