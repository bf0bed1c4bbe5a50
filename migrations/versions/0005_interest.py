"""Account conditions, base rates, interest and charges: their tables, guards and permissions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RATE = sa.Numeric(30, 12).with_variant(sa.String(40), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ACTIONS = ("view", "create", "edit", "delete", "approve-l1", "approve-l2", "approve-l3")


def _may(*actions: str) -> tuple[str, ...]:
    return tuple(
        f"{module}.{action}"
        for module in ("account-conditions", "base-rates", "charges")
        for action in actions
    )


_SUPERSEDE = "account-conditions.supersede"
_GRANTED = {
    "Tenant Administrator": (*_may(*_ACTIONS), _SUPERSEDE),
    "Branch Manager": (*_may("view", "create", "edit", "approve-l1"), _SUPERSEDE),
    "Teller": _may("view"),
    "Approver L1": _may("view", "approve-l1"),
    "Approver L2": _may("view", "approve-l2"),
    "Approver L3": _may("view", "approve-l3"),
    "Auditor": _may("view"),
}


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("interest is not taken down")


def _postgresql() -> None:
    """Refuse to change what was posted: an accrual once it is, a posting ever."""
    op.execute(
        "CREATE TRIGGER interest_accrual_posted BEFORE UPDATE OR DELETE ON interest_accrual "
        "FOR EACH ROW WHEN (OLD.posting_id IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER interest_posting_immutable BEFORE UPDATE OR DELETE ON interest_posting "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("interest_accrual", "interest_posting"):
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _sqlite() -> None:
    for table, when in (
        ("interest_accrual", "WHEN OLD.posting_id IS NOT NULL "),
        ("interest_posting", ""),
    ):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{table} rows are immutable'); END"
            )


def _tables() -> None:
    op.create_table(
        "base_rate",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rate_percent", RATE, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_status", sa.String(), nullable=False),
        sa.Column("levels_required", sa.Integer(), nullable=True),
        sa.Column("review_cycle", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("denial_reason", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maker_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_base_rate_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_base_rate_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_rate")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_base_rate_tenant"),
    )
    op.create_index(
        "uq_base_rate_version",
        "base_rate",
        ["organisation_id", "code", "effective_from"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )

    op.create_table(
        "account_condition",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("supersedes_id", BIG, nullable=True),
        sa.Column("day_count", sa.String(), nullable=False),
        sa.Column("balance_type", sa.String(), nullable=False),
        sa.Column("credit_method", sa.String(), nullable=False),
        sa.Column("debit_method", sa.String(), nullable=False),
        sa.Column("accrual_frequency", sa.String(), nullable=False),
        sa.Column("posting_frequency", sa.String(), nullable=False),
        sa.Column("capitalisation_frequency", sa.String(), nullable=False),
        sa.Column("base_rate_id", BIG, nullable=True),
        sa.Column("tiers", JSON, nullable=False),
        sa.Column("credit_min_minor", BIG, nullable=True),
        sa.Column("credit_max_minor", BIG, nullable=True),
        sa.Column("debit_min_minor", BIG, nullable=True),
        sa.Column("debit_max_minor", BIG, nullable=True),
        sa.Column("penalty_percent", RATE, nullable=True),
        sa.Column("de_minimis_minor", BIG, nullable=False),
        sa.Column("tax_type", sa.String(), nullable=False),
        sa.Column("tax_percent", RATE, nullable=True),
        sa.Column("expense_product_id", BIG, nullable=True),
        sa.Column("liability_product_id", BIG, nullable=True),
        sa.Column("income_product_id", BIG, nullable=True),
        sa.Column("receivable_product_id", BIG, nullable=True),
        sa.Column("tax_product_id", BIG, nullable=True),
        sa.Column("comments", sa.String(), nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_status", sa.String(), nullable=False),
        sa.Column("levels_required", sa.Integer(), nullable=True),
        sa.Column("review_cycle", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("denial_reason", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maker_id", BIG, nullable=True),
        sa.CheckConstraint("de_minimis_minor >= 0", name=op.f("ck_account_condition_de_minimis")),
        sa.CheckConstraint(
            "effective_to is null or effective_to >= effective_from",
            name=op.f("ck_account_condition_period"),
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["user.id"], name=op.f("fk_account_condition_maker_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "base_rate_id"],
            ["base_rate.organisation_id", "base_rate.id"],
            name=op.f("fk_account_condition_organisation_id_base_rate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "expense_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_account_condition_organisation_id_expense_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "income_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_account_condition_organisation_id_income_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "liability_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_account_condition_organisation_id_liability_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "receivable_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_account_condition_organisation_id_receivable_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "supersedes_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_account_condition_organisation_id_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "tax_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_account_condition_organisation_id_tax_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_account_condition_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_condition")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_account_condition_tenant"),
    )
    op.create_index(
        "uq_account_condition_version",
        "account_condition",
        ["organisation_id", "code", "effective_from"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )

    op.create_table(
        "charge",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("amount_minor", BIG, nullable=False),
        sa.Column("tax_percent", RATE, nullable=True),
        sa.Column("income_product_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=True),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_status", sa.String(), nullable=False),
        sa.Column("levels_required", sa.Integer(), nullable=True),
        sa.Column("review_cycle", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("denial_reason", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maker_id", BIG, nullable=True),
        sa.CheckConstraint(
            "kind in ('MAINTENANCE', 'OVERDRAFT', 'ONE_OFF')", name=op.f("ck_charge_kind")
        ),
        sa.CheckConstraint(
            "(product_id is null) <> (account_id is null)", name=op.f("ck_charge_charged")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_charge_amount")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_charge_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_charge_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "income_product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_charge_organisation_id_income_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_charge_organisation_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_charge_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_charge_tenant"),
    )
    op.create_index(
        "uq_charge_code",
        "charge",
        ["organisation_id", "code"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )

    op.create_table(
        "condition_account",
        sa.Column("condition_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_condition_account_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "condition_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_condition_account_organisation_id_condition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_condition_account_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition_account")),
        sa.UniqueConstraint(
            "organisation_id",
            "account_id",
            name=op.f("uq_condition_account_organisation_id_account_id"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_condition_account_tenant"),
    )
    op.create_table(
        "condition_product",
        sa.Column("condition_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "condition_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_condition_product_organisation_id_condition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_condition_product_organisation_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_condition_product_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition_product")),
        sa.UniqueConstraint(
            "organisation_id",
            "condition_id",
            "product_id",
            name=op.f("uq_condition_product_organisation_id_condition_id_product_id"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_condition_product_tenant"),
    )
    op.create_index(
        "ix_condition_product_product",
        "condition_product",
        ["organisation_id", "product_id"],
        unique=False,
    )

    op.create_table(
        "balance_snapshot",
        sa.Column("asset_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ledger_minor", BIG, nullable=False),
        sa.Column("value_minor", BIG, nullable=False),
        sa.Column("held_minor", BIG, nullable=False),
        sa.Column("overdraft_minor", BIG, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_balance_snapshot_organisation_id_asset_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_snapshot")),
        sa.UniqueConstraint(
            "organisation_id",
            "asset_id",
            "day",
            name=op.f("uq_balance_snapshot_organisation_id_asset_id_day"),
        ),
    )
    op.create_table(
        "charge_due",
        sa.Column("charge_id", BIG, nullable=False),
        sa.Column("asset_id", BIG, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=True),
        sa.Column("transaction_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "(state = 'charged') = (transaction_id is not null)", name=op.f("ck_charge_due_charged")
        ),
        sa.CheckConstraint("state in ('due', 'charged')", name=op.f("ck_charge_due_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_charge_due_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "charge_id"],
            ["charge.organisation_id", "charge.id"],
            name=op.f("fk_charge_due_organisation_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_charge_due_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_charge_due_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_due")),
        sa.UniqueConstraint(
            "organisation_id",
            "charge_id",
            "asset_id",
            "due_on",
            name=op.f("uq_charge_due_organisation_id_charge_id_asset_id_due_on"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_charge_due_tenant"),
    )
    op.create_index(
        "ix_charge_due_asset", "charge_due", ["organisation_id", "asset_id", "id"], unique=False
    )
    op.create_index(
        "ix_charge_due_open",
        "charge_due",
        ["organisation_id", "asset_id"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )

    op.create_table(
        "interest_booking",
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("condition_id", BIG, nullable=False),
        sa.Column("branch_id", BIG, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("accrued_minor", BIG, nullable=False),
        sa.Column("moved_minor", BIG, nullable=False),
        sa.Column("transaction_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.CheckConstraint("side in ('C', 'D')", name=op.f("ck_interest_booking_side")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_interest_booking_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "condition_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_interest_booking_organisation_id_condition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_interest_booking_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_interest_booking_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_booking")),
        sa.UniqueConstraint(
            "organisation_id",
            "booked_on",
            "condition_id",
            "branch_id",
            "side",
            name="uq_interest_booking_group",
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_interest_booking_tenant"),
    )
    op.create_table(
        "interest_posting",
        sa.Column("asset_id", BIG, nullable=False),
        sa.Column("condition_id", BIG, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("accrued_minor", BIG, nullable=False),
        sa.Column("gross_minor", BIG, nullable=False),
        sa.Column("tax_minor", BIG, nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("transaction_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.CheckConstraint("side in ('C', 'D')", name=op.f("ck_interest_posting_side")),
        sa.CheckConstraint(
            "(transaction_id is null) = (gross_minor = 0)", name=op.f("ck_interest_posting_posted")
        ),
        sa.CheckConstraint(
            "accrued_minor >= 0 and gross_minor >= 0 and tax_minor >= 0",
            name=op.f("ck_interest_posting_amount"),
        ),
        sa.CheckConstraint("from_day <= to_day", name=op.f("ck_interest_posting_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_interest_posting_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "condition_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_interest_posting_organisation_id_condition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_interest_posting_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_interest_posting_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_posting")),
        sa.UniqueConstraint(
            "organisation_id",
            "asset_id",
            "condition_id",
            "side",
            "to_day",
            name="uq_interest_posting_period",
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_interest_posting_tenant"),
    )
    op.create_table(
        "interest_accrual",
        sa.Column("asset_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("condition_id", BIG, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("balance_minor", BIG, nullable=False),
        sa.Column("whole_minor", BIG, nullable=False),
        sa.Column("rest", BIG, nullable=False),
        sa.Column("year_days", sa.Integer(), nullable=False),
        sa.Column("posting_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.CheckConstraint("side in ('C', 'D')", name=op.f("ck_interest_accrual_side")),
        sa.CheckConstraint(
            "whole_minor >= 0 and rest >= 0 and year_days > 0",
            name=op.f("ck_interest_accrual_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_interest_accrual_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "condition_id"],
            ["account_condition.organisation_id", "account_condition.id"],
            name=op.f("fk_interest_accrual_organisation_id_condition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "posting_id"],
            ["interest_posting.organisation_id", "interest_posting.id"],
            name=op.f("fk_interest_accrual_organisation_id_posting_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_accrual")),
        sa.UniqueConstraint(
            "organisation_id",
            "asset_id",
            "day",
            name=op.f("uq_interest_accrual_organisation_id_asset_id_day"),
        ),
    )
    op.create_index(
        "ix_interest_accrual_open",
        "interest_accrual",
        ["organisation_id", "condition_id", "asset_id"],
        unique=False,
        sqlite_where=sa.text("posting_id is null"),
        postgresql_where=sa.text("posting_id is null"),
    )
    op.create_index(
        "ix_interest_accrual_posting",
        "interest_accrual",
        ["posting_id"],
        unique=False,
        sqlite_where=sa.text("posting_id is not null"),
        postgresql_where=sa.text("posting_id is not null"),
    )

    op.create_index(
        "ix_entry_forward",
        "entry",
        ["organisation_id", "value_date"],
        unique=False,
        sqlite_where=sa.text("value_date > posting_date"),
        postgresql_where=sa.text("value_date > posting_date"),
    )
