"""Texts as people mean them: what nobody can see is no text, and none turns a line around."""

import re
import unicodedata

# Letters of Korean and of Braille that are blank, though their categories do not say so.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# What is said of a text that cannot be kept.
UNKEPT = "holds a character that cannot be kept"
# What no text shows; NUL, which no database keeps, is refused rather than lost.
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_BREAKS = re.compile(r"[\t\n\r\u2028\u2029]+")
# They make what stands after them be shown in another order (Unicode UAX 9, 2.1 to 2.3).
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def meant(text: str) -> str:
    """Return a text without marks that turn a line around; nothing where no sign can be seen.

    Such marks come along when a number is copied, so they are dropped rather than refused. Line
    breaks and tabs stay; another control becomes a blank.
    """
    if text.isascii() and text.isprintable():
        return text
    if not any(map(_is_seen, text)):
        return ""
    return _CONTROLS.sub(" ", text.translate(_TURNING))


def meant_line(text: str) -> str:
    """Return a text as one line: as it is meant, with a blank for what breaks it."""
    return _BREAKS.sub(" ", meant(text))


def can_be_kept(text: str) -> bool:
    """Tell whether every database takes the text: PostgreSQL knows no NUL, UTF-8 no half sign."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _is_seen(sign: str) -> bool:
    is_mark = unicodedata.category(sign) in {"Mn", "Me"}
    return sign.isprintable() and not (sign.isspace() or is_mark or sign in _BLANK)
