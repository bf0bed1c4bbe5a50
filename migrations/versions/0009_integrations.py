"""Keys to the interface, service accounts, and what other systems are told of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = "kind in ('platform', 'employee', 'client')"
_MORE_KINDS = "kind in ('platform', 'employee', 'client', 'service')"
_SEE = ("third-party-systems.view", "hook-configs.view")
_DRAFT = (
    "third-party-systems.create",
    "third-party-systems.edit",
    "hook-configs.create",
    "hook-configs.edit",
    "hook-configs.redeliver",
    "api-keys.own",
    "api-keys.view",
)
_ALL = (
    *_SEE,
    *_DRAFT,
    "third-party-systems.delete",
    "hook-configs.delete",
    "api-keys.create",
    "api-keys.delete",
)


def _approve(*levels: int) -> tuple[str, ...]:
    modules = ("third-party-systems", "hook-configs")
    return tuple(f"{module}.approve-l{level}" for module in modules for level in levels)


# What the system roles of organisations that are there already get.
_ROLES = {
    "Tenant Administrator": (*_ALL, *_approve(1, 2, 3)),
    "Branch Manager": (*_SEE, *_DRAFT, *_approve(1)),
    "Teller": _SEE,
    "Approver L1": (*_SEE, *_approve(1)),
    "Approver L2": (*_SEE, *_approve(2)),
    "Approver L3": (*_SEE, *_approve(3)),
    "Auditor": _SEE,
}


def upgrade() -> None:
    _let_in_service_accounts()
    _give_to_roles()
    op.create_table(
        "api_key",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "networks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_from", sa.String(), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["user.organisation_id", "user.id"],
            name=op.f("fk_api_key_organisation_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_key_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_api_key_tenant"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_index("ix_api_key_owner", "api_key", ["organisation_id", "user_id"], unique=False)

    op.create_table(
        "third_party_system",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("base_url", sa.String(), nullable=False),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("credentials_token", sa.String(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("test_result", sa.String(), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
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
        sa.Column("maker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "kind in ('payments', 'custody', 'compliance', 'accounting', 'messaging', 'other')",
            name=op.f("ck_third_party_system_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["user.id"], name=op.f("fk_third_party_system_maker_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_third_party_system_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_third_party_system_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_third_party_system")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_third_party_system_tenant"),
    )
    op.create_table(
        "hook_config",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "system_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "events", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("secret_token", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.String(), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
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
        sa.Column("maker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_hook_config_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_hook_config_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id"],
            ["third_party_system.organisation_id", "third_party_system.id"],
            name=op.f("fk_hook_config_organisation_id_system_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_hook_config_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_config")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_hook_config_tenant"),
    )
    op.create_table(
        "delivery",
        sa.Column("hook_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column(
            "entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'delivered', 'failed', 'held')", name=op.f("ck_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "hook_id"],
            ["hook_config.organisation_id", "hook_config.id"],
            name=op.f("fk_delivery_organisation_id_hook_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_delivery_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_delivery_tenant"),
    )
    op.create_index(
        "ix_delivery_hook", "delivery", ["organisation_id", "hook_id", "state", "id"], unique=False
    )
    op.create_index(
        "ix_delivery_record",
        "delivery",
        ["organisation_id", "entity", "entity_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_delivery_message", "delivery", ["organisation_id", "hook_id", "message_id"], unique=True
    )

    op.create_table(
        "delivery_attempt",
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("request_head", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("answer_head", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_delivery_attempt_organisation_id_delivery_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_delivery_attempt_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    op.create_index(
        "ix_delivery_attempt",
        "delivery_attempt",
        ["organisation_id", "delivery_id", "id"],
        unique=False,
    )


def downgrade() -> None:
    raise NotImplementedError("what was told to other systems is not forgotten")


def _let_in_service_accounts() -> None:
    """Allow one more kind of user.

    SQLite cannot change a CHECK, and would have to copy the table that all others refer to; its own
    documentation has this way for constraints that only become wider
    (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_user_kind"), "user", type_="check")
        op.create_check_constraint(op.f("ck_user_kind"), "user", _MORE_KINDS)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'user'",
        (_KINDS, _MORE_KINDS),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _give_to_roles() -> None:
    connection = op.get_bind()
    role = sa.table(
        "role",
        sa.column("id"),
        sa.column("name"),
        sa.column("is_system"),
        sa.column("permissions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
    )
    for row in connection.execute(sa.select(role).where(role.c.is_system)).all():
        more = [one for one in _ROLES.get(row.name, ()) if one not in row.permissions]
        if more:
            permissions = [*row.permissions, *more]
            connection.execute(
                sa.update(role).where(role.c.id == row.id).values(permissions=permissions)
            )
