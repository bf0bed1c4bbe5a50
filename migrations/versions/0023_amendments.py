"""A work day year in force may be amended."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_YEAR = "uq_work_day_year_year"
_KEYS = ("organisation_id", "year")
_IN_USE = "retired_at is null"
_LIVE = f"{_IN_USE} and record_status <> 'DENIED'"


def upgrade() -> None:
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    # As one statement, for SQLite adds a key to a table only with its column.
    op.execute(
        f"ALTER TABLE work_day_year ADD COLUMN supersedes_id {kind} "
        "CONSTRAINT fk_work_day_year_supersedes_id_work_day_year REFERENCES work_day_year (id)"
    )
    op.drop_index(_YEAR, "work_day_year")
    _index([*_KEYS, sa.text("coalesce(supersedes_id, 0)")], _LIVE)


def downgrade() -> None:
    op.drop_index(_YEAR, "work_day_year")
    op.drop_column("work_day_year", "supersedes_id")
    _index(list(_KEYS), _IN_USE)


def _index(keys: list[object], where: str) -> None:
    op.create_index(
        _YEAR,
        "work_day_year",
        keys,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
