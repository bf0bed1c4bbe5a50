"""Alembic's environment: migrates the application's database with the house's metadata."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from app.controls.secrecy import Encrypted
from app.db.session import database
from app.db.types import Instant, Rate
from app.models import metadata

config = context.config


def render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write the house's column types as what they are, so that a migration stands alone."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Rate):
        return 'sa.Numeric(30, 12).with_variant(sa.String(40), "sqlite")'
    if isinstance(item, Encrypted):
        return "sa.String()"
    if isinstance(item, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run_migrations() -> None:
    """Migrate on one connection, in one transaction."""
    with database.engine.execution_options(writing=True).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
