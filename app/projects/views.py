"""Configuration > Numbering: under which prefix a project counts its records."""

from flask import Blueprint
from wtforms import SelectField, StringField

from app.projects.numbering import KINDS, NUMBERINGS
from app.projects.pages import ProjectForm, ProjectPages, Shown, mount_project_list
from app.web import cells
from app.web.forms import chosen, options, required

blueprint = Blueprint("numberings", __name__)


class NumberingForm(ProjectForm):
    """How a kind of record is numbered."""

    kind = SelectField("Kind", chosen("Kind"), choices=options(KINDS))
    prefix = StringField("Prefix", required("Prefix"), description="Such as REQ-")
    next_number = StringField(
        "Next number", required("Next number"), description="It can rise, never fall"
    )


mount_project_list(
    blueprint,
    ProjectPages(
        NUMBERINGS,
        "/admin/numberings",
        "Numbering",
        "Numbering",
        "Requests, orders and reports are numbered from 1 until a project says otherwise.",
        (
            Shown("prefix", "Prefix"),
            Shown("kind", "Kind", lambda row: cells.text(KINDS[row.kind])),
            Shown("next_number", "Next number"),
        ),
        NumberingForm,
        ("prefix",),
    ),
)
