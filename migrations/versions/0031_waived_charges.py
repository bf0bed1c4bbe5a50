"""A charge that is due may be waived."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_NAME = "ck_charge_due_state"
_STATES = "state in ('due', 'charged')"
_MORE_STATES = "state in ('due', 'charged', 'waived')"


def upgrade() -> None:
    """Widen the CHECK; SQLite changes none, and documents this way for what only becomes wider.

    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(_NAME), "charge_due", type_="check")
        op.create_check_constraint(op.f(_NAME), "charge_due", _MORE_STATES)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = 'charge_due'",
        (_STATES, _MORE_STATES),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def downgrade() -> None:
    raise NotImplementedError("a charge that was waived is not due again")
