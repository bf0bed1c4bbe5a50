"""The forms of people and roles: what an administrator fills in."""

from typing import Any

from wtforms import EmailField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.access.matrix import COLUMNS, role_permissions
from app.access.password_forms import valid_address
from app.access.password_rules import LONGEST_MINIMUM, MOST_REMEMBERED
from app.access.passwords import SHORTEST
from app.web.forms import Form, optional, options, required


class UserForm(Form):
    """An employee: who they are, where they work and what they may do."""

    first_name = StringField("First name", required("First name"))
    last_name = StringField("Last name", required("Last name"))
    email = EmailField("Email", [InputRequired("Email is required"), valid_address])
    staff_number = StringField("Staff number", optional("Staff number", 30))
    department_id = SelectField("Department", [Optional()], validate_choice=False)
    cost_centre_id = SelectField("Cost centre", [Optional()], validate_choice=False)
    role_ids = SelectMultipleField(
        "Roles", [InputRequired("Choose at least one role")], validate_choice=False
    )
    project_ids = SelectMultipleField("Projects", [Optional()], validate_choice=False)
    desk_ids = SelectMultipleField(
        "Desks",
        [Optional()],
        validate_choice=False,
        description="Of the projects that are chosen, unless the roles see all projects",
    )
    branch_id = SelectField("Branch", [Optional()], validate_choice=False)


class RoleForm(Form):
    """A role's name and its permissions; `matrix` is the grid they are ticked in."""

    name = StringField("Name", required("Name"))
    description = StringField("Description", optional("Description"))
    permissions = SelectMultipleField("Permissions", choices=options(role_permissions()))

    matrix: list[dict[str, Any]]
    headings = tuple(heading for _action, heading in COLUMNS)
    beyond: frozenset[str] = frozenset()


class PreviewForm(Form):
    """Where the role that is looked through works, when it does not see everything."""

    project_ids = SelectMultipleField("Projects it works in", [Optional()], validate_choice=False)
    desk_ids = SelectMultipleField("Desks it belongs to", [Optional()], validate_choice=False)


class PasswordRulesForm(Form):
    """What the organisation asks of passwords."""

    shortest = IntegerField(
        "Shortest password",
        [
            InputRequired("Shortest password is required"),
            NumberRange(
                SHORTEST, LONGEST_MINIMUM, f"Choose from {SHORTEST} to {LONGEST_MINIMUM} characters"
            ),
        ],
        description=f"In characters, from {SHORTEST} to {LONGEST_MINIMUM}",
    )
    remembered = IntegerField(
        "Former passwords",
        [
            InputRequired("Say how many former passwords are kept"),
            NumberRange(0, MOST_REMEMBERED, f"Choose from 0 to {MOST_REMEMBERED} passwords"),
        ],
        description="How many of a person's latest passwords cannot be chosen again",
    )
