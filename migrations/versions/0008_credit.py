"""Facilities with their collateral, accounts and loan workflows; a customer's credit limit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0008"
down_revision = "0012"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Valuations are added, and marked as deleted; what they say is never changed.
_SAID = (
    "organisation_id, collateral_id, valued_on, currency, exponent, market_minor, forced_minor, "
    "method, valuer, reference, remarks"
)
_SEE = ("facilities.view", "collateral.view", "loan-workflows.view")
_LEND = (
    "clients.credit-limit", "facilities.create", "facilities.edit", "facilities.delete",
    "facilities.change-status", "facilities.allocate", "collateral.create", "collateral.edit",
    "collateral.delete", "loan-workflows.create", "loan-workflows.edit",
)  # fmt: skip


def _approves(*levels: int) -> tuple[str, ...]:
    modules = ("facilities", "loan-workflows")
    return tuple(f"{module}.approve-l{level}" for module in modules for level in levels)


_GRANTED = {
    "Tenant Administrator": (*_SEE, *_LEND, "loan-workflows.delete", *_approves(1, 2, 3)),
    "Branch Manager": (*_SEE, *_LEND, *_approves(1)),
    "Teller": _SEE,
    "Approver L1": (*_SEE, *_approves(1)),
    "Approver L2": (*_SEE, *_approves(2)),
    "Approver L3": (*_SEE, *_approves(3)),
    "Auditor": _SEE,
}


def upgrade() -> None:
    _tables()
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    # Stated with the column: SQLite then rebuilds no table, and its triggers stay.
    kind = "BIGINT" if is_postgresql else "INTEGER"
    op.execute(
        f"ALTER TABLE client ADD COLUMN credit_limit_minor {kind} "
        "CONSTRAINT ck_client_credit_limit CHECK (credit_limit_minor >= 0)"
    )
    if is_postgresql:
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("facilities are not taken down")


def _keep_on_postgresql() -> None:
    for verb in (f"UPDATE OF {_SAID}", "DELETE"):
        name = verb.split()[0].lower()
        op.execute(
            f"CREATE TRIGGER collateral_valuation_{name} BEFORE {verb} ON collateral_valuation "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _keep_on_sqlite() -> None:
    for verb in (f"UPDATE OF {_SAID}", "DELETE"):
        name = verb.split()[0].lower()
        op.execute(
            f"CREATE TRIGGER collateral_valuation_{name} BEFORE {verb} ON collateral_valuation "
            "BEGIN SELECT RAISE(ABORT, 'collateral_valuation rows are immutable'); END"
        )


def _tables() -> None:
    op.create_table(
        "workflow_type",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
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
        sa.Column("maker_id", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_workflow_type_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_workflow_type_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_type")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_workflow_type_tenant"),
    )
    op.create_index(
        "uq_workflow_type_code",
        "workflow_type",
        ["organisation_id", "code"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "workflow_stage",
        sa.Column("workflow_type_id", _BIG, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "role_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
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
        sa.Column("maker_id", _BIG, nullable=True),
        sa.CheckConstraint("place between 1 and 99", name=op.f("ck_workflow_stage_place")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_workflow_stage_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "workflow_type_id"],
            ["workflow_type.organisation_id", "workflow_type.id"],
            name=op.f("fk_workflow_stage_organisation_id_workflow_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_workflow_stage_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_stage")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_workflow_stage_tenant"),
    )
    op.create_index(
        "uq_workflow_stage_code",
        "workflow_stage",
        ["organisation_id", "workflow_type_id", "code"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_index(
        "uq_workflow_stage_place",
        "workflow_stage",
        ["organisation_id", "workflow_type_id", "place"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "facility",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("client_id", _BIG, nullable=False),
        sa.Column("project_id", _BIG, nullable=False),
        sa.Column("branch_id", _BIG, nullable=False),
        sa.Column("facility_class_id", _BIG, nullable=False),
        sa.Column("loan_purpose_id", _BIG, nullable=True),
        sa.Column("workflow_type_id", _BIG, nullable=True),
        sa.Column("stage_id", _BIG, nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("approved_minor", _BIG, nullable=False),
        sa.Column("advised_minor", _BIG, nullable=False),
        sa.Column("base_minor", _BIG, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("expiry_mode", sa.String(), nullable=False),
        sa.Column("revolving", sa.String(), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("status_memo", sa.String(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
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
        sa.Column("maker_id", _BIG, nullable=True),
        sa.CheckConstraint(
            "(record_status = 'AUTHORIZED') = (status is not null)",
            name=op.f("ck_facility_authorised"),
        ),
        sa.CheckConstraint(
            "expiry_mode in ('MANUAL', 'AUTOMATIC')", name=op.f("ck_facility_expiry_mode")
        ),
        sa.CheckConstraint(
            "revolving in ('INHERIT', 'YES', 'NO')", name=op.f("ck_facility_revolving")
        ),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'SUSPENDED', 'EXPIRED', 'CANCELLED')",
            name=op.f("ck_facility_status"),
        ),
        sa.CheckConstraint(
            "advised_minor > 0 and advised_minor <= approved_minor",
            name=op.f("ck_facility_advised"),
        ),
        sa.CheckConstraint("review_days between 1 and 365", name=op.f("ck_facility_review_days")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_facility_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_facility_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_facility_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "facility_class_id"],
            ["facility_class.organisation_id", "facility_class.id"],
            name=op.f("fk_facility_organisation_id_facility_class_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "loan_purpose_id"],
            ["loan_purpose.organisation_id", "loan_purpose.id"],
            name=op.f("fk_facility_organisation_id_loan_purpose_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_facility_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "stage_id"],
            ["workflow_stage.organisation_id", "workflow_stage.id"],
            name=op.f("fk_facility_organisation_id_stage_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "workflow_type_id"],
            ["workflow_type.organisation_id", "workflow_type.id"],
            name=op.f("fk_facility_organisation_id_workflow_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_facility_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_facility_tenant"),
    )
    op.create_index(
        "ix_facility_client", "facility", ["organisation_id", "client_id"], unique=False
    )
    op.create_index(
        "ix_facility_end", "facility", ["organisation_id", "status", "expires_on"], unique=False
    )
    op.create_index(
        "ix_facility_list", "facility", ["organisation_id", "project_id", "id"], unique=False
    )
    op.create_index(
        "uq_facility_reference",
        "facility",
        ["organisation_id", "reference"],
        unique=True,
        sqlite_where=sa.text("retired_at is null"),
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "collateral",
        sa.Column("facility_id", _BIG, nullable=False),
        sa.Column("collateral_type_id", _BIG, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("market_minor", _BIG, nullable=False),
        sa.Column("forced_minor", _BIG, nullable=False),
        sa.Column("value_currency", sa.String(), nullable=False),
        sa.Column("value_exponent", sa.Integer(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("remarks", sa.String(), nullable=False),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "forced_minor >= 0 and forced_minor <= market_minor", name=op.f("ck_collateral_forced")
        ),
        sa.CheckConstraint("market_minor > 0", name=op.f("ck_collateral_market")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "collateral_type_id"],
            ["collateral_type.organisation_id", "collateral_type.id"],
            name=op.f("fk_collateral_organisation_id_collateral_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "facility_id"],
            ["facility.organisation_id", "facility.id"],
            name=op.f("fk_collateral_organisation_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_collateral_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collateral")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_collateral_tenant"),
    )
    op.create_index(
        "ix_collateral_facility", "collateral", ["organisation_id", "facility_id"], unique=False
    )
    op.create_table(
        "facility_account",
        sa.Column("facility_id", _BIG, nullable=False),
        sa.Column("account_id", _BIG, nullable=False),
        sa.Column("asset_id", _BIG, nullable=False),
        sa.Column("allocation_minor", _BIG, nullable=False),
        sa.Column("permitted_minor", _BIG, nullable=False),
        sa.Column("outstanding_minor", _BIG, nullable=False),
        sa.Column("drawn_minor", _BIG, nullable=False),
        sa.Column("linked_on", sa.Date(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("allocation_minor > 0", name=op.f("ck_facility_account_allocation")),
        sa.CheckConstraint(
            "drawn_minor >= outstanding_minor", name=op.f("ck_facility_account_drawn")
        ),
        sa.CheckConstraint(
            "outstanding_minor >= 0 and outstanding_minor <= permitted_minor",
            name=op.f("ck_facility_account_outstanding"),
        ),
        sa.CheckConstraint(
            "released_at is null or permitted_minor = 0", name=op.f("ck_facility_account_released")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_facility_account_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_facility_account_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "facility_id"],
            ["facility.organisation_id", "facility.id"],
            name=op.f("fk_facility_account_organisation_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_facility_account_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_account")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_facility_account_tenant"),
    )
    op.create_index(
        "ix_facility_account_facility",
        "facility_account",
        ["organisation_id", "facility_id"],
        unique=False,
    )
    op.create_index(
        "uq_facility_account_asset",
        "facility_account",
        ["organisation_id", "asset_id"],
        unique=True,
        sqlite_where=sa.text("released_at is null"),
        postgresql_where=sa.text("released_at is null"),
    )
    op.create_table(
        "facility_move",
        sa.Column("facility_id", _BIG, nullable=False),
        sa.Column("stage_id", _BIG, nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "facility_id"],
            ["facility.organisation_id", "facility.id"],
            name=op.f("fk_facility_move_organisation_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "stage_id"],
            ["workflow_stage.organisation_id", "workflow_stage.id"],
            name=op.f("fk_facility_move_organisation_id_stage_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_facility_move_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_move")),
    )
    op.create_index(
        "ix_facility_move_list",
        "facility_move",
        ["organisation_id", "facility_id", "id"],
        unique=False,
    )
    op.create_table(
        "collateral_valuation",
        sa.Column("collateral_id", _BIG, nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("market_minor", _BIG, nullable=False),
        sa.Column("forced_minor", _BIG, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("valuer", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("remarks", sa.String(), nullable=False),
        sa.Column("organisation_id", _BIG, nullable=False),
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "method in ('', 'Market Comparison', 'Income Approach', 'Cost Approach', 'Other')",
            name=op.f("ck_collateral_valuation_method"),
        ),
        sa.CheckConstraint(
            "forced_minor >= 0 and forced_minor <= market_minor",
            name=op.f("ck_collateral_valuation_forced"),
        ),
        sa.CheckConstraint("market_minor > 0", name=op.f("ck_collateral_valuation_market")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "collateral_id"],
            ["collateral.organisation_id", "collateral.id"],
            name=op.f("fk_collateral_valuation_organisation_id_collateral_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_collateral_valuation_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collateral_valuation")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_collateral_valuation_tenant"),
    )
    op.create_index(
        "ix_collateral_valuation_list",
        "collateral_valuation",
        ["organisation_id", "collateral_id", "valued_on"],
        unique=False,
    )
