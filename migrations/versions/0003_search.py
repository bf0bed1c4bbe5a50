"""Searching transactions, accounts and clients by any part of a text, on both databases."""

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# What people look up by a part of it, beside transactions: table, its column, the index's name.
_PARTS = (
    ("transaction_search", "text", "ix_transaction_search_text"),
    ("account", "lower(number)", "ix_account_number_parts"),
    ("account", "lower(name)", "ix_account_name_parts"),
    ("client", "lower(name)", "ix_client_name_parts"),
)


def upgrade() -> None:
    op.execute("INSERT INTO search_mark (name, activity_id) VALUES ('transaction', 0)")
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    raise NotImplementedError("the index is not taken down")


def _postgresql() -> None:
    """Index by trigrams where the server lets us; without them the texts are read through."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            for table, what, name in _PARTS:
                index = f"CREATE INDEX {name} ON {table} USING gin ({what} gin_trgm_ops)"
                connection.execute(text(index))
    except DBAPIError:
        pass
    # Blocks of rows by the day they came: next to nothing to keep, enough for a range of dates.
    op.execute("CREATE INDEX ix_transaction_created ON transaction USING brin (created_at)")


def _sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE transaction_text USING fts5("
        "text, tokenize='trigram', content='transaction_search', content_rowid='transaction_id')"
    )
    op.execute(
        "CREATE TRIGGER transaction_search_added AFTER INSERT ON transaction_search BEGIN "
        "INSERT INTO transaction_text (rowid, text) VALUES (NEW.transaction_id, NEW.text); END"
    )
    op.execute(
        "CREATE TRIGGER transaction_search_gone AFTER DELETE ON transaction_search BEGIN "
        "INSERT INTO transaction_text (transaction_text, rowid, text) "
        "VALUES ('delete', OLD.transaction_id, OLD.text); END"
    )
    _follow("account", ("number", "name"))
    _follow("client", ("name",))


def _follow(table: str, columns: tuple[str, ...]) -> None:
    """Keep the trigrams of a table's columns beside it."""
    kept, listed = f"{table}_name_text", ", ".join(columns)
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    add = f"INSERT INTO {kept} (rowid, {listed}) VALUES (NEW.id, {new});"  # noqa: S608
    drop = f"INSERT INTO {kept} ({kept}, rowid, {listed}) VALUES ('delete', OLD.id, {old});"  # noqa: S608
    op.execute(
        f"CREATE VIRTUAL TABLE {kept} USING fts5("
        f"{listed}, tokenize='trigram', content='{table}', content_rowid='id')"
    )
    happenings = (
        ("added", "INSERT", add),
        ("changed", f"UPDATE OF {listed}", drop + add),
        ("gone", "DELETE", drop),
    )
    for what, verb, steps in happenings:
        op.execute(f"CREATE TRIGGER {kept}_{what} AFTER {verb} ON {table} BEGIN {steps} END")
