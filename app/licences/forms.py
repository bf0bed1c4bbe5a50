"""The form of a new licence (E08)."""

from wtforms import DateField, EmailField, PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from app.access.forms import valid_address
from app.access.passwords import LONGEST, SHORTEST
from app.web.forms import Form, chosen, required


class LicenceForm(Form):
    """An organisation, until when it is licensed, and who administers it first."""

    name = StringField("Company name", required("Company name"))
    country = SelectField("Country", chosen("Country"))
    base_currency = SelectField("Base currency", chosen("Base currency"))
    expires_on = DateField("Expiry date", [InputRequired("Expiry date is required")])
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
