"""Parts of a page that stay as they are for many requests: drawn once for what they show."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from app.markup.safe import safe

_MOST_KEPT = 512
# Where the forms of a part have their token, which is one person's, and between two of them the
# name of what is put in there. No text holds this character.
_PLACE = "\0"


class Frozen(dict[str, Any]):
    """A mapping that nobody changes any more, known by what it holds."""

    __slots__ = ("_hash",)

    def __hash__(self) -> int:  # type: ignore[override]
        """Return the same for the same values, worked out once."""
        try:
            return self._hash
        except AttributeError:
            self._hash: int = hash(tuple(self.items()))
            return self._hash


def frozen(value: Any) -> Any:
    """Return mappings, lists and sets, at any depth, as what a part can be kept for."""
    try:
        hash(value)
    except TypeError:
        if isinstance(value, dict):
            return Frozen((key, frozen(one)) for key, one in value.items())
        return frozenset(value) if isinstance(value, set) else tuple(frozen(one) for one in value)
    return value


def keeper(environment: Environment, token: Callable[[], str]) -> Callable[..., Markup]:
    """Return a function that draws a template from hashable values alone, and keeps it.

    `fills` are texts that differ from one request to the next: they are put in where the template
    writes `place(name)` of theirs, which it may do nothing else with.
    """
    drawn = lru_cache(maxsize=_MOST_KEPT)(partial(_drawn, environment, token))

    def kept(template: str, fills: Mapping[str, str] | None = None, **shown: Any) -> Markup:
        html = drawn(template, tuple(shown.items()))
        for name, text in (fills or {}).items():
            html = html.replace(place(name), safe(text))
        return Markup(html.replace(_PLACE, token()))

    return kept


def place(name: str) -> str:
    """Return what stands in a kept part for the text of this name."""
    return f"{_PLACE}{name}{_PLACE}"


class _Part(NamedTuple):
    """What a part of a list's page reads of `page`, and which texts of that are put in."""

    reads: tuple[str, ...]
    fills: tuple[str, ...] = ()


_PARTS = {
    "resource/_head.html": _Part(
        ("section", "title", "actions", "create", "csv_is_file", "total"),
        ("total.text", "share_href", "csv_href", "csv_rows_hint"),
    ),
    "resource/_views.html": _Part(("views", "view_save_href")),
    "resource/_filters.html": _Part(
        ("title", "action", "filters_hidden", "search", "filters", "more"),
        ("search.value", "more.href", "drop_href"),
    ),
    "resource/_columns.html": _Part(("chooser",), ("share_href",)),
    "resource/_pager.html": _Part(
        ("pager",), ("pager.text", "pager.first_href", "pager.previous_href", "pager.next_href")
    ),
}


def part_of_list(kept: Callable[..., Markup], template: str, page: Any, language: Any) -> Markup:
    """Draw a part of a list's page in a language; addresses and what was typed are put in."""
    part, fills = _PARTS[template], {}
    shown = {name: page[name] for name in part.reads if name in page}
    for name in part.fills:
        outer, _, inner = name.partition(".")
        held = page.get(outer) or {}
        text = held.get(inner) if inner else held
        if text:
            fills[name] = text
            shown[outer] = {**shown[outer], inner: place(name)} if inner else place(name)
    return kept(template, fills, page=frozen(shown), language=language)


def _drawn(
    environment: Environment,
    token: Callable[[], str],
    template: str,
    shown: tuple[tuple[str, Any], ...],
) -> str:
    return environment.get_template(template).render(shown).replace(token(), _PLACE)
