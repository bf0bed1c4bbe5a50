"""Searching transactions by any part of their text: trigrams on both databases."""

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


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
            connection.execute(
                text(
                    "CREATE INDEX ix_transaction_search_text ON transaction_search "
                    "USING gin (text gin_trgm_ops)"
                )
            )
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
