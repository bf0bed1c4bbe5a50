"""What a configuration file carries of the reports that people have composed."""

from typing import Any

from app.books.commands import (
    CreateCustomReport,
    EditCustomReport,
    create_custom_report,
    edit_custom_report,
)
from app.books.models import CustomReport
from app.controls.portable import Portable, portable
from app.controls.work import Work


def add(work: Work, columns: dict[str, Any]) -> CustomReport:
    """Compose the report."""
    return work.session.get_one(
        CustomReport, create_custom_report(work, CreateCustomReport(**columns))
    )


def save(work: Work, record: CustomReport, columns: dict[str, Any]) -> None:
    """Change what it is composed of."""
    edit_custom_report(work, EditCustomReport(record.id, record.version, **columns))


portable(
    Portable(
        "custom_reports",
        "Composed reports",
        CustomReport,
        "reports",
        identity=("name",),
        fields=("groups", "measures"),
        words={"first_group": "groups"},
        create=add,
        edit=save,
        is_exact=True,
    )
)
