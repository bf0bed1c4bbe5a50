"""A customer is found by the paper they show."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_NAME = "ix_identity_document_reference"


def upgrade() -> None:
    op.create_index(_NAME, "identity_document", ["organisation_id", "reference"])


def downgrade() -> None:
    op.drop_index(_NAME, "identity_document")
