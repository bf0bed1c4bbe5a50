"""The forms of a person's own account: personal information and next of kin (E07)."""

from wtforms import EmailField, SelectMultipleField, StringField, TelField, TextAreaField
from wtforms.validators import Optional

from app.access.details import WEEK
from app.access.password_forms import valid_address
from app.web.forms import Form, optional, options, required

_LONGEST_PHONE = 40


class PersonalForm(Form):
    """What one says of oneself."""

    display_name = StringField("Display Name", required("Display name"))
    personal_email = EmailField("Personal Email", [*optional("Personal email"), valid_address])
    personal_phone = TelField("Personal Phone", optional("Personal phone", _LONGEST_PHONE))
    official_phone = TelField("Official Phone", optional("Official phone", _LONGEST_PHONE))
    non_working_days = SelectMultipleField("Non-Working Days", [Optional()], choices=options(WEEK))


class NextOfKinForm(Form):
    """Whom to call; left blank, there is nobody."""

    name = StringField("Name", optional("Name"))
    relationship = StringField(
        "Relationship", optional("Relationship"), description="Spouse, Parent, Sibling"
    )
    id_type = StringField("ID Type", optional("ID type"), description="National ID, Passport")
    id_number = StringField("ID Number", optional("ID number"))
    address = TextAreaField("Address", optional("Address", 500))
