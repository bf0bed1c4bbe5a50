"""The HTML of a value by its kind: money, ids, badges, switches, links and plain text.

A cell is a mapping of which only `kind` and `text` are always there; `app.web.cells` makes them.
Inside, HTML is plain `str`, each text escaped where it is put in; what leaves for a template is
`Markup`. To wrap every piece would take as long as to write it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from markupsafe import Markup

from app.markup.icons import icon
from app.markup.safe import safe
from app.markup.words import translated

Cell: TypeAlias = Mapping[str, Any]
_LONG_IDENT = 24
_NONE = "—"
_SIGNS = "+-−"  # noqa: RUF001  The last is the sign people read.
_MARKS = {"in": "+", "out": _SIGNS[2]}
_CHEVRON = icon("chevron-down", 12)
_COPY = icon("copy", 14)
_CHECK = icon("check")
_MINUS = icon("minus")
_KNOB = '<span class="switch__knob"></span>'


class Place(NamedTuple):
    """Where a cell stands: the link of its row, if it carries it, and the page's token.

    `drawer` tells whether such a link opens in the drawer; `token` is called where a form needs it.
    """

    token: Callable[[], str]
    href: str = ""
    drawer: bool = True


def cell(one: Cell, name: str, place: Place) -> Markup:
    """Draw a cell; `name` tells its menu from the others of the page."""
    return Markup(draw(one, name, place))


def draw(one: Cell, name: str, place: Place) -> str:
    """Draw a cell as text that is HTML already, for those who join many."""
    return _KINDS.get(one["kind"], _text)(one, name, place)


def money(text: object, currency: str = "", sign: str = "") -> Markup:
    """Draw an amount, formatted in its currency's precision; sign is "in", "out" or empty."""
    return Markup(_amount(str(text), currency, sign))


def ident(text: str, href: str = "", *, drawer: bool = True) -> Markup:
    """Draw an id in monospace with a button that copies it."""
    marks = " data-drawer" if drawer else ""
    return Markup(_copied(text, href, marks))


def badge(text: object, tone: str = "neutral") -> Markup:
    """Draw a word, in the reader's language, in a badge.

    Its tone is success, warning, danger, info, neutral, or c-<a palette's name>.
    """
    return Markup(_word(text, tone))


def _amount(text: str, currency: str, sign: str) -> str:
    mark = _MARKS.get(sign) or (_MARKS["out"] if text[:1] in _SIGNS[1:] and text else "")
    tone = f" money--{safe(sign)}" if sign else ""
    unit = f' <abbr class="money__currency">{safe(currency)}</abbr>' if currency else ""
    return (
        f'<span class="money{tone}"><span class="money__amount">'
        f"{mark}{safe(text.lstrip(_SIGNS))}</span>{unit}</span>"
    )


def _copied(text: str, href: str, marks: str) -> str:
    shown = safe(text)
    title = f' title="{shown}"' if text and len(text) > _LONG_IDENT else ""
    body = (
        f'<a class="ident__text" href="{safe(href)}"{title}{marks}>{shown}</a>'
        if href
        else f'<span class="ident__text"{title}>{shown}</span>'
    )
    if not text:
        return f'<span class="ident">{body}</span>'
    return (
        f'<span class="ident">{body}<button type="button" class="ident__copy" data-copy="{shown}"'
        f' aria-label="Copy {shown}" title="Copy">{_COPY}</button></span>'
    )


def _word(text: object, tone: str) -> str:
    return (
        f'<span class="badge badge--{safe(tone or "neutral")}">{safe(translated(str(text)))}</span>'
    )


def _menu(one: Cell, name: str, token: str) -> str:
    """Draw a badge that changes in place: a form with a button an option.

    An option that is final leads to the page that confirms it.
    """
    shown, to = safe(translated(one["text"])), safe(one["post_href"])
    items = "".join(_option(option, one["text"]) for option in one["options"])
    return (
        f'<button type="button" class="badge badge--{safe(one.get("tone") or "neutral")}'
        f' badge--button" popovertarget="{name}" aria-label="{shown}. Change status">'
        f'{shown}{_CHEVRON}</button><form class="menu" popover id="{name}" method="post"'
        f' action="{to}" hx-post="{to}" hx-swap="none" aria-label="Change status">'
        f'<input type="hidden" name="csrf_token" value="{safe(token)}">{items}</form>'
    )


def _option(one: Cell, current: str) -> str:
    shown = _word(one["label"], one["tone"])
    if one.get("confirm_href"):
        href = safe(one["confirm_href"])
        return f'<a class="menu__item" href="{href}" data-dialog>{shown}</a>'
    check = _CHECK if one["label"] == current else ""
    value = safe(one["value"])
    return f'<button class="menu__item" name="value" value="{value}">{shown}{check}</button>'


def _link(one: Cell, place: Place) -> tuple[str, str]:
    """Return a cell's address, its own before its row's, and what marks the link."""
    own = one.get("href")
    drawer = one.get("drawer", place.drawer) if own else place.drawer
    if place.href:
        return own or place.href, " data-drawer data-row-link" if drawer else " data-row-link"
    return own or "", " data-drawer" if drawer else ""


def _money(one: Cell, _name: str, _place: Place) -> str:
    return _amount(str(one["text"]), one.get("currency") or "", one.get("sign") or "")


def _ident(one: Cell, _name: str, place: Place) -> str:
    return _copied(one["text"], *_link(one, place))


def _badge(one: Cell, name: str, place: Place) -> str:
    if one.get("post_href") and one.get("options"):
        return _menu(one, f"status-{safe(name)}", place.token())
    note = one.get("note")
    beside = f' <span class="cell-note">{safe(note)}</span>' if note else ""
    return f"{_word(one['text'], one.get('tone', '')) if one['text'] else ''}{beside}"


def _toggle(one: Cell, _name: str, place: Place) -> str:
    is_on, to = bool(one.get("checked")), one.get("post_href")
    if not to:
        label, mark = ("On", " data-on") if is_on else ("Off", "")
        still = f'<span class="switch switch--still" role="img" aria-label="{label}"{mark}>'
        return f"{still}{_KNOB}</span>"
    state, other = ("true", "off") if is_on else ("false", "on")
    return (
        f'<form class="toggle-form" method="post" action="{safe(to)}" hx-post="{safe(to)}"'
        f' hx-swap="none"><input type="hidden" name="csrf_token" value="{safe(place.token())}">'
        f'<button class="switch" role="switch" aria-checked="{state}" name="value"'
        f' value="{other}" aria-label="{safe(one["text"] or "Active")}">{_KNOB}</button></form>'
    )


def _symbol(one: Cell, _name: str, place: Place) -> str:
    href, marks = _link(one, place)
    body = f"{icon(one['icon'])}<span>{safe(one['text'])}</span>"
    if href:
        return f'<a class="symbol" href="{safe(href)}"{marks}>{body}</a>'
    return f'<span class="symbol">{body}</span>'


def _icon(one: Cell, _name: str, _place: Place) -> str:
    said, drawn = safe(one.get("title") or one["text"]), icon(one.get("icon") or one["text"])
    hidden = f'<span class="visually-hidden">{said}</span>'
    return f'<span class="cell-icon" title="{said}">{drawn}{hidden}</span>'


def _flag(one: Cell, _name: str, _place: Place) -> str:
    tone, drawn, said = (" flag--yes", _CHECK, "Yes") if one.get("checked") else ("", _MINUS, "No")
    return f'<span class="flag{tone}">{drawn}<span class="visually-hidden">{said}</span></span>'


def _moment(one: Cell, name: str, place: Place) -> str:
    if one.get("href") or place.href:
        return _text(one, name, place)
    return f'<time class="{one["kind"]}"{_hint(one)}>{safe(one["text"] or _NONE)}</time>'


def _muted(one: Cell, name: str, place: Place) -> str:
    if one.get("href") or place.href:
        return _text(one, name, place)
    return f'<span class="muted"{_hint(one)}>{safe(one["text"] or _NONE)}</span>'


def _text(one: Cell, _name: str, place: Place) -> str:
    text = one["text"]
    hint = _hint(one) if "title" in one else ""
    if place.href or one.get("href"):
        href, marks = _link(one, place)
        return f'<a href="{safe(href)}"{marks}{hint}>{safe(text or _NONE)}</a>'
    if not text:
        return f'<span class="muted none"{hint}>{_NONE}</span>'
    return f"<span{hint}>{safe(text)}</span>" if hint else safe(text)


def _hint(one: Cell) -> str:
    title = one.get("title")
    return f' title="{safe(title)}"' if title else ""


_KINDS: Mapping[str, Callable[[Cell, str, Place], str]] = {
    "money": _money,
    "ident": _ident,
    "badge": _badge,
    "toggle": _toggle,
    "symbol": _symbol,
    "icon": _icon,
    "flag": _flag,
    "date": _moment,
    "instant": _moment,
    "muted": _muted,
}
