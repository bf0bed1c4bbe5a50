"""Lucide's icons: those that rows repeat refer to the sprite, which a page carries once."""

import re
from functools import cache
from importlib.resources import files
from zipfile import ZipFile

from markupsafe import Markup, escape

_SPRITE = (
    "copy", "ellipsis", "chevron-down", "chevron-right", "chevrons-up-down", "check", "minus", "x",
    "plus", "pencil", "eye", "history", "undo-2", "trash-2", "download", "link", "ban", "play",
    "pause", "list", "refresh-cw", "banknote", "arrow-right-left", "gift", "wallet",
)  # fmt: skip
_STROKES = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
    ' stroke-linecap="round" stroke-linejoin="round"'
)


@cache
def icon(name: str, size: int = 16, extra: str = "") -> Markup:
    """Draw an icon, hidden from screen readers; raises KeyError for a name Lucide does not have."""
    outer = f'class="{escape(f"icon {extra}".strip())}" width="{size}" height="{size}"'
    if name not in _SPRITE:
        return Markup(f'<svg {outer} {_STROKES} aria-hidden="true">{_lines_of(name)}</svg>')
    return Markup(
        f'<svg {outer} viewBox="0 0 24 24" aria-hidden="true"><use href="#i-{name}"/></svg>'
    )


@cache
def sprite() -> Markup:
    """Draw the icons that `icon` refers to."""
    drawn = (f'<svg id="i-{name}" {_STROKES}>{_lines_of(name)}</svg>' for name in _SPRITE)
    return Markup(f"<div hidden>{''.join(drawn)}</div>")


def _lines_of(name: str) -> str:
    drawing = " ".join(_drawings().read(f"{name}.svg").decode().split())
    return re.sub(r"^.*?<svg[^>]*> ?| ?</svg>$", "", drawing)


@cache
def _drawings() -> ZipFile:
    # Opened once: looking through its two thousand names takes longer than drawing a page.
    return ZipFile(str(files("lucide").joinpath("lucide.zip")))
