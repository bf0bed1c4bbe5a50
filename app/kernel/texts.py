"""Texts as people mean them: what nobody can see is no text, and none turns a line around."""

import unicodedata

# Letters of Korean and of Braille that are blank, though their categories do not say so.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# What is said of a text that cannot be kept.
UNKEPT = "holds a character that cannot be kept"
# They make what stands after them be shown in another order (Unicode UAX 9, 2.1 to 2.3).
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def meant(text: str) -> str:
    """Return a text without marks that turn a line around; nothing where no sign can be seen.

    Such marks come along when a number is copied, so they are dropped rather than refused. A text
    of several lines keeps them: there they belong to what is written from right to left.
    """
    if text.isascii() and text.isprintable():
        return text
    if not any(map(_is_seen, text)):
        return ""
    return text if "\n" in text else text.translate(_TURNING)


def can_be_kept(text: str) -> bool:
    """Tell whether every database takes the text: PostgreSQL knows no NUL, UTF-8 no half sign."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _is_seen(sign: str) -> bool:
    is_mark = unicodedata.category(sign) in {"Mn", "Me"}
    return sign.isprintable() and not (sign.isspace() or is_mark or sign in _BLANK)
