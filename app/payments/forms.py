"""What a person gives with a file of payments."""

from typing import Any

from flask import request
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, StringField

from app.kernel.errors import Refusal
from app.payments.commands import UploadPayments
from app.payments.files import LARGEST_BYTES
from app.payments.models import POLICIES
from app.web.forms import Form, options, required, stripped


class PaymentsForm(Form):
    """A name, the file, and what happens when a row fails."""

    name = StringField("Name", required("Name"), description="Salaries November, for example")
    file = FileField(
        "File",
        description="CSV or XLSX with the columns Debit account, Credit account, Amount,"
        " Currency, Narrative, Reference",
    )
    policy = RadioField(
        "When a row fails", choices=options(POLICIES), default="all", validate_choice=False
    )

    again = BooleanField("Pay the same rows once more")

    def upload(self) -> UploadPayments:
        """Return the command; refuses (422) a form without a file."""
        sent: Any = request.files.get("file")
        if sent is None or not sent.filename:
            raise Refusal("Choose a file", field="file")
        content = sent.stream.read(LARGEST_BYTES + 1)
        name = stripped(self.name.data)
        return UploadPayments(
            name, self.policy.data or "", sent.filename, content, again=self.again.data
        )
