"""It is kept which accounts have a status that an activity rule set, and not a person."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Who set the statuses of before is not known: they are taken for a person's, and are kept.
    op.create_table(
        "ruled_account",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_ruled_account_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_ruled_account_organisation_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruled_account")),
        sa.UniqueConstraint(
            "organisation_id", "account_id", name=op.f("uq_ruled_account_organisation_id_account_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("ruled_account")
