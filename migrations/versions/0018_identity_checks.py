"""Outside services are asked who an approved customer is, and what they answer is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_STATES = ("waiting", "pending", "review", "passed", "failed", "stopped")
_REFERRED = {"client": "client_id", "project": "project_id", "third_party_system": "system_id"}


def upgrade() -> None:
    op.add_column("third_party_system", sa.Column("checks_path", sa.String(), nullable=True))
    op.add_column("third_party_system", sa.Column("checks_stopped_at", _INSTANT, nullable=True))
    op.create_table(
        "identity_check",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        *(sa.Column(column, _ID, nullable=False) for column in _REFERRED.values()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(f"state in {_STATES}", name=op.f("ck_identity_check_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_identity_check_organisation_id"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{table}.organisation_id", f"{table}.id"],
                name=op.f(f"fk_identity_check_organisation_id_{column}"),
            )
            for table, column in _REFERRED.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_identity_check_tenant"),
        sa.UniqueConstraint("reference", name=op.f("uq_identity_check_reference")),
    )
    op.create_index(
        "ix_identity_check_client", "identity_check", ["organisation_id", "client_id", "id"]
    )


def downgrade() -> None:
    op.drop_table("identity_check")
    op.drop_column("third_party_system", "checks_stopped_at")
    op.drop_column("third_party_system", "checks_path")
