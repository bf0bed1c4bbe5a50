"""What a posting refers to is checked for the statement as a whole, and without a lock on a row.

PostgreSQL's foreign keys lock the row they refer to, for each line. A branch's cash account is
named by every deposit at once: keeping the list of those who lock it took longer than posting.
Triggers ask the same for all lines together. An asset leaves only when nothing refers to it, and
while nobody posts: postings share the lock that closing a day takes.
"""

from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None

_DROPPED = {
    "entry": ("organisation_id_asset_id",),
    "movement": ("organisation_id_asset_id",),
    "transaction": ("organisation_id_asset_id", "organisation_id_counter_asset_id"),
}
_SHARE = """
    PERFORM pg_advisory_xact_lock_shared(19, organisation_id::int)
    FROM (SELECT DISTINCT organisation_id FROM added) a;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, names in _DROPPED.items():
        for name in names:
            op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT fk_{table}_{name}')
    _function("refuse_closed_day", _SHARE + _CLOSED + _strays("asset_id"))
    _function("refuse_stray_asset", _SHARE + _strays("asset_id"))
    _function("refuse_stray_parties", _SHARE + _strays("asset_id") + _strays("counter_asset_id"))
    _function("refuse_leaving_asset", _LEAVING, answer="OLD")
    _function(
        "refuse_moved",
        "RAISE EXCEPTION 'The account was made inactive, or its status changed, in the meantime' "
        "USING ERRCODE = '23514';",
        returns="bigint",
    )
    _when_added("movement", "refuse_stray_asset")
    _when_added("transaction", "refuse_stray_parties")
    _when_changed("movement", "refuse_stray_asset", "asset_id")
    _when_changed("transaction", "refuse_stray_parties", "asset_id", "counter_asset_id")
    op.execute(
        "CREATE TRIGGER asset_referred BEFORE DELETE OR UPDATE OF id, organisation_id ON asset "
        "FOR EACH ROW EXECUTE FUNCTION refuse_leaving_asset()"
    )


def downgrade() -> None:
    raise NotImplementedError("postings keep their leaner checks")


def _function(
    name: str, body: str, *, returns: str = "trigger", answer: str = "NULL"
) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS {returns} LANGUAGE plpgsql AS $$ "
        f"BEGIN {body} RETURN {answer}; END $$"
    )


def _strays(column: str) -> str:
    return f"""
    IF EXISTS (
        SELECT 1 FROM added WHERE added.{column} IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM asset s
            WHERE s.id = added.{column} AND s.organisation_id = added.organisation_id
        )
    ) THEN
        RAISE EXCEPTION 'foreign key: no such asset in this organisation'
            USING ERRCODE = '23503';
    END IF;
    """


def _when_added(table: str, function: str) -> None:
    op.execute(
        f'CREATE TRIGGER {table}_asset AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS added '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


def _when_changed(table: str, function: str, *columns: str) -> None:
    """Ask again where one of the columns is written; a trigger of columns sees single rows only."""
    checks = " ".join(_strays(column) for column in columns)
    row = ", ".join(("organisation_id", *columns))
    values = ", ".join(f"NEW.{name}" for name in ("organisation_id", *columns))
    body = (_SHARE + checks).replace("FROM added", f"FROM (VALUES ({values})) AS added ({row})")
    _function(f"{function}_of_row", body)
    op.execute(
        f'CREATE TRIGGER {table}_asset_changed AFTER UPDATE OF {", ".join(columns)} '
        f'ON "{table}" FOR EACH ROW EXECUTE FUNCTION {function}_of_row()'
    )


_CLOSED = """
    IF EXISTS (
        SELECT 1 FROM added a JOIN organisation o ON o.id = a.organisation_id
        WHERE a.posting_date <= o.closed_through
            OR (o.closed_through IS NOT NULL AND a.posting_date < o.business_date
                AND coalesce(current_setting('countinghouse.closing', true), '') = '')
    ) THEN
        RAISE EXCEPTION 'the day is closed' USING ERRCODE = '40001';
    END IF;
"""
_LEAVING = """
    PERFORM pg_advisory_xact_lock(19, OLD.organisation_id::int);
    IF EXISTS (SELECT 1 FROM entry e
               WHERE e.organisation_id = OLD.organisation_id AND e.asset_id = OLD.id)
        OR EXISTS (SELECT 1 FROM movement m WHERE m.asset_id = OLD.id)
        OR EXISTS (SELECT 1 FROM transaction t
                   WHERE t.organisation_id = OLD.organisation_id AND t.asset_id = OLD.id)
        OR EXISTS (SELECT 1 FROM transaction t
                   WHERE t.organisation_id = OLD.organisation_id AND t.counter_asset_id = OLD.id)
    THEN
        RAISE EXCEPTION 'foreign key: the asset is referred to' USING ERRCODE = '23503';
    END IF;
"""
