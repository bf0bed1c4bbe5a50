"""Configuration > Localisation: the lists of translations, texts and templates, and their forms."""

from typing import Any

from sqlalchemy.orm import Session
from wtforms import SelectField, StringField, TextAreaField

from app.controls.identity import Actor
from app.kernel.languages import known_languages
from app.localisation.commands import LONGEST_BODY, TEMPLATES, TEXTS, TRANSLATIONS
from app.localisation.menu import TRANSLATIONS_PATH
from app.localisation.models import PLACES, MailTemplate, ProjectText, Translation
from app.localisation.queries import ENGLISH
from app.mail.wording import LETTERS
from app.projects.pages import ProjectForm, ProjectPages, Shown
from app.web import cells
from app.web.forms import chosen, options, required, set_choices
from app.web.listing import Filter, equals

_SECTION = "Localisation"


def _language_field() -> SelectField:
    return SelectField("Language", chosen("Language"), validate_choice=False)


def _body_field(hint: str = "") -> TextAreaField:
    return TextAreaField("Text", required("Text", LONGEST_BODY), description=hint)


class TranslationForm(ProjectForm):
    """An English label and what it is in another language."""

    language = _language_field()
    label = StringField(
        "English label",
        required("English label"),
        description="To the letter as the screen writes it, such as Customers or Create view;"
        " a label that no screen shows changes nothing",
    )
    translation = StringField("Translation", required("Translation"))


class TextForm(ProjectForm):
    """A longer text, the place where it stands and its language."""

    code = SelectField("Place", chosen("Place"), choices=options(PLACES))
    language = _language_field()
    body = _body_field("Plain text; an empty line begins a new paragraph")


class TemplateForm(ProjectForm):
    """A letter in the project's own words."""

    letter = SelectField(
        "Letter", chosen("Letter"), choices=options((key, one.name) for key, one in LETTERS.items())
    )
    language = _language_field()
    subject = StringField("Subject", required("Subject"))
    body = _body_field(
        "Plain text. Words in braces are filled in: {name}, {brand}, {site}, and for an invitation"
        " or a temporary password {email}, {password}, {until}; for a reset {link}, {minutes};"
        " for a changed password {when}; for approvals {count}, {days}, {oldest}"
    )


def _prepare(form: Any, _session: Session, _who: Actor, _record: Any) -> None:
    names = known_languages()
    is_of_labels = isinstance(form, TranslationForm)
    offered = [(code, name) for code, name in names.items() if not is_of_labels or code != ENGLISH]
    set_choices(form.language, offered, empty="Choose a language")


def _language(row: Any) -> cells.Cell:
    return cells.text(known_languages().get(row.language, row.language))


def _by_language(model: Any) -> Filter:
    return Filter(
        "language",
        "Language",
        "choices",
        equals(model.language),
        lambda _session, _actor: list(known_languages().items()),
    )


PAGES = (
    ProjectPages(
        TRANSLATIONS,
        TRANSLATIONS_PATH,
        "Translations",
        _SECTION,
        "Translate the labels of the screen; the language then appears in everybody's menu.",
        (
            Shown("label", "English label"),
            Shown("translation", "Translation"),
            Shown("language", "Language", _language),
        ),
        TranslationForm,
        ("label", "translation"),
        _prepare,
        (_by_language(Translation),),
    ),
    ProjectPages(
        TEXTS,
        "/admin/texts",
        "Texts",
        _SECTION,
        "Write what customers of a project read in their own area.",
        (
            Shown("code", "Place", lambda row: cells.text(PLACES[row.code])),
            Shown("language", "Language", _language),
            Shown("body", "Text", in_list=False),
        ),
        TextForm,
        ("code", "body"),
        _prepare,
        (_by_language(ProjectText),),
    ),
    ProjectPages(
        TEMPLATES,
        "/admin/mail-templates",
        "Templates",
        _SECTION,
        "Write a letter in a project's own words; the others stay in those of the house.",
        (
            Shown("subject", "Subject"),
            Shown("letter", "Letter", lambda row: cells.text(LETTERS[row.letter].name)),
            Shown("language", "Language", _language),
            Shown("body", "Text", in_list=False),
        ),
        TemplateForm,
        ("subject", "body"),
        _prepare,
        (_by_language(MailTemplate),),
    ),
)
