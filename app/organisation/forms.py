"""The forms of projects, desks and branches."""

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from app.web.forms import Form, chosen, required


class ProjectForm(Form):
    """A project's name, and for a new one the project whose configuration it starts with."""

    name = StringField("Name", required("Name"))
    clone_from_id = SelectField(
        "Clone configuration from",
        [Optional()],
        validate_choice=False,
        description="All of it that you may change is copied; desks are the project's own",
    )


class DeskForm(Form):
    """A desk of a project."""

    name = StringField("Name", required("Name"))
    project_id = SelectField("Project", chosen("Project"), validate_choice=False)


class BranchForm(Form):
    """A branch; its code is made from its country."""

    name = StringField("Name", required("Name"))
    country = SelectField("Country", chosen("Country"))
    currency = SelectField("Currency", chosen("Currency"))
    parent_id = SelectField("Parent branch", [Optional()], validate_choice=False)
    is_head_office = BooleanField(
        "Head office of its country", description="A country has one Lead branch"
    )
