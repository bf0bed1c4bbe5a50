"""The sign-in form, with the sentences of E03."""

from email_validator import EmailNotValidError, validate_email
from wtforms import EmailField, PasswordField, ValidationError
from wtforms.validators import InputRequired

from app.access.passwords import LONGEST, SHORTEST
from app.web.forms import Form


def valid_address(_form: Form, field: EmailField) -> None:
    """Refuse what cannot be an email address; its domain is not asked."""
    try:
        validate_email(field.data, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValidationError("Please enter a valid email address") from error


class SignInForm(Form):
    """Email and password."""

    email = EmailField("Email", [InputRequired("Email is required"), valid_address])
    password = PasswordField("Password", [InputRequired("Password is required")])

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password of a length that none has."""
        if not SHORTEST <= len(field.data) <= LONGEST:
            raise ValidationError(f"Password must be at least {SHORTEST} characters")
