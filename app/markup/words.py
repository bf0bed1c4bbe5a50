"""The words of the screen in the reader's language; what nobody translated stays English."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Flask, g, has_request_context
from jinja2 import pass_context


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language by its two-letter code, with what the reader's projects say for English labels.

    Known by itself, so that what is drawn in it can be kept.
    """

    code: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)


ENGLISH = Language()


class _Reader:
    """How the reader's language is found: said once by the slice that keeps translations."""

    language: Callable[[], Language] = staticmethod(lambda: ENGLISH)


def speaks(language: Callable[[], Language]) -> None:
    """Register what finds the language of the request's reader."""
    _Reader.language = staticmethod(language)


def reader_language() -> Language:
    """Return the language of the request, found at its first label; outside of one, English."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        g.language = _Reader.language()
    found: Language = g.language
    return found


def translated(label: str) -> str:
    """Return an English label of the screen in the reader's language."""
    return reader_language().words.get(label, label)


def install_words(app: Flask) -> None:
    """Give templates the filter `translated`, the page's language and its code."""
    # With the context it is asked at each rendering: Jinja would keep the first answer otherwise.
    app.jinja_env.filters["translated"] = pass_context(lambda _context, label: translated(label))
    app.jinja_env.globals["language"] = reader_language
    app.jinja_env.globals["language_code"] = lambda: reader_language().code
