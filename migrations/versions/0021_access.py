"""Labels of deleted platforms come again, roles differ by more than capitals, mail has its client."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_LABEL = ("organisation_id", "project_id", "label")
_ALWAYS = "uq_platform_organisation_id_project_id_label"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IN_USE = sa.text("retired_at is null")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(_ALWAYS, "platform")
    else:
        _write_platforms_anew()
    op.create_index(
        "uq_platform_key",
        "platform",
        _LABEL,
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    # The oldest keeps its name: system roles are older than any other.
    op.execute(
        "UPDATE role SET name = name || ' (' || id || ')' WHERE id NOT IN "
        "(SELECT min(id) FROM role GROUP BY organisation_id, lower(name))"
    )
    op.create_index(
        "uq_role_name", "role", ["organisation_id", sa.text("lower(name)")], unique=True
    )
    op.add_column("mail", sa.Column("client_id", _ID, nullable=True))
    _find_clients_of_mail()


def downgrade() -> None:
    raise NotImplementedError("a label that came again cannot be there once only")


def _write_platforms_anew() -> None:
    """SQLite drops no constraint of a table: the table is made again without it.

    What refers to its rows is checked at the commit, when they are there again.
    """
    connection = op.get_bind()
    table = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = 'platform'")
    lines = table.scalar_one()
    constraint = f"CONSTRAINT {_ALWAYS} UNIQUE ({', '.join(_LABEL)})"
    if constraint not in lines:
        raise RuntimeError("the table of platforms is not as it was made")
    for statement in (
        "PRAGMA defer_foreign_keys=ON",
        "CREATE TEMPORARY TABLE kept_platform AS SELECT * FROM platform",
        "DROP TABLE platform",
        lines.replace(f", \n\t{constraint}", "").replace(f", {constraint}", ""),
        "INSERT INTO platform SELECT * FROM kept_platform",
        "DROP TABLE kept_platform",
    ):
        connection.exec_driver_sql(statement)


def _find_clients_of_mail() -> None:
    """Give the mail that was written to clients and their logins to whoever has the address."""
    op.execute(
        "UPDATE mail SET client_id = (SELECT min(client.id) FROM client WHERE client.email <> '' "
        "AND client.organisation_id = mail.organisation_id AND client.email = mail.recipient) "
        "WHERE letter IN ('statement-ready', 'account-opened')"
    )
    op.execute(
        "UPDATE mail SET client_id = (SELECT min(login.client_id) FROM user_client AS login "
        'JOIN "user" AS person ON person.id = login.user_id '
        "WHERE login.organisation_id = mail.organisation_id AND person.email = mail.recipient) "
        "WHERE client_id IS NULL"
    )
