"""What a person chooses when they compose a report."""

from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.books.commands import CreateCustomReport, EditCustomReport
from app.books.custom import DIMENSIONS, MEASURES
from app.books.models import CustomReport
from app.web.forms import Form, chosen, required, set_choices, stripped

_GROUPS = ("first_group", "second_group", "third_group")


class CustomReportForm(Form):
    """A name, up to three groups, and the figures to add up."""

    name = StringField("Name", required("Name"))
    first_group = SelectField("Group by", chosen("Group by"), validate_choice=False)
    second_group = SelectField("Then by", [Optional()], validate_choice=False)
    third_group = SelectField("Then by", [Optional()], validate_choice=False)
    measures = SelectMultipleField("Figures", validate_choice=False)

    def offer(self, report: CustomReport | None) -> None:
        """Fill the choices, and show what the report has."""
        rows: list[tuple[Any, str]] = [(key, one.label) for key, one in DIMENSIONS.items()]
        for name in _GROUPS:
            empty = "Choose a group" if name == "first_group" else "Nothing more"
            set_choices(self[name], rows, empty=empty)
        set_choices(self.measures, [(key, label) for key, (label, _) in MEASURES.items()])
        if report is not None and not self.is_posted:
            for name, group in zip(_GROUPS, report.groups, strict=False):
                self[name].data = group
            self.measures.data = list(report.measures)

    def create(self) -> CreateCustomReport:
        """Return the command that composes it."""
        return CreateCustomReport(stripped(self.name.data), self._groups(), self._measures())

    def edit(self, report: CustomReport, version: int) -> EditCustomReport:
        """Return the command that changes it."""
        name = stripped(self.name.data)
        return EditCustomReport(report.id, version, name, self._groups(), self._measures())

    def _groups(self) -> tuple[str, ...]:
        return tuple(self[name].data for name in _GROUPS if self[name].data)

    def _measures(self) -> tuple[str, ...]:
        return tuple(self.measures.data or ())
