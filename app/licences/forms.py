"""The forms of licences (E08, E38) and of the numbering of an organisation (E09)."""

from wtforms import (
    DateField,
    EmailField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, NumberRange

from app.access.forms import valid_address
from app.access.passwords import LONGEST, SHORTEST
from app.controls.licensing import ALL_MODULES, LICENCE_MODULES
from app.controls.numbering import HIGHEST_NUMBER, WIDEST
from app.web.forms import Form, chosen, optional, options, required

_MODULES = options((module.key, module.name) for module in LICENCE_MODULES)
_CORE = "People, roles, branches, customers, configuration and the log are always on"


class LicenceForm(Form):
    """An organisation, until when it is licensed, and who administers it first."""

    name = StringField("Company name", required("Company name"))
    country = SelectField("Country", chosen("Country"))
    time_zone = SelectField("Time zone", optional("Time zone"))
    base_currency = SelectField("Base currency", chosen("Base currency"))
    expires_on = DateField("Expiry date", [InputRequired("Expiry date is required")])
    modules = SelectMultipleField(
        "Modules", choices=_MODULES, default=list(ALL_MODULES), description=_CORE
    )
    administrator_first_name = StringField("First name", required("First name"))
    administrator_last_name = StringField("Last name", required("Last name"))
    administrator_email = EmailField("Email", [InputRequired("Email is required"), valid_address])
    administrator_password = PasswordField(
        "Temporary password", [InputRequired("Password is required")]
    )

    def validate_administrator_password(self, field: PasswordField) -> None:
        """Refuse a password that is too short to keep anyone out."""
        if not SHORTEST <= len(field.data) <= LONGEST:
            raise ValidationError(f"Password must be at least {SHORTEST} characters")


class LicenceTermsForm(Form):
    """Until when an organisation is licensed, and what it may use."""

    expires_on = DateField("Expiry date", [InputRequired("Expiry date is required")])
    modules = SelectMultipleField("Modules", choices=_MODULES, description=_CORE)


class SequenceForm(Form):
    """How the numbers of a sequence are written, and which comes next."""

    prefix = StringField("Prefix", required("Prefix"), description="Ends with a letter or a sign")
    width = IntegerField(
        "Padding",
        [
            InputRequired("Padding is required"),
            NumberRange(1, WIDEST, f"Padding must be 1 to {WIDEST} digits"),
        ],
        description="Digits of the number, filled up with zeros",
    )
    next_value = IntegerField(
        "Next number",
        [
            InputRequired("Next number is required"),
            NumberRange(1, HIGHEST_NUMBER, "Next number is out of range"),
        ],
        description="Never lower than it is now",
    )
