"""Payment methods of projects, for deposits and for withdrawals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_LIVE = sa.text("retired_at is null")
_SEE = ("payment-methods.view",)
_GRANTED = {
    "Tenant Administrator": tuple(
        f"payment-methods.{action}" for action in ("view", "create", "edit", "delete")
    ),
    "Branch Manager": _SEE,
    "Teller": _SEE,
    "Approver L1": _SEE,
    "Approver L2": _SEE,
    "Approver L3": _SEE,
    "Auditor": _SEE,
}


def upgrade() -> None:
    texts = ("direction", "type", "integration", "label", "name", "merchant_id", "language",
             "credentials", "placeholder")  # fmt: skip
    op.create_table(
        "payment_method",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        *(sa.Column(name, _JSON, nullable=False) for name in ("currencies", "rules", "additional")),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "direction in ('deposit', 'withdrawal')", name=op.f("ck_payment_method_direction")
        ),
        sa.CheckConstraint("type in ('', 'auto', 'manual')", name=op.f("ck_payment_method_type")),
        sa.CheckConstraint(
            "integration in ('', 'internal', 'external')",
            name=op.f("ck_payment_method_integration"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_payment_method_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payment_method_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_method")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_payment_method_tenant"),
    )
    op.create_index(
        "uq_payment_method_name",
        "payment_method",
        ["organisation_id", "project_id", "direction", "name"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("payment methods are not taken down")
