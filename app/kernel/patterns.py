"""Patterns that administrators type: matched in time that grows with the text alone.

RE2 has no expression that takes long; what it does not know (look-ahead, back references) and
what would take much memory is refused when the pattern is saved.
"""

import re2

from app.kernel.errors import Refusal

LONGEST_PATTERN = 200
_MOST_BYTES = 1 << 20


def demand_pattern(pattern: str, *, field: str) -> None:
    """Refuse a pattern that is too long or that is none."""
    if len(pattern) > LONGEST_PATTERN:
        raise Refusal(f"A pattern can have at most {LONGEST_PATTERN} characters", field=field)
    try:
        _compiled(pattern)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        told = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise Refusal(f"This is not a pattern: {told}", field=field) from error


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text has the form of the pattern; every text has that of none."""
    return not pattern or _compiled(pattern).fullmatch(text) is not None


def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.max_mem = _MOST_BYTES
    options.log_errors = False
    return re2.compile(pattern, options)
