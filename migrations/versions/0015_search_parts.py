"""Looking up parts of names and codes: one index a table, codes apart from texts, rare values."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0015"
down_revision = "0008"
branch_labels = None
depends_on = None

# What transactions are found by, each with trigrams of its own.
_KEPT = ("text", "codes")
# What else people look up by a part of it: a table and its columns.
_PARTS = {
    "account": ("number", "name", "uid", "public_id", "external_id"),
    "asset": ("uid", "public_id"),
    "client": ("name", "number", "email", "phone"),
}
# What filters ask of transactions, of which some blocks of rows have none; and of how many values.
_RARE = {
    "kind": "text", "direction": "text", "processing": "text", "currency": "text",
    "sub_type_id": "int8", "manager_id": "int8", "desk_id": "int8", "account_type_id": "int8",
}  # fmt: skip
_FEW = "n_distinct_per_range = 20"
_BEFORE = (
    "ix_transaction_search_text", "ix_account_number_parts", "ix_account_name_parts",
    "ix_client_name_parts",
)  # fmt: skip


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    _drop_postgresql() if is_postgresql else _drop_sqlite()
    # Codes stand beside the text: all are alike, which would make each word a long search.
    op.add_column(
        "transaction_search", sa.Column("codes", sa.String(), nullable=False, server_default="")
    )
    # The worker writes all texts anew, with their codes.
    op.execute("DELETE FROM transaction_search")
    op.execute("UPDATE search_mark SET activity_id = 0 WHERE name = 'transaction'")
    _make_postgresql() if is_postgresql else _make_sqlite()


def downgrade() -> None:
    raise NotImplementedError("the index is not taken down")


def _drop_postgresql() -> None:
    for name in _BEFORE:
        op.execute(f"DROP INDEX IF EXISTS {name}")


def _drop_sqlite() -> None:
    for name in ("transaction_search_added", "transaction_search_gone"):
        op.execute(f"DROP TRIGGER {name}")
    for kept in ("account_name_text", "client_name_text"):
        for what in ("added", "changed", "gone"):
            op.execute(f"DROP TRIGGER {kept}_{what}")
    for name in ("transaction_text", "account_name_text", "client_name_text"):
        op.execute(f"DROP TABLE {name}")


def _make_postgresql() -> None:
    """Index by trigrams where the server lets us; without them the texts are read through."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            for name in _KEPT:
                _trigrams(f"ix_transaction_search_{name}", "transaction_search", (name,))
            for table, columns in _PARTS.items():
                lower = tuple(f"lower({name})" for name in columns)
                _trigrams(f"ix_{table}_parts", table, lower)
    except DBAPIError:
        pass
    # A filter on what few have would read all rows: this tells which blocks cannot have it.
    listed = ", ".join(f"{name} {kind}_bloom_ops({_FEW})" for name, kind in _RARE.items())
    op.execute(
        f"CREATE INDEX ix_transaction_rare ON transaction USING brin ({listed}) "
        "WITH (pages_per_range = 32, autosummarize = on)"
    )


def _trigrams(name: str, table: str, columns: tuple[str, ...]) -> None:
    listed = ", ".join(f"{one} gin_trgm_ops" for one in columns)
    op.execute(f"CREATE INDEX {name} ON {table} USING gin ({listed})")


def _make_sqlite() -> None:
    for name in _KEPT:
        kept = f"transaction_{name}"
        op.execute(
            f"CREATE VIRTUAL TABLE {kept} USING fts5({name}, tokenize='trigram', "
            "content='transaction_search', content_rowid='transaction_id')"
        )
        op.execute(
            f"CREATE TRIGGER {kept}_added AFTER INSERT ON transaction_search BEGIN "
            f"INSERT INTO {kept} (rowid, {name}) VALUES (NEW.transaction_id, NEW.{name}); END"  # noqa: S608
        )
        op.execute(
            f"CREATE TRIGGER {kept}_gone AFTER DELETE ON transaction_search BEGIN "
            f"INSERT INTO {kept} ({kept}, rowid, {name}) "  # noqa: S608
            f"VALUES ('delete', OLD.transaction_id, OLD.{name}); END"
        )
    for table, columns in _PARTS.items():
        _follow(table, columns)


def _follow(table: str, columns: tuple[str, ...]) -> None:
    """Keep the trigrams of a table's columns beside it, of those that are there as well."""
    kept, listed = f"{table}_name_text", ", ".join(columns)
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    add = f"INSERT INTO {kept} (rowid, {listed}) VALUES (NEW.id, {new});"  # noqa: S608
    drop = f"INSERT INTO {kept} ({kept}, rowid, {listed}) VALUES ('delete', OLD.id, {old});"  # noqa: S608
    op.execute(
        f"CREATE VIRTUAL TABLE {kept} USING fts5("
        f"{listed}, tokenize='trigram', content='{table}', content_rowid='id')"
    )
    op.execute(f"INSERT INTO {kept} ({kept}) VALUES ('rebuild')")  # noqa: S608
    happenings = (
        ("added", "INSERT", add),
        ("changed", f"UPDATE OF {listed}", drop + add),
        ("gone", "DELETE", drop),
    )
    for what, verb, steps in happenings:
        op.execute(f"CREATE TRIGGER {kept}_{what} AFTER {verb} ON {table} BEGIN {steps} END")
