"""Texts that people write, with words in braces to be filled in: never a template language."""

import re
from collections.abc import Collection, Mapping

from app.kernel.errors import Refusal

_PLACE = re.compile(r"\{([a-z_]+)\}")
# What is in doubled braces is text; any other brace is taken for a place, or the rest of one.
_DOUBLED = re.compile(r"\{\{[^{}]*\}\}")
_BLANK = re.compile(r"[ \t\r\n]+")
# What may touch a place that stands alone: it leads no address on.
_PLAIN = ".,;:!?()[]\"'«»„“”‚‘’‹›…。，、：；！？（）「」『』\u00a0\u202f"  # noqa: RUF001  as typed
_BRACED = re.compile(r"\{[^{}\n]{0,40}\}|[{}]")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put the values in their places, once; a place without a value stays as it was written."""
    return _PLACE.sub(lambda found: str(values.get(found[1], found[0])), text)


def demand_places(
    text: str, known: Collection[str], *, needed: Collection[str] = (), field: str
) -> None:
    """Refuse (422) a text with a place that nothing fills, or without one that it needs."""
    used = set(_PLACE.findall(text))
    places = {f"{{{one}}}" for one in known}
    braced = {f"{{{one}}}" for one in used} | set(_BRACED.findall(_DOUBLED.sub("", text)))
    if unknown := sorted(braced - places):
        offered = ", ".join(f"{{{one}}}" for one in known)
        raise Refusal(f"Nothing fills {unknown[0]}. Use {offered}", field=field)
    if missing := sorted(set(needed) - used):
        raise Refusal(f"The text must contain {{{missing[0]}}}", field=field)


def demand_apart(text: str, places: Collection[str], *, field: str) -> None:
    """Refuse (422) a text in which one of these places is part of a word, as of an address.

    What is secret would be sent along to wherever that address leads.
    """
    for word in _BLANK.split(text):
        secret = [one for one in _PLACE.findall(word) if one in places]
        if secret and word.strip(_PLAIN) != (place := f"{{{secret[0]}}}"):
            sentence = f"{place} must stand alone: put a blank before and after it"
            raise Refusal(sentence, field=field)
