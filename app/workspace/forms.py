"""The forms of a person's own account: personal information and next of kin (E07)."""

from wtforms import EmailField, SelectMultipleField, StringField, TelField, TextAreaField
from wtforms.validators import Optional, Regexp

from app.access.details import WEEK
from app.access.password_forms import valid_address
from app.web.forms import Form, optional, required

_LONGEST_PHONE = 40


def _phone(label: str) -> TelField:
    shape = Regexp(r"\s*\+?[0-9 ()./-]{5,}\s*$", message="Please enter a valid phone number")
    return TelField(label, [*optional(label, _LONGEST_PHONE), shape])


class PersonalForm(Form):
    """What one says of oneself."""

    display_name = StringField("Display Name", required("Display name"))
    personal_email = EmailField("Personal Email", [*optional("Personal email"), valid_address])
    personal_phone = _phone("Personal Phone")
    official_phone = _phone("Official Phone")
    non_working_days = SelectMultipleField(
        "Non-Working Days", [Optional()], choices=[(day, day) for day in WEEK]
    )


class NextOfKinForm(Form):
    """Whom to call; left blank, there is nobody."""

    name = StringField("Name", optional("Name"))
    relationship = StringField(
        "Relationship", optional("Relationship"), description="Spouse, Parent, Sibling"
    )
    id_type = StringField("ID Type", optional("ID type"), description="National ID, Passport")
    id_number = StringField("ID Number", optional("ID number"))
    address = TextAreaField("Address", optional("Address", 500))
