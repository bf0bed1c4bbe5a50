"""Snippets are written, changed and retired by the commands of every list of a project."""

from collections.abc import Mapping
from typing import Any

from app.controls.work import Work
from app.kernel.languages import known_languages
from app.kernel.placeholders import demand_places
from app.projects.commands import line_of, lines_of, one_of, project_list
from app.snippets.models import PLACES, Snippet

FILLED = ("client", "organisation")
LONGEST_BODY = 2_000


def _checked(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    """Refuse (422) an empty text and places in braces that nothing fills."""
    body = lines_of(values, "body", "Text", longest=LONGEST_BODY)
    demand_places(body, FILLED, field="body")
    return {
        "name": line_of(values, "name", "Name"),
        "place": one_of(values, "place", "Place", PLACES),
        "language": one_of(values, "language", "Language", known_languages()),
        "body": body,
    }


SNIPPETS = project_list(
    Snippet,
    "Snippet",
    module="localisation",
    key=("name", "place", "language"),
    check=_checked,
)
