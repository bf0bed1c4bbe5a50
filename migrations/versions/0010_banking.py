"""Banks that fiat assets are held at, chosen from a list where their name was typed, and cards."""

import sqlalchemy as sa
from alembic import op

import app.db.types

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WITHIN = ("organisation_id",)
