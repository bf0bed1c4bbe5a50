"""What the database itself refuses: changed entries, changed log rows, unbalanced transactions."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BLOCKS = ("transaction", "entry", "account", "asset")
_IMMUTABLE = (
    "entry", "activity", "review_step", "seal", "exchange_rate", "service_log",
)  # fmt: skip
_FROZEN_COLUMNS = (
    "organisation_id",
    "public_id",
    "reference",
    "kind",
    "direction",
    "asset_id",
    "counter_asset_id",
    "client_id",
    "amount_minor",
    "currency",
    "base_minor",
    "posting_date",
    "value_date",
    "source",
    "beneficiary",
    "fee_minor",
    "tax_minor",
    "funding_source_id",
    "platform_id",
    "settled_minor",
    "settled_currency",
    "exchange_rate",
    "pair_id",
    "reverses_id",
    "posted_at",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    raise NotImplementedError("the guards are not taken down")


def _postgresql() -> None:
    # Balances change in place as long as their page has room: no index is touched then.
    op.execute("ALTER TABLE asset SET (fillfactor = 70)")
    for name in _BLOCKS:
        op.execute(f"CREATE SEQUENCE {name}_block START 1")
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% rows are immutable', TG_TABLE_NAME USING ERRCODE = '23000';
        END $$
        """
    )
    for table in _IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        """
        CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT 1 FROM added GROUP BY transaction_id
                HAVING sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END) <> 0
                    OR count(*) FILTER (WHERE side = 'D') = 0
                    OR count(*) FILTER (WHERE side = 'C') = 0
            ) THEN
                RAISE EXCEPTION 'unbalanced transaction' USING ERRCODE = '23514';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER entry_balanced AFTER INSERT ON entry REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced()"
    )
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FROZEN_COLUMNS)
    op.execute(
        f"""
        CREATE FUNCTION refuse_posted_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR {changed} THEN
                RAISE EXCEPTION 'posted transactions are immutable' USING ERRCODE = '23000';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER transaction_posted BEFORE UPDATE OR DELETE ON transaction "
        "FOR EACH ROW WHEN (OLD.posted_at IS NOT NULL) EXECUTE FUNCTION refuse_posted_change()"
    )


def _sqlite() -> None:
    for name in _BLOCKS:
        op.execute(f"INSERT INTO id_counter (name, next_value) VALUES ('{name}', 1)")
    for table in _IMMUTABLE:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} rows are immutable'); END"
            )
    op.execute(
        """
        CREATE TRIGGER entry_into_posted BEFORE INSERT ON entry
        WHEN (SELECT posted_at FROM "transaction" WHERE id = NEW.transaction_id) IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'posted transactions are immutable'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER transaction_posted_at_insert BEFORE INSERT ON "transaction"
        WHEN NEW.posted_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a transaction is posted after its entries'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER transaction_balanced BEFORE UPDATE OF posted_at ON "transaction"
        WHEN NEW.posted_at IS NOT NULL AND OLD.posted_at IS NULL AND (
            SELECT count(*) = 0
                OR sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END) <> 0
                OR sum(side = 'D') = 0 OR sum(side = 'C') = 0
            FROM entry WHERE transaction_id = NEW.id
        )
        BEGIN SELECT RAISE(ABORT, 'unbalanced transaction'); END
        """
    )
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _FROZEN_COLUMNS)
    op.execute(
        f"""
        CREATE TRIGGER transaction_frozen BEFORE UPDATE ON "transaction"
        WHEN OLD.posted_at IS NOT NULL AND ({changed})
        BEGIN SELECT RAISE(ABORT, 'posted transactions are immutable'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER transaction_kept BEFORE DELETE ON "transaction"
        WHEN OLD.posted_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'posted transactions are immutable'); END
        """
    )
