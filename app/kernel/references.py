"""References that other houses give to payments: read so that one is not taken for two.

What looks alike must compare alike, or the same payment is booked a second time under a reference
that differs only by a width, a case or a sign that nobody sees.
"""

import unicodedata


def plain_reference(typed: str) -> str:
    """Return the reference in Unicode NFKC, without signs of no width and space around it."""
    normal = unicodedata.normalize("NFKC", typed)
    return "".join(one for one in normal if unicodedata.category(one) != "Cf").strip()


def reference_key(typed: str) -> str:
    """Return what two references are compared by: their plain form, whatever the case."""
    return plain_reference(typed).casefold()
