"""What belongs to a project alone: its words in other languages, its requests and its reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_INSTANT = sa.DateTime(timezone=True)
_LIVE = sa.text("retired_at is null")
_MANAGED = ("localisation", "marketplace", "pipelines")
_SEE = ("requests.view", "compliance.view", *(f"{module}.view" for module in _MANAGED))
_REPORT = ("compliance.create", "compliance.edit")
_SERVE = ("requests.create", "requests.edit", "marketplace.create", "marketplace.edit")
_MANAGE = tuple(
    f"{module}.{action}" for module in _MANAGED for action in ("create", "edit", "delete")
)
_GRANTED = {
    "Tenant Administrator": (*_SEE, *_SERVE, *_REPORT, *_MANAGE),
    "Branch Manager": (*_SEE, *_SERVE, *_REPORT),
    "Teller": (*_SEE, *_SERVE),
    "Approver L1": _SEE,
    "Approver L2": _SEE,
    "Approver L3": _SEE,
    "Auditor": _SEE,
}


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.String(), nullable=False, server_default="en"))
    _of_project("translation", *_texts("language", "label", "translation"))
    _once("translation", "language", "label")
    _of_project("project_text", *_texts("code", "language", "body"))
    _once("project_text", "code", "language")
    _of_project("mail_template", *_texts("letter", "language", "subject", "body"))
    _once("mail_template", "letter", "language")
    _of_project(
        "snippet",
        *_texts("name", "place", "language", "body"),
        _among("snippet", "place", "balances", "invoices", "statements", "requests"),
    )
    _once("snippet", "place", "name", "language")
    _numbering()
    _requests()
    _compliance()
    _marketplace()
    _pipelines()
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("the records of projects are not taken down")


def _numbering() -> None:
    _of_project(
        "project_numbering",
        *_texts("kind", "prefix"),
        sa.Column("next_number", _ID, nullable=False),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_project_numbering_positive")),
    )
    _once("project_numbering", "kind")


def _requests() -> None:
    table = "service_request"
    _create(
        table,
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=True),
        sa.Column("assignee_id", _ID, nullable=True),
        *_texts("number", "kind", "subject", "status", "priority"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        _among(table, "status", "open", "in-progress", "waiting", "resolved", "closed"),
        _among(table, "kind", "support", "service"),
        _among(table, "priority", "low", "normal", "high", "urgent"),
        _within(table, "project", "project_id"),
        _within(table, "client", "client_id"),
        _within(table, "user", "assignee_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "project_id",
            "number",
            name=op.f("uq_service_request_organisation_id_project_id_number"),
        ),
    )
    op.create_index(f"ix_{table}_list", table, ["organisation_id", "project_id", "id"])
    op.create_index(f"ix_{table}_client", table, ["organisation_id", "client_id", "id"])
    table = "request_message"
    _create(
        table,
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("author_id", _ID, nullable=True),
        *_texts("author", "body"),
        sa.Column("is_from_client", sa.Boolean(), nullable=False),
        sa.Column("is_note", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        _within(table, "service_request", "request_id"),
        _within(table, "user", "author_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
    )
    op.create_index(f"ix_{table}_list", table, ["organisation_id", "request_id", "id"])


def _compliance() -> None:
    table = "compliance_report"
    _create(
        table,
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("owner_id", _ID, nullable=True),
        *_texts("kind", "number", "name", "severity", "status"),
        sa.Column("found_on", sa.Date(), nullable=False),
        *_texts("description", "steps_taken", "resolution"),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        _among(table, "kind", "incident", "violation", "penetration"),
        _among(table, "status", "open", "in-progress", "closed"),
        _among(table, "severity", "low", "medium", "high", "critical"),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at is not null)",
            name=op.f("ck_compliance_report_closed"),
        ),
        _within(table, "project", "project_id"),
        _within(table, "user", "owner_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "project_id",
            "number",
            name=op.f("uq_compliance_report_organisation_id_project_id_number"),
        ),
    )
    op.create_index(f"ix_{table}_list", table, ["organisation_id", "kind", "id"])


def _marketplace() -> None:
    _of_project(
        "marketplace_product",
        *_texts("name", "description", "currency"),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("price_minor", _ID, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_marketplace_product_price")),
    )
    _once("marketplace_product", "name")
    kinds = ("webstore", "payments", "messaging", "identity", "accounting", "other")
    _of_project(
        "integration",
        *_texts("name", "kind"),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _among("integration", "kind", *kinds),
    )
    _once("integration", "name")
    table = "marketplace_order"
    owners = {
        "project_id": "project",
        "client_id": "client",
        "product_id": "marketplace_product",
        "invoice_id": "invoice",
    }
    _create(
        table,
        *(sa.Column(name, _ID, nullable=False) for name in owners),
        *_texts("number"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        *_texts("currency", "status"),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "quantity between 1 and 10000", name=op.f("ck_marketplace_order_quantity")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_marketplace_order_amount")),
        _among(table, "status", "new", "delivered", "cancelled"),
        *(_within(table, other, name) for name, other in owners.items()),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_marketplace_order_invoice_id")),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "project_id",
            "number",
            name=op.f("uq_marketplace_order_organisation_id_project_id_number"),
        ),
    )
    op.create_index(f"ix_{table}_list", table, ["organisation_id", "project_id", "id"])


def _pipelines() -> None:
    _of_project(
        "pipeline_server",
        *_texts("name", "system"),
        sa.Column("token_hash", sa.String(), nullable=True),
        _among("pipeline_server", "system", "gitlab", "jenkins", "github", "other"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pipeline_server_token_hash")),
    )
    _once("pipeline_server", "name")
    table = "pipeline_run"
    _create(
        table,
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("server_id", _ID, nullable=False),
        *_texts("run", "pipeline", "branch", "status", "url"),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("duration_seconds", _ID, nullable=True),
        _among(table, "status", "running", "passed", "failed", "cancelled"),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_pipeline_run_duration")),
        _within(table, "project", "project_id"),
        _within(table, "pipeline_server", "server_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
        sa.UniqueConstraint(
            "organisation_id",
            "server_id",
            "run",
            name=op.f("uq_pipeline_run_organisation_id_server_id_run"),
        ),
    )
    op.create_index(
        f"ix_{table}_list", table, ["organisation_id", "project_id", "started_at", "id"]
    )


def _among(table: str, column: str, *values: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} in {values}", name=op.f(f"ck_{table}_{column}"))


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(), nullable=False) for name in names)


def _of_project(table: str, *items: sa.schema.SchemaItem) -> None:
    """Create a table of records of projects: version, stamps, and both keys of the house."""
    _create(
        table,
        sa.Column("project_id", _ID, nullable=False),
        *items,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("retired_at", _INSTANT, nullable=True),
        _within(table, "project", "project_id"),
        sa.UniqueConstraint("organisation_id", "id", name=f"uq_{table}_tenant"),
    )


def _create(table: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        *items,
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _within(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=op.f(f"fk_{table}_organisation_id_{column}"),
    )


def _once(table: str, *columns: str) -> None:
    """Let a key be there once among a project's records in use."""
    op.create_index(
        f"uq_{table}_key",
        table,
        ["organisation_id", "project_id", *columns],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
