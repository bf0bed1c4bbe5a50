"""People who act: companies' own people, mandates, agents, statements that come by themselves."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

_SEE = ("mandates.view", "agents.view")
_MANAGE = (
    *_SEE, "mandates.create", "mandates.edit", "agents.create", "agents.edit",
    "agents.change-status", "agents.delete",
)  # fmt: skip
# What the system roles of organisations that are there already may do besides.
_GRANTED = {
    "Tenant Administrator": (
        *_MANAGE, "agents.approve-l1", "agents.approve-l2", "agents.approve-l3",
    ),
    "Branch Manager": (*_MANAGE, "agents.approve-l1"),
    "Teller": _SEE,
    "Approver L1": (*_SEE, "agents.approve-l1"),
    "Approver L2": (*_SEE, "agents.approve-l2"),
    "Approver L3": (*_SEE, "agents.approve-l3"),
    "Auditor": _SEE,
}  # fmt: skip
# Accounts that individuals hold already have their holder as signatory, as new ones get theirs.
_HOLDERS = """
    INSERT INTO mandate (
        organisation_id, account_id, client_id, project_id, kind, name, signatory_client_id,
        effective_from, email, phone, identity_type, identity_reference, revocation_reason,
        version, created_at, updated_at
    )
    SELECT account.organisation_id, account.id, account.client_id, account.project_id,
        'PRIMARY_HOLDER', client.name, client.id, organisation.business_date, client.email,
        client.phone, coalesce(identity_type.name, ''), coalesce(document.reference, ''), '', 1,
        account.updated_at, account.updated_at
    FROM account
    JOIN client ON client.id = account.client_id AND client.kind = 'individual'
    JOIN organisation ON organisation.id = account.organisation_id
    LEFT JOIN identity_document document ON document.id = (
        SELECT min(earliest.id) FROM identity_document earliest
        WHERE earliest.client_id = client.id
    )
    LEFT JOIN identity_type ON identity_type.id = document.identity_type_id
    WHERE account.record_status = 'AUTHORIZED'
"""


def upgrade() -> None:
    _tables()
    op.add_column("client", sa.Column("incorporated_on", sa.Date(), nullable=True))
    op.add_column("account", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("account", sa.Column("closing_reason", sa.String(), nullable=True))
    op.execute(_HOLDERS)
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("people are not taken down")


def _tables() -> None:
    op.create_table(
        "session_position",
        sa.Column(
            "session_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("latitude", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Integer(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "latitude between -90000000 and 90000000", name=op.f("ck_session_position_latitude")
        ),
        sa.CheckConstraint(
            "longitude between -180000000 and 180000000", name=op.f("ck_session_position_longitude")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_position_user_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_position")),
    )
    op.create_table(
        "company_member",
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("identity_number", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("share_basis_points", sa.Integer(), nullable=True),
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
        sa.CheckConstraint(
            "(role = 'shareholder') = (share_basis_points is not null)",
            name=op.f("ck_company_member_share"),
        ),
        sa.CheckConstraint(
            "role in ('director', 'shareholder', 'contact')", name=op.f("ck_company_member_role")
        ),
        sa.CheckConstraint(
            "share_basis_points between 1 and 10000", name=op.f("ck_company_member_whole")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_company_member_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_company_member_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_member")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_company_member_tenant"),
    )
    with op.batch_alter_table("company_member", schema=None) as batch_op:
        batch_op.create_index(
            "ix_company_member_client", ["organisation_id", "client_id"], unique=False
        )

    op.create_table(
        "onboarding_rule",
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "account_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("sends_welcome", sa.Boolean(), nullable=False),
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
        sa.CheckConstraint(
            "kind in ('individual', 'corporate')", name=op.f("ck_onboarding_rule_kind")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_type_id"],
            ["account_type.organisation_id", "account_type.id"],
            name=op.f("fk_onboarding_rule_organisation_id_account_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "product_id"],
            ["product.organisation_id", "product.id"],
            name=op.f("fk_onboarding_rule_organisation_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_onboarding_rule_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_onboarding_rule_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_rule")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_onboarding_rule_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "project_id",
            "kind",
            name=op.f("uq_onboarding_rule_organisation_id_project_id_kind"),
        ),
    )
    op.create_table(
        "agent",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("end_time", sa.Time(), nullable=True),
        sa.Column("is_geo_locked", sa.Boolean(), nullable=False),
        sa.Column("zone_latitude", sa.Integer(), nullable=True),
        sa.Column("zone_longitude", sa.Integer(), nullable=True),
        sa.Column("zone_radius_metres", sa.Integer(), nullable=True),
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
            "(start_time is null) = (end_time is null)", name=op.f("ck_agent_hours")
        ),
        sa.CheckConstraint("end_time > start_time", name=op.f("ck_agent_day")),
        sa.CheckConstraint(
            "not is_geo_locked or (zone_latitude is not null and zone_longitude is not null and zone_radius_metres is not null)",
            name=op.f("ck_agent_zone"),
        ),
        sa.CheckConstraint("zone_radius_metres > 0", name=op.f("ck_agent_radius")),
        sa.ForeignKeyConstraint(["maker_id"], ["user.id"], name=op.f("fk_agent_maker_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_agent_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_agent_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["user.organisation_id", "user.id"],
            name=op.f("fk_agent_organisation_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_agent_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_agent_tenant"),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_agent_organisation_id_number")
        ),
    )
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.create_index(
            "uq_agent_account",
            ["organisation_id", "account_id"],
            unique=True,
            sqlite_where=sa.text("account_id is not null"),
            postgresql_where=sa.text("account_id is not null"),
        )
        batch_op.create_index(
            "uq_agent_user",
            ["organisation_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("retired_at is null"),
            postgresql_where=sa.text("retired_at is null"),
        )

    op.create_table(
        "mandate",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "signatory_client_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column(
            "limit_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("identity_type", sa.String(), nullable=False),
        sa.Column("identity_reference", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=False),
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
        sa.CheckConstraint(
            "kind in ('PRIMARY_HOLDER', 'JOINT_HOLDER', 'AUTHORIZED_SIGNATORY', 'DIRECTOR', 'GUARDIAN', 'POWER_OF_ATTORNEY')",
            name=op.f("ck_mandate_kind"),
        ),
        sa.CheckConstraint("effective_to > effective_from", name=op.f("ck_mandate_period")),
        sa.CheckConstraint("limit_minor > 0", name=op.f("ck_mandate_limit")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_mandate_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_mandate_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_mandate_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "signatory_client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_mandate_organisation_id_signatory_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_mandate_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_mandate_tenant"),
    )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mandate_account", ["organisation_id", "account_id", "id"], unique=False
        )

    op.create_table(
        "statement_config",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_statement_on", sa.Date(), nullable=True),
        sa.Column(
            "last_balance_minor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
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
        sa.CheckConstraint(
            "frequency in ('DAILY', 'WEEKLY', 'MONTHLY', 'QUARTERLY', 'SEMI_ANNUALLY', 'ANNUALLY')",
            name=op.f("ck_statement_config_frequency"),
        ),
        sa.CheckConstraint(
            "method in ('EMAIL', 'PHYSICAL', 'BOTH')", name=op.f("ck_statement_config_method")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_statement_config_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_statement_config_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_statement_config_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_statement_config_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_config")),
        sa.UniqueConstraint(
            "organisation_id",
            "account_id",
            name=op.f("uq_statement_config_organisation_id_account_id"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_statement_config_tenant"),
    )
    op.create_table(
        "statement_delivery",
        sa.Column(
            "config_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "balance_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("to_mail", sa.Boolean(), nullable=False),
        sa.Column("to_print", sa.Boolean(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "printed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
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
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_statement_delivery_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "branch_id"],
            ["branch.organisation_id", "branch.id"],
            name=op.f("fk_statement_delivery_organisation_id_branch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_statement_delivery_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "config_id"],
            ["statement_config.organisation_id", "statement_config.id"],
            name=op.f("fk_statement_delivery_organisation_id_config_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "printed_by"],
            ["user.organisation_id", "user.id"],
            name=op.f("fk_statement_delivery_organisation_id_printed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "project_id"],
            ["project.organisation_id", "project.id"],
            name=op.f("fk_statement_delivery_organisation_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "statement_id"],
            ["statement.organisation_id", "statement.id"],
            name=op.f("fk_statement_delivery_organisation_id_statement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_statement_delivery_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_delivery")),
        sa.UniqueConstraint(
            "organisation_id",
            "config_id",
            "last_day",
            name=op.f("uq_statement_delivery_organisation_id_config_id_last_day"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name="uq_statement_delivery_tenant"),
    )
    with op.batch_alter_table("statement_delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_delivery_list", ["organisation_id", "to_print", "id"], unique=False
        )
        batch_op.create_index(
            "ix_statement_delivery_statement", ["organisation_id", "statement_id"], unique=False
        )

    op.create_table(
        "signature",
        sa.Column(
            "transaction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "mandate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
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
            ["organisation_id", "mandate_id"],
            ["mandate.organisation_id", "mandate.id"],
            name=op.f("fk_signature_organisation_id_mandate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["transaction.organisation_id", "transaction.id"],
            name=op.f("fk_signature_organisation_id_transaction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_signature_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_signature_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "transaction_id",
            "mandate_id",
            name=op.f("uq_signature_organisation_id_transaction_id_mandate_id"),
        ),
    )
