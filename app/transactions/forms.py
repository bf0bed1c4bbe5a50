"""The forms of a transaction: its description alone, or why it failed."""

from wtforms import StringField, TextAreaField

from app.transactions.statuses import LONGEST_CODE, LONGEST_DESCRIPTION
from app.web.forms import Form, optional, required


class DescriptionForm(Form):
    """The one text that may change after posting."""

    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))


class FailureForm(Form):
    """Why a transaction failed (L01.17)."""

    failure_reason = TextAreaField("Failure reason", required("Failure reason"))
    failure_code = StringField("Failure code", optional("Failure code", LONGEST_CODE))
