"""What a new section lets the system roles of organisations that are there already do besides."""

import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op


def grant(permissions_by_role: Mapping[str, tuple[str, ...]]) -> None:
    """Add permissions to the system roles by their names; what a role holds already stays."""
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    value = "CAST(:permissions AS jsonb)" if is_postgresql else ":permissions"
    # The value is one of two texts of this module.
    change = sa.text(f"UPDATE role SET permissions = {value} WHERE id = :id")  # noqa: S608
    roles = connection.execute(sa.text("SELECT id, name, permissions FROM role WHERE is_system"))
    for role_id, name, kept in roles.all():
        permissions = kept if isinstance(kept, list) else json.loads(kept)
        wanted = sorted({*permissions, *permissions_by_role.get(name, ())})
        connection.execute(change, {"id": role_id, "permissions": json.dumps(wanted)})
