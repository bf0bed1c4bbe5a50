"""The forms of a transaction: its description alone, or the correction of a rejected one."""

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from app.transactions.statuses import LONGEST_DESCRIPTION
from app.web.forms import Form, optional


class DescriptionForm(Form):
    """The one text that may change after posting."""

    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))


class CorrectionForm(Form):
    """What the maker may correct of a transaction that was sent back."""

    amount = StringField("Amount", [InputRequired("Amount is required")])
    source = StringField("Source", optional("Source"))
    beneficiary = StringField("Beneficiary", optional("Beneficiary"))
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))
