"""What is written into a file that a spreadsheet opens must not run there as a formula."""

import unicodedata

# In both widths: a spreadsheet reads the wide ones as well (Unicode, block FF00).
_DANGEROUS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def inert(value: str) -> str:
    """Quote what a spreadsheet would run as a formula; a plain number stays a number.

    One may stand behind signs that nobody sees, which a spreadsheet drops.
    """
    if not value or (value.isascii() and value[0].isalnum()):
        return value
    begins_unseen = value[0] != " " and _is_unseen(value[0])
    seen = next((sign for sign in value if not _is_unseen(sign)), "")
    if (begins_unseen or seen in _DANGEROUS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_unseen(sign: str) -> bool:
    """Tell whether it is a blank, a control or a mark (categories Z, C and M)."""
    return unicodedata.category(sign)[0] in "ZCM"


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdigit()
