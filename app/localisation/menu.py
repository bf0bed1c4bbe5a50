"""The reader's language, found for each request, and the menu in which it is chosen (W08.03)."""

from typing import Any

from flask import g
from flask_login import current_user
from sqlalchemy.orm import Session

from app.controls.configured import kept_while_configured
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.kernel.languages import own_name
from app.localisation.commands import MODULE
from app.localisation.queries import (
    ENGLISH,
    as_reader,
    text_at,
    words_by_language,
)
from app.markup.words import ENGLISH as AS_WRITTEN
from app.markup.words import Language, reader_language, speaks
from app.web.context import actor, read_session

TRANSLATIONS_PATH = "/admin/translations"


def install_languages() -> None:
    """Let pages be read in the language that their reader chose."""
    speaks(_language)


@kept_while_configured
def _languages(session: Session, who: Actor) -> dict[str, Language]:
    spoken = words_by_language(session, who)
    return {code: Language(code, words) for code, words in spoken.items()}


def _language() -> Language:
    """Return the chosen language, or English where no project in sight speaks it any more."""
    if not current_user.is_authenticated or current_user.user.language == ENGLISH:
        return AS_WRITTEN
    session = read_session()
    if actor().organisation_id is None:
        return AS_WRITTEN
    return _languages(session, reader()).get(current_user.user.language, AS_WRITTEN)


def reader() -> Actor:
    """Return whose projects' words this request reads, found once."""
    if "words_reader" not in g:
        g.words_reader = as_reader(read_session(), actor())
    found: Actor = g.words_reader
    return found


def language_menu(session: Session, who: Actor) -> dict[str, Any]:
    """Return the languages to choose from, and where those who may add translations to them."""
    current = reader_language().code
    is_inside = who.organisation_id is not None
    offered = [ENGLISH, *(sorted(words_by_language(session, reader())) if is_inside else ())]
    may_add = is_inside and holds(who, f"{MODULE}.create")
    return {
        "current": {"code": current, "name": own_name(current)},
        "offered": [
            {"code": code, "name": own_name(code), "current": code == current} for code in offered
        ],
        "add_href": TRANSLATIONS_PATH if may_add else None,
    }


def text_for_client(place: str) -> str:
    """Return the text of a place of the client area, in the reader's language."""
    return text_at(read_session(), reader(), place, reader_language().code)
