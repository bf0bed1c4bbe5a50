"""The snippets of a client's project at a place, in the language they read."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.configured import kept_while_configured
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.kernel.placeholders import filled
from app.localisation.queries import ENGLISH
from app.snippets.models import Snippet


@kept_while_configured
def _by_place(session: Session, reader: Actor) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    query = select(Snippet.place, Snippet.name, Snippet.language, Snippet.body).where(
        *visible(reader, Snippet), Snippet.retired_at.is_(None)
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in session.execute(query.order_by(Snippet.name, Snippet.id)):
        found.setdefault(row.place, []).append((row.name, row.language, row.body))
    return found


def snippets_at(
    session: Session, reader: Actor, place: str, *, language: str, values: Mapping[str, str]
) -> list[str]:
    """Return the texts of a place by their names, each in the language, else in English."""
    texts: dict[str, str] = {}
    for name, spoken, body in _by_place(session, reader).get(place, ()):
        if spoken == language or (spoken == ENGLISH and name not in texts):
            texts[name] = filled(body, values)
    return list(texts.values())
