"""Company fees say which rows of the configuration they are made of."""

from sqlalchemy import Select, or_, select

from app.controls.usage import used_by
from app.fees.models import CompanyFee
from app.reference.models import ProjectCurrency, TransactionSubType


@used_by(TransactionSubType, "company fees")
def fees_of_sub_type(row: TransactionSubType) -> Select[int]:
    """Select the fees for a type of transaction, deleted ones too: they refer to it for good."""
    return select(CompanyFee.id).where(
        CompanyFee.organisation_id == row.organisation_id, CompanyFee.sub_type_id == row.id
    )


@used_by(ProjectCurrency, "company fees")
def fees_of_currency(row: ProjectCurrency) -> Select[int]:
    """Select the live fees that name a currency of a project."""
    return select(CompanyFee.id).where(
        CompanyFee.organisation_id == row.organisation_id,
        CompanyFee.project_id == row.project_id,
        CompanyFee.retired_at.is_(None),
        or_(CompanyFee.currency == row.label, CompanyFee.counter_currency == row.label),
    )
