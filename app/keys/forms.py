"""What is typed for a key and for a service account."""

from typing import Any

from wtforms import DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from app.keys.commands import (
    LONGEST_NAME,
    CreateApiKey,
    CreateServiceAccount,
    EditServiceAccount,
)
from app.web.forms import Form, as_id, optional, required, stripped


class KeyForm(Form):
    """What a key is for, what it opens, from where and until when."""

    name = StringField("Name", required("Name"), description="The program that will use it")
    scopes = SelectMultipleField(
        "Scopes", [InputRequired("Choose at least one scope")], validate_choice=False
    )
    last_day = DateField(
        "Last day", [Optional()], description="The key ends with this day; without one it stays"
    )
    networks = StringField(
        "Networks",
        optional("Networks", 800),
        description="Addresses or ranges it may be used from, with commas between; "
        "empty means from anywhere",
    )

    def create(self, user_id: int | None) -> CreateApiKey:
        """Return the command of a key for a service account, or for oneself."""
        return CreateApiKey(
            stripped(self.name.data),
            tuple(self.scopes.data or ()),
            user_id,
            self.last_day.data,
            tuple(stripped(self.networks.data).split(",")),
        )


class ServiceAccountForm(Form):
    """A service account; its roles and projects are those of an employee."""

    first_name = StringField(
        "Name", required("Name"), description=f"At most {LONGEST_NAME} characters"
    )
    role_ids = SelectMultipleField(
        "Roles", [InputRequired("Choose at least one role")], validate_choice=False
    )
    project_ids = SelectMultipleField("Projects", [Optional()], validate_choice=False)
    branch_id = SelectField("Branch", [Optional()], validate_choice=False)

    def create(self) -> CreateServiceAccount:
        """Return the command of a new one."""
        return CreateServiceAccount(**self._values())

    def edit(self, user_id: int, version: int) -> EditServiceAccount:
        """Return the command that saves one."""
        return EditServiceAccount(user_id, version, **self._values())

    def _values(self) -> dict[str, Any]:
        return {
            "name": stripped(self.first_name.data),
            "role_ids": tuple(as_id(one) or 0 for one in self.role_ids.data or ()),
            "project_ids": tuple(as_id(one) or 0 for one in self.project_ids.data or ()),
            "branch_id": as_id(self.branch_id.data),
        }
