"""Forward-dated transactions, their reservations, standing orders, and who may work with them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None

_SEE = ("forward-dated.view", "standing-orders.view")
_TELL = (
    "forward-dated.create", "forward-dated.edit", "standing-orders.create",
    "standing-orders.edit", "standing-orders.delete",
)  # fmt: skip
_END = ("forward-dated.cancel", "standing-orders.cancel", "standing-orders.pause")
_APPROVE = {
    level: (f"forward-dated.approve-l{level}", f"standing-orders.approve-l{level}")
    for level in (1, 2, 3)
}
# What the roles that every organisation starts with are given; those of its own are left alone.
_GIVEN = {
    "Tenant Administrator": (*_SEE, *_TELL, *_END, *_APPROVE[1], *_APPROVE[2], *_APPROVE[3]),
    "Branch Manager": (*_SEE, *_TELL, *_END, *_APPROVE[1]),
    "Teller": (*_SEE, *_TELL),
    "Approver L1": (*_SEE, *_APPROVE[1]),
    "Approver L2": (*_SEE, *_APPROVE[2]),
    "Approver L3": (*_SEE, *_APPROVE[3]),
    "Auditor": _SEE,
}


def upgrade() -> None:
    _tables()
    grant(_GIVEN)


def downgrade() -> None:
    raise NotImplementedError("what was planned is not thrown away")


def _big() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _json() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _tables() -> None:
    op.create_table(
        "standing_order",
        sa.Column("day_of_month", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("last_generated_on", sa.Date(), nullable=True),
        sa.Column("next_scheduled_on", sa.Date(), nullable=True),
        sa.Column("generated_count", sa.Integer(), nullable=False),
        sa.Column("waiting_reason", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("branch_id", _big(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=False),
        sa.Column("lines", _json(), nullable=False),
        sa.Column("total_minor", _big(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("asset_id", _big(), nullable=False),
        sa.Column("counter_asset_id", _big(), nullable=False),
        sa.Column("client_id", _big(), nullable=True),
        sa.Column("project_id", _big(), nullable=True),
        sa.Column("organisation_id", _big(), nullable=False),
        sa.Column("id", _big(), autoincrement=True, nullable=False),
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
        sa.Column("maker_id", _big(), nullable=True),
        sa.CheckConstraint(
            "(status = 'DRAFT') = (record_status <> 'AUTHORIZED')",
            name=op.f("ck_standing_order_authorised"),
        ),
        sa.CheckConstraint(
            "record_status in ('CAPTURED', 'PENDING_AUTH_L3', 'PENDING_AUTH_L2', 'PENDING_AUTH_L1', 'AUTHORIZED', 'REJECTED', 'DENIED')",
            name=op.f("ck_standing_order_record_status"),
        ),
        sa.CheckConstraint(
            "status in ('DRAFT', 'ACTIVE', 'PAUSED', 'CANCELLED', 'COMPLETED')",
            name=op.f("ck_standing_order_status"),
        ),
        sa.CheckConstraint("day_of_month between 1 and 31", name=op.f("ck_standing_order_day")),
        sa.CheckConstraint(
            "end_on is null or end_on >= start_on", name=op.f("ck_standing_order_dates")
        ),
        sa.CheckConstraint("generated_count >= 0", name=op.f("ck_standing_order_count")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_standing_order_total")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_standing_order_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_standing_order_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_standing_order_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_standing_order_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "counter_asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_standing_order_organisation_id_counter_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_standing_order_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_standing_order_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_order")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_standing_order_tenant"),
        sa.UniqueConstraint(
            "organisation_id", "reference", name=op.f("uq_standing_order_organisation_id_reference")
        ),
    )
    op.create_index(
        "ix_standing_order_status",
        "standing_order",
        ["organisation_id", "status", "id"],
        unique=False,
    )
    op.create_table(
        "forward_dated",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scheduled_on", sa.Date(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("standing_order_id", _big(), nullable=True),
        sa.Column("occurrence", sa.String(), nullable=True),
        sa.Column("transaction_id", _big(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("branch_id", _big(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=False),
        sa.Column("lines", _json(), nullable=False),
        sa.Column("total_minor", _big(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("asset_id", _big(), nullable=False),
        sa.Column("counter_asset_id", _big(), nullable=False),
        sa.Column("client_id", _big(), nullable=True),
        sa.Column("project_id", _big(), nullable=True),
        sa.Column("organisation_id", _big(), nullable=False),
        sa.Column("id", _big(), autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_status", sa.String(), nullable=False),
        sa.Column("levels_required", sa.Integer(), nullable=True),
        sa.Column("review_cycle", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("rejection_reason", sa.String(), nullable=True),
        sa.Column("denial_reason", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("maker_id", _big(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'STANDING_ORDER_INSTANCE') = (standing_order_id is not null) and (standing_order_id is null) = (occurrence is null)",
            name=op.f("ck_forward_dated_source"),
        ),
        sa.CheckConstraint(
            "(status = 'EXECUTED') = (transaction_id is not null)",
            name=op.f("ck_forward_dated_executed"),
        ),
        sa.CheckConstraint(
            "kind in ('POST_DATED_CHECK', 'SCHEDULED_PAYMENT', 'STANDING_ORDER_INSTANCE')",
            name=op.f("ck_forward_dated_kind"),
        ),
        sa.CheckConstraint("policy in ('forward', 'back')", name=op.f("ck_forward_dated_policy")),
        sa.CheckConstraint(
            "record_status in ('CAPTURED', 'PENDING_AUTH_L3', 'PENDING_AUTH_L2', 'PENDING_AUTH_L1', 'AUTHORIZED', 'REJECTED', 'DENIED')",
            name=op.f("ck_forward_dated_record_status"),
        ),
        sa.CheckConstraint(
            "status in ('DRAFT', 'CANCELLED') or record_status = 'AUTHORIZED'",
            name=op.f("ck_forward_dated_authorised"),
        ),
        sa.CheckConstraint(
            "status in ('DRAFT', 'SCHEDULED', 'EXECUTING', 'EXECUTED', 'FAILED', 'CANCELLED')",
            name=op.f("ck_forward_dated_status"),
        ),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_forward_dated_total")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_forward_dated_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_forward_dated_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_forward_dated_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_forward_dated_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "counter_asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_forward_dated_organisation_id_counter_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_forward_dated_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "standing_order_id"],
            ["standing_order.organisation_id", "standing_order.id"],
            name=op.f("fk_forward_dated_organisation_id_standing_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_forward_dated_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_forward_dated_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward_dated")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_forward_dated_tenant"),
        sa.UniqueConstraint(
            "organisation_id", "reference", name=op.f("uq_forward_dated_organisation_id_reference")
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "transaction_id",
            name=op.f("uq_forward_dated_organisation_id_transaction_id"),
        ),
    )
    op.create_index(
        "ix_forward_dated_due",
        "forward_dated",
        ["organisation_id", "status", "execution_on"],
        unique=False,
    )
    op.create_index(
        "uq_forward_dated_occurrence",
        "forward_dated",
        ["organisation_id", "standing_order_id", "occurrence"],
        unique=True,
    )
    op.create_table(
        "forward_reservation",
        sa.Column("forward_dated_id", _big(), nullable=False),
        sa.Column("asset_id", _big(), nullable=False),
        sa.Column("hold_id", _big(), nullable=False),
        sa.Column("amount_minor", _big(), nullable=False),
        sa.Column("base_minor", _big(), nullable=False),
        sa.Column("organisation_id", _big(), nullable=False),
        sa.Column("id", _big(), autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0 and base_minor >= 0", name=op.f("ck_forward_reservation_amount")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asset_id"],
            ["asset.organisation_id", "asset.id"],
            name=op.f("fk_forward_reservation_organisation_id_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "forward_dated_id"],
            ["forward_dated.organisation_id", "forward_dated.id"],
            name=op.f("fk_forward_reservation_organisation_id_forward_dated_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "hold_id"],
            ["hold.organisation_id", "hold.id"],
            name=op.f("fk_forward_reservation_organisation_id_hold_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_forward_reservation_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward_reservation")),
        sa.UniqueConstraint(
            "organisation_id", "forward_dated_id", "asset_id", name="uq_forward_reservation_asset"
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "hold_id",
            name=op.f("uq_forward_reservation_organisation_id_hold_id"),
        ),
    )
