"""Lucide's icons: those that rows repeat refer to the sprite, which a page carries once."""

from functools import cache

from lucide.jinja import lucide
from markupsafe import Markup, escape

_SPRITE = (
    "copy", "ellipsis", "chevron-down", "chevron-right", "chevrons-up-down", "check", "minus", "x",
    "plus", "pencil", "eye", "history", "undo-2", "trash-2", "download", "link", "ban", "play",
    "pause", "list", "refresh-cw", "banknote", "arrow-right-left", "gift", "wallet",
)  # fmt: skip


@cache
def icon(name: str, size: int = 16, extra: str = "") -> Markup:
    """Draw an icon, hidden from screen readers; raises for a name that Lucide does not have."""
    classes = f"icon {extra}".strip()
    if name not in _SPRITE:
        return Markup(lucide(name, size=size, **{"aria_hidden": "true", "class": classes}))
    return Markup(
        f'<svg class="{escape(classes)}" width="{size}" height="{size}" viewBox="0 0 24 24"'
        f' aria-hidden="true"><use href="#i-{escape(name)}"/></svg>'
    )


@cache
def sprite() -> Markup:
    """Draw the icons that `icon` refers to."""
    drawn = "".join(lucide(name, size=None, id=f"i-{name}") for name in _SPRITE)
    return Markup(f"<div hidden>{drawn}</div>")
