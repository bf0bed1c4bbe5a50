"""The HTML of what a filter offers: hundreds of options that seldom change, drawn once."""

from functools import lru_cache
from typing import TypeAlias

from markupsafe import Markup, escape

Pairs: TypeAlias = tuple[tuple[str, str], ...]
_KEPT = 256


@lru_cache(maxsize=_KEPT)
def options(pairs: Pairs, chosen: str | None = None) -> Markup:
    """Draw values and labels for a select or a datalist, the chosen one marked."""
    return Markup(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
            f"{escape(label)}</option>"
            for value, label in pairs
        )
    )


@lru_cache(maxsize=_KEPT)
def checks(name: str, pairs: Pairs, chosen: frozenset[str]) -> Markup:
    """Draw values and labels as boxes to tick, the chosen ones ticked."""
    return Markup(
        "".join(
            f'<label class="menu__item check"><input type="checkbox" name="{escape(name)}"'
            f' value="{escape(value)}"{" checked" if value in chosen else ""}>'
            f"<span>{escape(label)}</span></label>"
            for value, label in pairs
        )
    )
