"""Invoices with their documents, and payments found by the invoice they belong to."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HAS_CONTEXT = sa.text("context_id is not null")
_STATUSES = "'Pending', 'Paid', 'Overpaid', 'Underpaid', 'Expired'"
_SEE = ("invoices.view",)
_WORK = (*_SEE, "invoices.create", "invoices.edit", "invoices.pay")
_GRANTED = {
    "Tenant Administrator": (*_WORK, "invoices.change-status"),
    "Branch Manager": (*_WORK, "invoices.change-status"),
    "Teller": _WORK,
    "Approver L1": _SEE,
    "Approver L2": _SEE,
    "Approver L3": _SEE,
    "Auditor": _SEE,
}


def upgrade() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("project_id", _ID, nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("paid_minor", _ID, nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("wallet_address", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_status_by_hand", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoice_amount")),
        sa.CheckConstraint("paid_minor >= 0", name=op.f("ck_invoice_paid")),
        sa.CheckConstraint(f"status in ({_STATUSES})", name=op.f("ck_invoice_status")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["client.organisation_id", "client.id"],
            name=op.f("fk_invoice_organisation_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invoice_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_invoice_tenant"),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_invoice_organisation_id_number")
        ),
        sa.UniqueConstraint(
            "organisation_id", "external_id", name=op.f("uq_invoice_organisation_id_external_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoice_public_id")),
    )
    op.create_index("ix_invoice_client", "invoice", ["organisation_id", "client_id", "id"])
    op.create_table(
        "invoice_document",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_invoice_document_size")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "invoice_id"],
            ["invoice.organisation_id", "invoice.id"],
            name=op.f("fk_invoice_document_organisation_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invoice_document_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_document")),
        sa.UniqueConstraint("organisation_id", "id", name="uq_invoice_document_tenant"),
    )
    op.create_index(
        "ix_invoice_document_invoice", "invoice_document", ["organisation_id", "invoice_id"]
    )
    op.create_index(
        "ix_transaction_context",
        "transaction",
        ["organisation_id", "context_kind", "context_id"],
        sqlite_where=_HAS_CONTEXT,
        postgresql_where=_HAS_CONTEXT,
    )
    grant(_GRANTED)


def downgrade() -> None:
    raise NotImplementedError("invoices are not taken down")
