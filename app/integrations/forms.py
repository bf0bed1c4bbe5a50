"""What is typed for a third-party system and for a hook."""

from typing import Any

from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.integrations.catalogue import EVENTS
from app.integrations.hooks import CreateHook, EditHook
from app.integrations.models import SYSTEM_KINDS
from app.integrations.systems import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    LONGEST_PATH,
    CreateSystem,
    EditSystem,
    ReplaceCredentials,
)
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped


class SystemForm(Form):
    """A third-party system."""

    name = StringField("Name", required("Name"), description=f"3 to {LONGEST_NAME} characters")
    kind = SelectField("Kind", chosen("Kind"), choices=options(SYSTEM_KINDS), validate_choice=False)
    base_url = StringField(
        "URL", required("URL"), description="It begins with https:// and leads to a public address"
    )
    project_id = SelectField("Project", [Optional()], validate_choice=False)
    description = TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))
    checks_path = StringField(
        "Identity checks",
        optional("Identity checks", LONGEST_PATH),
        description="The path it is asked at who an approved customer is; empty for one that "
        "does not check that",
    )
    credentials = PasswordField(
        "Credentials",
        optional("Credentials", 1_000),
        description="Sent as a bearer token and kept encrypted; leave empty to keep what is there",
    )

    def create(self, *, hand_in: bool) -> CreateSystem:
        """Return the command of a new system."""
        return CreateSystem(**self._values(), submit=hand_in)

    def edit(self, system_id: int, version: int, *, hand_in: bool) -> EditSystem:
        """Return the command that saves a system."""
        return EditSystem(system_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        names = ("name", "kind", "base_url", "description", "checks_path", "credentials")
        return {name: stripped(self[name].data) for name in names} | {
            "project_id": as_id(self.project_id.data)
        }


class CredentialsForm(Form):
    """Another bearer token for a system."""

    credentials = PasswordField(
        "Credentials",
        [InputRequired("Credentials are required"), *optional("Credentials", 1_000)[1:]],
    )

    def command(self, system_id: int) -> ReplaceCredentials:
        """Return the command."""
        return ReplaceCredentials(system_id, stripped(self.credentials.data))


class HookForm(Form):
    """A hook: who is told of what."""

    name = StringField("Name", required("Name"), description=f"3 to {LONGEST_NAME} characters")
    system_id = SelectField("System", chosen("System"), validate_choice=False)
    events = SelectMultipleField(
        "Events",
        [InputRequired("Choose at least one event from the list")],
        choices=options(event.name for event in EVENTS),
        validate_choice=False,
    )
    project_id = SelectField(
        "Project",
        [Optional()],
        validate_choice=False,
        description="Only events of this project are told",
    )
    path = StringField(
        "Path",
        optional("Path", LONGEST_PATH),
        description="Added to the system's URL, such as /webhooks/bank",
    )

    def create(self, *, hand_in: bool) -> CreateHook:
        """Return the command of a new hook."""
        return CreateHook(**self._values(), submit=hand_in)

    def edit(self, hook_id: int, version: int, *, hand_in: bool) -> EditHook:
        """Return the command that saves a hook."""
        return EditHook(hook_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        return {
            "name": stripped(self.name.data),
            "system_id": as_id(self.system_id.data) or 0,
            "events": tuple(self.events.data or ()),
            "project_id": as_id(self.project_id.data),
            "path": stripped(self.path.data),
        }
