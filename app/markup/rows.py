"""The HTML of a list's rows, which are cards on a phone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any, TypeAlias

from markupsafe import Markup

from app.markup.icons import icon
from app.markup.safe import safe
from app.markup.values import Place, draw

_ARROWS = {"ascending": "arrow-up", "descending": "arrow-down"}
_MOST_ICONS = 2
_WIDE_TEXT, _LONG_TEXT = 16, 32
_WORDS = frozenset({"text", "link"})
# Cells that may have a menu, which is known by a name of its own.
_NAMED = frozenset({"badge"})
_Places: TypeAlias = tuple[Sequence[Mapping[str, Any]], int, Place, Place]
_CHEVRON = icon("chevron-right", 18)
_ELLIPSIS = icon("ellipsis", 18)


def lines(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Mapping[str, Any]],
    *,
    token: Callable[[], str],
    selectable: bool = False,
    with_actions: bool = False,
    expandable: bool = False,
) -> Markup:
    """Draw rows of {id, href, drawer?, cells, actions, expand_href, label}, one cell a column."""
    drawn = []
    bodies = zip(*_drawn_columns(rows, columns, cache(token)), strict=True) if columns else ()
    for row, body in zip_longest(rows, bodies, fillvalue=()):
        name, label = row["id"], safe(row["label"])
        drawn.append(f'<tr id="row-{name}"{" data-row" if row["href"] else ""}>')
        if selectable:
            drawn.append(_selector(name, label))
        if expandable:
            drawn.append(_expander(row["expand_href"], label))
        drawn.extend(body)
        if with_actions:
            links = _actions(row["actions"], name, label)
            drawn.append(f'<td class="actions">{links}</td>')
        drawn.append("</tr>\n")
    return Markup("".join(drawn))


def shape_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Tell whether one of the rows has actions, and whether one can be expanded."""
    return {
        "with_actions": any(row["actions"] for row in rows),
        "expandable": any(row["expand_href"] for row in rows),
    }


def headings(
    columns: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]] = ()
) -> Markup:
    """Draw the headings of {label, numeric, priority, sort, sort_href} above a row's cells."""
    key = key_of(cells)
    return Markup("".join(_heading(one, is_key=at == key) for at, one in enumerate(columns)))


def key_of(cells: Sequence[Mapping[str, Any]]) -> int:
    """Return which cell is the key of its row: the first that can carry its link."""
    return 1 if len(cells) > 1 and cells[0]["kind"] == "toggle" else 0


def row_actions(actions: Sequence[Mapping[str, Any]], name: object, label: str = "") -> Markup:
    """Draw up to two actions as icons; of more the primary ones as icons, and all in a menu."""
    return Markup(_actions(actions, name, safe(label)))


def _actions(actions: Sequence[Mapping[str, Any]], name: object, label: str) -> str:
    are_few = len(actions) <= _MOST_ICONS
    icons = "".join([_icon_link(one, label) for one in actions if are_few or one.get("primary")])
    menu = "" if are_few else _menu(actions, f"actions-{name}", label)
    return f'<span class="row-actions">{icons}{menu}</span>'


def _heading(column: Mapping[str, Any], *, is_key: bool) -> str:
    label, href, sort = safe(column["label"]), column["sort_href"], column["sort"]
    classes = f"{'key ' if is_key else ''}{'numeric ' if column['numeric'] else ''}"
    state = f' aria-sort="{sort}"' if sort else ""
    head = f'<th scope="col" class="{classes}p{column["priority"]}"{state}>'
    if not href:
        return f"{head}{label}</th>"
    arrow = icon(_ARROWS.get(sort, "chevrons-up-down"), 14)
    return f'{head}<a class="sort" href="{safe(href)}" data-list-link>{label}{arrow}</a></th>'


def _drawn_columns(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Mapping[str, Any]],
    token: Callable[[], str],
) -> list[list[str]]:
    """Draw the cells column by column: what stands around them is the same for all rows."""
    places = []
    for row in rows:
        drawer = row.get("drawer", True)
        linked = Place(token, row["href"] or "", drawer)
        places.append((row["cells"], key_of(row["cells"]), linked, Place(token, drawer=drawer)))
    names = [row["id"] for row in rows]
    return [_drawn(at, one, places, names) for at, one in enumerate(columns)]


def _drawn(
    at: int, column: Mapping[str, Any], places: Sequence[_Places], names: Sequence[object]
) -> list[str]:
    """Draw one column; a cell that several rows share is drawn once."""
    classes = f"{'numeric ' if column['numeric'] else ''}p{column['priority']} kind-"
    start, key_start = f'<td class="{classes}', f'<td class="key {classes}'
    end, drawn = f'" data-label="{safe(column["label"])}">', []
    known: dict[tuple[int, bool], str] = {}
    for (cells, key, linked, plain), name in zip(places, names, strict=True):
        one = cells[at]
        kind = one["kind"]
        if at == key:
            body = draw(one, f"{name}-{at + 1}", linked)
            drawn.append(f"{key_start}{kind}{end}{body}</td>")
            continue
        what = (id(one), plain.drawer)
        html = known.get(what)
        if html is None:
            length = _length(one["text"]) if kind in _WORDS else ""
            html = f"{start}{kind}{length}{end}{draw(one, f'{name}-{at + 1}', plain)}</td>"
            if kind not in _NAMED:
                known[what] = html
        drawn.append(html)
    return drawn


def _length(text: str) -> str:
    """Mark a text that breaks into lines of some width, rather than after every word."""
    return " is-long" if len(text) > _LONG_TEXT else " is-wide" if len(text) > _WIDE_TEXT else ""


def _selector(key: object, label: str) -> str:
    return (
        '<td class="select"><label class="select__target"><input type="checkbox" name="id"'
        f' value="{key}" form="bulk" data-select-row>'
        f'<span class="visually-hidden">Select {label}</span></label></td>'
    )


def _expander(href: str | None, label: str) -> str:
    if not href:
        return '<td class="expand"></td>'
    return (
        f'<td class="expand"><a class="icon-button" href="{safe(href)}" data-expand'
        f' aria-expanded="false" aria-label="Show more of {label}">{_CHEVRON}</a></td>'
    )


def _marks(one: Mapping[str, Any]) -> str:
    return f"{' data-drawer' if one['drawer'] else ''}{' data-dialog' if one['dialog'] else ''}"


def _icon_link(one: Mapping[str, Any], label: str) -> str:
    said = f"{safe(one['label'])} {label}" if label else safe(one["label"])
    tone = " icon-button--danger" if one["danger"] else ""
    return (
        f'<a class="icon-button{tone}" href="{safe(one["href"])}" aria-label="{said}"'
        f' title="{said}"{_marks(one)}>{icon(one["icon"])}</a>'
    )


def _menu(actions: Sequence[Mapping[str, Any]], name: str, label: str) -> str:
    said, id_ = f"Actions for {label}" if label else "Actions", safe(name)
    items = "".join(
        f'<a class="menu__item{" menu__item--danger" if one["danger"] else ""}"'
        f' href="{safe(one["href"])}"{_marks(one)}>{icon(one["icon"]) if one["icon"] else ""}'
        f"<span>{safe(one['label'])}</span></a>"
        for one in actions
    )
    return (
        f'<button type="button" class="icon-button" popovertarget="{id_}" aria-label="{said}">'
        f"{_ELLIPSIS}</button>"
        f'<div class="menu" popover id="{id_}" role="group" aria-label="{said}">{items}</div>'
    )
