"""Projects say which of the organisation's currencies they deal in."""

from sqlalchemy import Select, select

from app.controls.usage import used_by
from app.organisation.models import OrganisationCurrency
from app.reference.models import ProjectCurrency


@used_by(OrganisationCurrency, "projects")
def projects_dealing_in(row: OrganisationCurrency) -> Select[int]:
    """Select the projects' currencies with the code."""
    return select(ProjectCurrency.id).where(
        ProjectCurrency.organisation_id == row.organisation_id, ProjectCurrency.label == row.code
    )
