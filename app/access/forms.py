"""The sign-in form, with the sentences of E03; the forms of people and roles."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    EmailField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional

from app.access.matrix import permission_choices
from app.access.passwords import LONGEST, SHORTEST
from app.web.forms import Form, optional, required


def valid_address(_form: Form, field: EmailField) -> None:
    """Refuse what cannot be an email address; its domain is not asked."""
    try:
        validate_email(field.data.strip(), check_deliverability=False, test_environment=True)
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


class UserForm(Form):
    """An employee: who they are, where they work and what they may do."""

    first_name = StringField("First name", required("First name"))
    last_name = StringField("Last name", required("Last name"))
    email = EmailField("Email", [InputRequired("Email is required"), valid_address])
    password = PasswordField(
        "Temporary password",
        [InputRequired("Password is required")],
        description="Tell it to the person; they choose their own later",
    )
    role_ids = SelectMultipleField(
        "Roles", [InputRequired("Choose at least one role")], validate_choice=False
    )
    project_ids = SelectMultipleField("Projects", [Optional()], validate_choice=False)
    desk_ids = SelectMultipleField("Desks", [Optional()], validate_choice=False)
    branch_id = SelectField("Branch", [Optional()], validate_choice=False)

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too short to keep anyone out."""
        if not SHORTEST <= len(field.data) <= LONGEST:
            raise ValidationError(f"Password must be at least {SHORTEST} characters")


class RoleForm(Form):
    """A role's name and its permissions; `matrix` is the grid they are ticked in."""

    name = StringField("Name", required("Name"))
    description = StringField("Description", optional("Description"))
    permissions = SelectMultipleField("Permissions", choices=permission_choices())

    matrix: list[dict[str, Any]]
    beyond: frozenset[str] = frozenset()
