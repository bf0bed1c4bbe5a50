"""The languages that may be chosen, by their two-letter code, with the names of CLDR."""

from functools import cache

from babel import Locale, UnknownLocaleError

_LENGTH = 2


@cache
def known_languages() -> dict[str, str]:
    """Return the names of languages by code, in the order of their names."""
    names = {
        code: str(name)
        for code, name in Locale("en").languages.items()
        if len(code) == _LENGTH and code.isalpha()
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


@cache
def own_name(code: str) -> str:
    """Return what a language calls itself, or its English name where CLDR does not know it."""
    try:
        name = Locale(code).get_language_name(code)
    except UnknownLocaleError:
        name = None
    return str(name or known_languages().get(code, code))
