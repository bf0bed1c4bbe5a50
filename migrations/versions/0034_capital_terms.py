"""What capital is measured by: weights and tiers of products, and the least ratios."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_PERCENT = sa.Numeric(30, 12).with_variant(sa.String(40), "sqlite")


def upgrade() -> None:
    op.create_table(
        "capital_terms",
        sa.Column("weights", _JSON, nullable=False),
        sa.Column("tiers", _JSON, nullable=False),
        sa.Column("least_core", _PERCENT, nullable=False),
        sa.Column("least_total", _PERCENT, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_capital_terms_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capital_terms")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_capital_terms_tenant"),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_capital_terms_organisation_id")),
    )


def downgrade() -> None:
    op.drop_table("capital_terms")
