"""The forms around signing in and passwords, with the sentences of E03, E04, E06 and E07.

What a form refuses its fields also say to the browser (`data-…`), where checks.js refuses it in
the same words before anything is sent.
"""

from typing import Any, Self

from wtforms import EmailField, PasswordField, ValidationError
from wtforms.validators import EqualTo, InputRequired

from app.access.password_rules import too_short
from app.access.passwords import LONGEST, SHORTEST
from app.kernel.addresses import NO_ADDRESS, has_form_of_address, is_address
from app.web.forms import Form

DIFFERENT = "Passwords do not match"


def valid_address(_form: Form, field: EmailField) -> None:
    """Refuse what no mail could be sent to; its domain is not asked."""
    if not is_address(field.data.strip()):
        raise ValidationError(NO_ADDRESS)


def known_address(_form: Form, field: EmailField) -> None:
    """Refuse what is not written as an address: of somebody who is here already."""
    if not has_form_of_address(field.data.strip()):
        raise ValidationError(NO_ADDRESS)


class SignInForm(Form):
    """Email and password."""

    email = EmailField("Email", [InputRequired("Email is required"), known_address])
    password = PasswordField("Password", [InputRequired("Password is required")])

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password of a length that none has."""
        if not SHORTEST <= len(field.data) <= LONGEST:
            raise ValidationError(too_short(SHORTEST))


class ForgottenForm(Form):
    """The address a reset link goes to."""

    email = EmailField("Email", [InputRequired("Email is required"), known_address])


def _new_password() -> Any:
    required = "New password is required"
    return PasswordField(
        "New Password",
        [InputRequired(required)],
        render_kw={"data-required": required, "autocomplete": "new-password"},
    )


def _confirmation() -> Any:
    required = "Confirm the new password"
    return PasswordField(
        "Confirm New Password",
        [InputRequired(required), EqualTo("password", DIFFERENT)],
        render_kw={
            "data-required": required,
            "data-same-as": "password",
            "data-different": DIFFERENT,
            "autocomplete": "new-password",
        },
    )


class _ChosenPassword(Form):
    """Knows how short a new password may be."""

    def ask_for(self, shortest: int) -> Self:
        """Take the organisation's minimum, for the check here and the one in the browser."""
        self._shortest = shortest
        field = self["password"]
        told = {"data-shortest": shortest, "data-too-short": too_short(shortest)}
        field.render_kw = field.render_kw | told
        return self

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what is too short for the organisation."""
        if len(field.data) < self._shortest:
            raise ValidationError(too_short(self._shortest))


class ResetForm(_ChosenPassword):
    """A new password, typed twice."""

    password = _new_password()
    confirmation = _confirmation()


class ChangePasswordForm(_ChosenPassword):
    """The current password, and the new one typed twice."""

    current = PasswordField(
        "Current Password",
        [InputRequired("Current password is required")],
        render_kw={
            "data-required": "Current password is required",
            "autocomplete": "current-password",
        },
    )
    password = _new_password()
    confirmation = _confirmation()
