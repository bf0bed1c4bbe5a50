"""Close of business: configurations, runs, their steps, and the guard of closed days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0006"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SEE = ("closing.view", "closing-configuration.view")
_CHANGE = ("closing-configuration.create", "closing-configuration.edit")
_RUN = ("closing.run", "closing.resume")
_APPROVE = tuple(f"closing-configuration.approve-l{level}" for level in (1, 2, 3))
# What the system roles of organisations that are there already get, as new ones do.
_ROLES = {
    "Tenant Administrator": (
        *_SEE, *_RUN, *_CHANGE, "closing-configuration.delete", *_APPROVE,
    ),
    "Branch Manager": (*_SEE, *_RUN, *_CHANGE, _APPROVE[0]),
    "Approver L1": (*_SEE, _APPROVE[0]),
    "Approver L2": (*_SEE, _APPROVE[1]),
    "Approver L3": (*_SEE, _APPROVE[2]),
    "Auditor": _SEE,
}  # fmt: skip


def upgrade() -> None:
    _tables()
    grant(_ROLES)
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    raise NotImplementedError("closed days are not opened again")


def _guard_postgresql() -> None:
    """Refuse entries of a closed day; one whose day was cut off on its way is tried again.

    The lock is shared by postings and taken alone by the cut-off (`app.ledger.days`), so a
    posting ends before it or sees what it wrote.
    """
    op.execute(
        """
        CREATE FUNCTION refuse_closed_day() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(19, organisation_id::int)
            FROM (SELECT DISTINCT organisation_id FROM added) a;
            IF EXISTS (
                SELECT 1 FROM added a JOIN organisation o ON o.id = a.organisation_id
                WHERE a.posting_date <= o.closed_through
                    OR (o.closed_through IS NOT NULL AND a.posting_date < o.business_date
                        AND coalesce(current_setting('countinghouse.closing', true), '') = '')
            ) THEN
                RAISE EXCEPTION 'the day is closed' USING ERRCODE = '40001';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER entry_open_day AFTER INSERT ON entry REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_day()"
    )


def _guard_sqlite() -> None:
    op.execute(
        """
        CREATE TRIGGER entry_open_day BEFORE INSERT ON entry
        WHEN NEW.posting_date <= (
            SELECT closed_through FROM organisation WHERE id = NEW.organisation_id
        )
        BEGIN SELECT RAISE(ABORT, 'the day is closed'); END
        """
    )


def _tables() -> None:
    op.create_table(
        "closing_configuration",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("closes_at", sa.String(), nullable=False),
        sa.Column("is_on_following_day", sa.Boolean(), nullable=False),
        sa.Column("blocks_on_failed_fdt", sa.Boolean(), nullable=False),
        sa.Column("on_pending", sa.String(), nullable=False),
        sa.Column("blocks_on_breaches", sa.Boolean(), nullable=False),
        sa.Column("left_out", _JSON, nullable=False),
        sa.Column("notified_ids", _JSON, nullable=False),
        sa.Column("is_in_force", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, autoincrement=True, nullable=False),
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
        sa.Column("maker_id", _ID, nullable=True),
        sa.CheckConstraint(
            "not is_in_force or record_status = 'AUTHORIZED'",
            name=op.f("ck_closing_configuration_in_force"),
        ),
        sa.CheckConstraint(
            "on_pending in ('warn', 'block')", name=op.f("ck_closing_configuration_on_pending")
        ),
        sa.CheckConstraint(
            "record_status in ('CAPTURED', 'PENDING_AUTH_L3', 'PENDING_AUTH_L2', 'PENDING_AUTH_L1', 'AUTHORIZED', 'REJECTED', 'DENIED')",
            name=op.f("ck_closing_configuration_record_status"),
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["user.id"], name=op.f("fk_closing_configuration_maker_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_closing_configuration_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_configuration")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_closing_configuration_tenant"),
    )
    op.create_index(
        "uq_closing_configuration_in_force",
        "closing_configuration",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("is_in_force"),
        postgresql_where=sa.text("is_in_force"),
    )
    op.create_table(
        "closing_run",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("next_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("started_by", _ID, nullable=True),
        sa.Column("starter_name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("configuration_id", _ID, nullable=True),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'completed') = (ended_at is not null)", name=op.f("ck_closing_run_ended")
        ),
        sa.CheckConstraint(
            "state in ('running', 'blocked', 'completed')", name=op.f("ck_closing_run_state")
        ),
        sa.CheckConstraint("next_date > business_date", name=op.f("ck_closing_run_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "configuration_id"],
            ["closing_configuration.organisation_id", "closing_configuration.id"],
            name=op.f("fk_closing_run_organisation_id_configuration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_closing_run_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["user.id"], name=op.f("fk_closing_run_started_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_run")),
        sa.UniqueConstraint(
            "organisation_id",
            "business_date",
            name=op.f("uq_closing_run_organisation_id_business_date"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_closing_run_tenant"),
    )
    op.create_index(
        "uq_closing_run_open",
        "closing_run",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'completed'"),
        postgresql_where=sa.text("state <> 'completed'"),
    )
    op.create_table(
        "closing_run_step",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("work_id", _ID, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "(state = 'done') = (ended_at is not null)", name=op.f("ck_closing_run_step_ended")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'under way', 'done', 'blocked', 'left out')",
            name=op.f("ck_closing_run_step_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "business_date"],
            ["closing_run.organisation_id", "closing_run.business_date"],
            name=op.f("fk_closing_run_step_organisation_id_business_date"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_closing_run_step_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_run_step")),
        sa.UniqueConstraint(
            "organisation_id",
            "business_date",
            "key",
            name=op.f("uq_closing_run_step_organisation_id_business_date_key"),
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "business_date",
            "position",
            name=op.f("uq_closing_run_step_organisation_id_business_date_position"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_closing_run_step_tenant"),
    )
    op.add_column("organisation", sa.Column("closed_through", sa.Date(), nullable=True))
    op.add_column("transaction", sa.Column("handed_in_for", sa.Date(), nullable=True))
