"""The forms of second factors: codes, the name of a passkey, the answer of a device."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length, Optional

from app.access.passwords import LONGEST
from app.web.forms import Form, required

_LONGEST_ANSWER = 20_000
_LONGEST_CODE = 40
_AS_CODE = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}


def _answer() -> HiddenField:
    return HiddenField("Passkey", [Length(max=_LONGEST_ANSWER)])


def _code(hint: str) -> StringField:
    return StringField(
        "Code",
        required("Code", _LONGEST_CODE),
        description=hint,
        render_kw=_AS_CODE,
    )


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = _code("Six digits of your authenticator app, or a recovery code")


class SetUpForm(Form):
    """The secret as it was offered, sealed, and a code that shows the app has it."""

    sealed = HiddenField("Secret", required("Secret", _LONGEST_CODE * 10))
    code = _code("The six digits that the app shows now")


class PasskeyForm(Form):
    """A passkey's name and what the device answered."""

    name = StringField("Name", required("Name"), description="For example: Work laptop")
    passkey = _answer()


class ProofForm(Form):
    """One way or another to prove oneself: what is empty was not chosen."""

    code = StringField(
        "Code", [Optional(), Length(max=_LONGEST_CODE, message="The code is not correct")]
    )
    password = PasswordField(
        "Current Password",
        [Optional(), Length(max=LONGEST, message="Current password is not correct")],
        render_kw={"autocomplete": "current-password"},
    )
    passkey = _answer()
