"""Parts of a page that stay as they are for many requests: drawn once for what they show."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

_MOST_KEPT = 256
# Where the forms of a part have their token, which is one person's; no text holds this character.
_PLACE = "\0"


def keeper(environment: Environment, token: Callable[[], str]) -> Callable[..., Markup]:
    """Return a function that draws a template from hashable values alone, and keeps it."""
    drawn = lru_cache(maxsize=_MOST_KEPT)(partial(_drawn, environment, token))

    def kept(template: str, **shown: Any) -> Markup:
        return Markup(drawn(template, tuple(shown.items())).replace(_PLACE, token()))

    return kept


def _drawn(
    environment: Environment,
    token: Callable[[], str],
    template: str,
    shown: tuple[tuple[str, Any], ...],
) -> str:
    return environment.get_template(template).render(shown).replace(token(), _PLACE)
