"""The forms of a request and of what is said about it."""

from wtforms import BooleanField, SelectField, StringField, TextAreaField

from app.clients.picking import client_field
from app.requests.commands import LONGEST_MESSAGE, EditRequest, OpenRequest
from app.requests.models import KINDS, PRIORITIES, STATUSES
from app.web.forms import Form, as_id, chosen, optional, options, required


def _message(label: str) -> TextAreaField:
    return TextAreaField(label, required(label, LONGEST_MESSAGE))


class AskForm(Form):
    """What a client asks."""

    kind = SelectField("Kind", chosen("Kind"), choices=options(KINDS))
    subject = StringField("Subject", required("Subject"))
    body = _message("Message")


class RequestForm(Form):
    """A request of a whole project or of one client."""

    kind = SelectField("Kind", chosen("Kind"), choices=options(KINDS))
    project_id = SelectField("Project", optional("Project"), validate_choice=False)
    client_id = client_field(
        "Customer",
        optional("Customer"),
        description="None: the request is about the whole project",
    )
    subject = StringField("Subject", required("Subject"))
    priority = SelectField(
        "Priority", chosen("Priority"), choices=options(PRIORITIES), default="normal"
    )
    assignee_id = SelectField("Assignee", optional("Assignee"), validate_choice=False)
    body = _message("Message")

    def opened(self) -> OpenRequest:
        """Return the command of a new request."""
        return OpenRequest(
            self.kind.data,
            self.subject.data,
            self.body.data,
            as_id(self.project_id.data),
            as_id(self.client_id.data),
            self.priority.data,
            as_id(self.assignee_id.data),
        )

    def edited(self, request_id: int, version: int) -> EditRequest:
        """Return the command that saves a request."""
        return EditRequest(
            request_id,
            version,
            self.subject.data,
            self.priority.data,
            as_id(self.assignee_id.data),
        )


class AnswerForm(Form):
    """A message about a request."""

    body = _message("Message")
    is_note = BooleanField("Note for the house alone; the customer does not read it")


class StatusForm(Form):
    """Where a request stands."""

    status = SelectField(
        "Status",
        chosen("Status"),
        choices=options(STATUSES),
        description="A closed request stays closed",
    )
