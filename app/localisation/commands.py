"""Translations, texts and letters are kept by projects; people choose the language they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.access.models import User
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Forbidden, Refusal
from app.kernel.languages import known_languages
from app.kernel.placeholders import demand_apart, demand_places
from app.localisation.models import PLACES, MailTemplate, ProjectText, Translation
from app.localisation.queries import ENGLISH, languages_of
from app.mail.wording import LETTERS
from app.projects.commands import line_of, lines_of, one_of, project_list

MODULE = "localisation"
LONGEST_BODY = 5_000


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Read the screen in a language from now on, on every device."""

    language: str


@handles(ChooseLanguage, permission=None, is_about_oneself=True)
def choose_language(work: Work, command: ChooseLanguage) -> None:
    """Keep it; refused (422): a language that no project in sight has translations for."""
    if work.actor.user_id is None:
        raise Forbidden("Sign in to choose a language.")
    if command.language not in {ENGLISH, *languages_of(work.session, work.actor)}:
        raise Refusal("Choose a language from the list", field="language")
    work.session.get_one(User, work.actor.user_id).language = command.language


def _translation(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    """Refuse (422) a language that is none, English itself, and what lacks a word."""
    language = one_of(values, "language", "Language", known_languages())
    if language == ENGLISH:
        raise Refusal("Labels are in English already", field="language")
    return {
        "language": language,
        "label": line_of(values, "label", "English label"),
        "translation": line_of(values, "translation", "Translation"),
    }


def _text(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    return {
        "code": one_of(values, "code", "Place", PLACES),
        "language": one_of(values, "language", "Language", known_languages()),
        "body": lines_of(values, "body", "Text", longest=LONGEST_BODY),
    }


def _template(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    """Refuse (422) places that nothing fills, and a letter without what it is sent for.

    What is secret is no part of an address, which would carry it to another site.
    """
    letter = one_of(values, "letter", "Letter", LETTERS)
    about = LETTERS[letter]
    subject = line_of(values, "subject", "Subject")
    body = lines_of(values, "body", "Text", longest=LONGEST_BODY)
    # What is secret stands in the letter alone, not in the list of mails.
    open_places = [one for one in about.places if one not in {*about.needed, "site"}]
    demand_places(subject, open_places, field="subject")
    demand_places(body, about.places, needed=about.needed, field="body")
    demand_apart(body, about.needed, field="body")
    return {
        "letter": letter,
        "language": one_of(values, "language", "Language", known_languages()),
        "subject": subject,
        "body": body,
    }


TRANSLATIONS = project_list(
    Translation, "Translation", module=MODULE, key=("language", "label"), check=_translation
)
TEXTS = project_list(ProjectText, "Text", module=MODULE, key=("code", "language"), check=_text)
TEMPLATES = project_list(
    MailTemplate, "Template", module=MODULE, key=("letter", "language"), check=_template
)
