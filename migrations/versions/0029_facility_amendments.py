"""The limit and the end of a facility in force are changed by amendments."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("retired_at is null and record_status not in ('AUTHORIZED', 'DENIED')")

_REVIEWED = {
    "approved_minor": _ID,
    "advised_minor": _ID,
    "expires_on": sa.Date(),
    "review_days": sa.Integer(),
}


def upgrade() -> None:
    op.create_table('facility_amendment',
    sa.Column('facility_id', _ID, nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('client_id', _ID, nullable=False),
    sa.Column('project_id', _ID, nullable=False),
    sa.Column('branch_id', _ID, nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('exponent', sa.Integer(), nullable=False),
    sa.Column('approved_before_minor', _ID, nullable=False),
    sa.Column('approved_minor', _ID, nullable=False),
    sa.Column('base_minor', _ID, nullable=False),
    sa.Column('advised_before_minor', _ID, nullable=False),
    sa.Column('advised_minor', _ID, nullable=False),
    sa.Column('expires_before', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('review_days_before', sa.Integer(), nullable=False),
    sa.Column('review_days', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('organisation_id', _ID, nullable=False),
    sa.Column('id', _ID, autoincrement=True, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('record_status', sa.String(), nullable=False),
    sa.Column('levels_required', sa.Integer(), nullable=True),
    sa.Column('review_cycle', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=True),
    sa.Column('rejection_reason', sa.String(), nullable=True),
    sa.Column('denial_reason', sa.String(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('authorised_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('maker_id', _ID, nullable=True),
    sa.CheckConstraint('advised_minor > 0 and advised_minor <= approved_minor', name=op.f('ck_facility_amendment_advised')),
    sa.CheckConstraint('review_days between 1 and 365', name=op.f('ck_facility_amendment_review_days')),
    sa.ForeignKeyConstraint(['maker_id'], ['user.id'], name=op.f('fk_facility_amendment_maker_id')),
    sa.ForeignKeyConstraint(['organisation_id', 'branch_id'], ['branch.organisation_id', 'branch.id'], name=op.f('fk_facility_amendment_organisation_id_branch_id')),
    sa.ForeignKeyConstraint(['organisation_id', 'client_id'], ['client.organisation_id', 'client.id'], name=op.f('fk_facility_amendment_organisation_id_client_id')),
    sa.ForeignKeyConstraint(['organisation_id', 'facility_id'], ['facility.organisation_id', 'facility.id'], name=op.f('fk_facility_amendment_organisation_id_facility_id')),
    sa.ForeignKeyConstraint(['organisation_id', 'project_id'], ['project.organisation_id', 'project.id'], name=op.f('fk_facility_amendment_organisation_id_project_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_facility_amendment_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facility_amendment')),
    sa.UniqueConstraint('organisation_id', 'id', name='uq_facility_amendment_tenant')
    )
    for name, kind in _REVIEWED.items():
        op.add_column("facility", sa.Column(f"reviewed_{name}", kind, nullable=True))
    op.create_index(
        "ix_facility_amendment_facility",
        "facility_amendment",
        ["organisation_id", "facility_id", "id"],
    )
    op.create_index(
        "uq_facility_amendment_open",
        "facility_amendment",
        ["organisation_id", "facility_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    for name in _REVIEWED:
        op.drop_column("facility", f"reviewed_{name}")
    op.drop_table("facility_amendment")
