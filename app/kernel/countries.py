"""The countries that may be chosen, by their two-letter code, with the names of CLDR."""

from functools import cache

from babel import Locale

_LENGTH = 2
# Territories of CLDR that are no country one can be licensed in.
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


@cache
def known_countries() -> dict[str, str]:
    """Return the names of countries by code, in the order of their names."""
    names = {
        code: name
        for code, name in Locale("en").territories.items()
        if len(code) == _LENGTH and code.isalpha() and code not in _NO_COUNTRY
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1]))
