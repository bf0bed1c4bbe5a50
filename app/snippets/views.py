"""Client Area > Snippets: the list and its form."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField

from app.controls.identity import Actor
from app.kernel.languages import known_languages
from app.projects.pages import ProjectForm, ProjectPages, Shown, mount_project_list
from app.snippets.commands import LONGEST_BODY, SNIPPETS
from app.snippets.models import PLACES, Snippet
from app.web import cells
from app.web.forms import chosen, options, required, set_choices
from app.web.listing import Filter, equals

blueprint = Blueprint("snippets", __name__)


class SnippetForm(ProjectForm):
    """A snippet; its name, place and language stay."""

    name = StringField(
        "Name", required("Name"), description="Snippets of a place stand in the order of names"
    )
    place = SelectField("Place", chosen("Place"), choices=options(PLACES))
    language = SelectField("Language", chosen("Language"), default="en", validate_choice=False)
    body = TextAreaField(
        "Text",
        required("Text", LONGEST_BODY),
        description="Plain text; addresses become links. {client} and {organisation} are filled in",
    )


def _prepare(form: Any, _session: Session, _who: Actor, _record: Any) -> None:
    set_choices(form.language, known_languages())


mount_project_list(
    blueprint,
    ProjectPages(
        SNIPPETS,
        "/admin/snippets",
        "Snippets",
        "Client Area",
        "Put a notice, an offer or a link into the client area of a project.",
        (
            Shown("name", "Name"),
            Shown("place", "Place", lambda row: cells.text(PLACES[row.place])),
            Shown(
                "language",
                "Language",
                lambda row: cells.text(known_languages().get(row.language, row.language)),
            ),
            Shown("body", "Text", in_list=False),
        ),
        SnippetForm,
        ("name", "body"),
        _prepare,
        (
            Filter("place", "Place", "choices", equals(Snippet.place),
                   lambda _session, _who: list(PLACES.items())),
        ),
    ),
)  # fmt: skip
