"""The forms of a transaction: its description alone, or the correction of a rejected one."""

from wtforms import StringField, TextAreaField

from app.transactions.statuses import LONGEST_CODE, LONGEST_DESCRIPTION
from app.web.forms import Form, optional, required


class DescriptionForm(Form):
    """The one text that may change after posting."""

    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))


class CorrectionForm(Form):
    """What the maker may correct of a transaction that was sent back."""

    amount = StringField("Amount", required("Amount"))
    source = StringField("Source", optional("Source"))
    beneficiary = StringField("Beneficiary", optional("Beneficiary"))
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))


class FailureForm(Form):
    """Why a transaction failed (L01.17)."""

    failure_reason = TextAreaField("Failure reason", required("Failure reason"))
    failure_code = StringField("Failure code", optional("Failure code", LONGEST_CODE))
