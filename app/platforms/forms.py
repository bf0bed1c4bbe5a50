"""The form of a platform: its URLs and credentials are lines of a name and a value."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import FieldList, FormField, PasswordField, SelectField, StringField
from wtforms import Form as Lines
from wtforms.widgets import PasswordInput

from app.kernel.errors import Refusal
from app.platforms.client import ACCOUNT, TRADING
from app.platforms.commands import LONGEST_CREDENTIAL, MOST_NAMES, CreatePlatform, EditPlatform
from app.platforms.models import Platform
from app.records.lines import ADD
from app.web.forms import Form, as_id, chosen, optional, required, stripped

TWICE = "This name is typed twice"
_LONGEST_URL = 2_000


class UrlLine(Lines):
    """An address and what it is called (W06.05)."""

    key = StringField("URL name", optional("URL name"))
    url = StringField("Address", optional("Address", _LONGEST_URL))


class CredentialLine(Lines):
    """A credential; what was typed comes back with a refused form, what is kept never does."""

    key = StringField("Credential name", optional("Credential name"))
    secret = PasswordField(
        "Value", optional("Value", LONGEST_CREDENTIAL), widget=PasswordInput(hide_value=False)
    )


class PlatformForm(Form):
    """A platform; project and label are chosen once (W06.04)."""

    project_id = SelectField("Project", chosen("Project"), validate_choice=False)
    label = StringField(
        "Label",
        required("Label"),
        description="Choose one that is integrated already, or enter letters, digits and hyphens",
    )
    name = StringField("Name", required("Name"))
    urls = FieldList(FormField(UrlLine), "URLs", max_entries=MOST_NAMES)
    credentials = FieldList(FormField(CredentialLine), "Credentials", max_entries=MOST_NAMES)

    @property
    def is_posted(self) -> bool:
        """Whether the form is sent to be saved, not only for another line."""
        return super().is_posted and ADD not in request.form

    def arrange(self) -> None:
        """Show the names that the interface knows on a first visit, and the line asked for."""
        if request.method == "GET":
            for lines, names in ((self.urls, TRADING[0]), (self.credentials, TRADING[1])):
                if not len(lines):
                    lines.append_entry({"key": names[-1]})
        grown = request.form.get(ADD)
        if grown in {"urls", "credentials"} and len(self[grown]) < MOST_NAMES:
            self[grown].append_entry()

    def attach(self, refusal: Refusal) -> None:
        """Put a refusal beside the line it names, counted without the empty ones."""
        kind, _, rest = (refusal.field or "").partition("-")
        place, _, name = rest.partition("-")
        if kind in {"urls", "credentials"} and name:
            field = _filled(self[kind])[int(place)][name]
            field.errors = [*field.errors, refusal.sentence]
            self[kind].errors = [line.errors for line in self[kind]]
        else:
            super().attach(refusal)

    def create(self) -> CreatePlatform:
        """Return the command of a new platform."""
        return CreatePlatform(
            as_id(self.project_id.data) or 0,
            stripped(self.label.data),
            stripped(self.name.data),
            _typed(self.urls, "url"),
            _typed(self.credentials, "secret"),
        )

    def edit(self, platform_id: int, version: int) -> EditPlatform:
        """Return the command that saves a platform."""
        return EditPlatform(
            platform_id,
            version,
            stripped(self.name.data),
            _typed(self.urls, "url"),
            _typed(self.credentials, "secret"),
        )


def kept_lines(platform: Platform, credential_names: list[str]) -> dict[str, Any]:
    """Return what a form begins with: the addresses, and of the credentials the names alone."""
    return {
        "name": platform.name,
        "urls": [{"key": name, "url": url} for name, url in platform.urls.items()],
        "credentials": [{"key": name} for name in credential_names],
    }


def known_names() -> str:
    """Tell which names the interface knows."""
    (trading, url), (trading_key, key) = TRADING
    (account, _), (account_key, _) = ACCOUNT
    return (
        f"{trading} and {trading_key} are used for deposits, withdrawals and transactions, "
        f"{account} and {account_key} for balances; {url} and {key} for whichever is missing."
    )


def _filled(lines: FieldList) -> list[Any]:
    return [line.form for line in lines if any(stripped(value) for value in line.data.values())]


def _typed(lines: FieldList, value: str) -> Mapping[str, str]:
    """Read the lines; refused (422): one name twice."""
    found: dict[str, str] = {}
    for place, line in enumerate(_filled(lines)):
        name = stripped(line["key"].data)
        if name in found:
            raise Refusal(TWICE, field=f"{lines.name}-{place}-key")
        found[name] = stripped(line[value].data)
    return found
