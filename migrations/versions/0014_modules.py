"""What belongs to a project alone: its words in other languages, its requests and its reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0014"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_INSTANT = sa.DateTime(timezone=True)
_LIVE = sa.text("retired_at is null")
_MANAGED = ("localisation",)
_SEE = tuple(f"{module}.view" for module in _MANAGED)
_ALL = tuple(
    f"{module}.{action}" for module in _MANAGED for action in ("view", "create", "edit", "delete")
)
_GRANTED = {
    "Tenant Administrator": _ALL,
    "Branch Manager": _SEE,
    "Teller": _SEE,
    "Approver L1": _SEE,
    "Approver L2": _SEE,
    "Approver L3": _SEE,
    "Auditor": _SEE,
}


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.String(), nullable=False, server_default="en"))
    _of_project("translation", *_texts("language", "label", "translation"))
    _once("translation", "language", "label")
    _of_project("project_text", *_texts("code", "language", "body"))
    _once("project_text", "code", "language")
    _of_project("mail_template", *_texts("letter", "language", "subject", "body"))
    _once("mail_template", "letter", "language")
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("the records of projects are not taken down")


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(), nullable=False) for name in names)


def _of_project(table: str, *items: sa.schema.SchemaItem) -> None:
    """Create a table of records of projects: version, stamps, and both keys of the house."""
    _create(
        table,
        sa.Column("project_id", _ID, nullable=False),
        *items,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("retired_at", _INSTANT, nullable=True),
        _within(table, "project", "project_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
    )


def _create(table: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        *items,
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _within(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=op.f(f"fk_{table}_organisation_id_{column}"),
    )


def _once(table: str, *columns: str) -> None:
    """Let a key be there once among a project's records in use."""
    op.create_index(
        f"uq_{table}_key",
        table,
        ["organisation_id", "project_id", *columns],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
