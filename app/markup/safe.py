"""Escaping for HTML that is put together as text."""

import re

from markupsafe import escape

_SPECIAL = re.compile("[&<>\"']").search


def safe(text: object) -> str:
    """Escape a text; most hold nothing to be escaped, which is found out more quickly."""
    if type(text) is str and not _SPECIAL(text):
        return text
    return str(escape(text))
