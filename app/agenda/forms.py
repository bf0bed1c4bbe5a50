"""The form of a call or a reminder; its time is that of the organisation's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from wtforms import DateField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.agenda.commands import LONGEST_NOTE, CreateEvent, EditEvent
from app.agenda.models import KINDS
from app.clients.picking import client_field
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped

_YEARS = range(2000, 2200)


class EventForm(Form):
    """A call or a reminder."""

    kind = SelectField("Kind", chosen("Kind"), choices=options(KINDS))
    name = StringField("What", required("What"))
    day = DateField("Date", [InputRequired("Date is required")])
    time = TimeField("Time", [InputRequired("Time is required")])
    project_id = SelectField("Project", [Optional()], validate_choice=False)
    client_id = client_field("Customer", [Optional()])
    note = TextAreaField("Note", optional("Note", LONGEST_NOTE))

    def create(self, zone: str) -> CreateEvent:
        """Return the command of a new event."""
        return CreateEvent(
            kind=self.kind.data,
            name=self.name.data,
            starts_at=self._starts_at(zone),
            project_id=as_id(self.project_id.data),
            client_id=as_id(self.client_id.data),
            note=stripped(self.note.data),
        )

    def edit(self, event_id: int, version: int, zone: str) -> EditEvent:
        """Return the command that saves an event."""
        return EditEvent(
            event_id,
            version,
            kind=self.kind.data,
            name=self.name.data,
            starts_at=self._starts_at(zone),
            client_id=as_id(self.client_id.data),
            note=stripped(self.note.data),
        )

    def validate_day(self, field: DateField) -> None:
        """Keep to years that exist in every zone."""
        if field.data is not None and field.data.year not in _YEARS:
            raise ValidationError("Date must be in a year from 2000 to 2199")

    def _starts_at(self, zone: str) -> datetime:
        return datetime.combine(self.day.data, self.time.data, ZoneInfo(zone))
