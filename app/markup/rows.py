"""The HTML of a list's rows, which are cards on a phone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

from app.markup.icons import icon
from app.markup.safe import safe
from app.markup.values import Place, draw

_ARROWS = {"ascending": "arrow-up", "descending": "arrow-down"}
_MOST_ICONS = 2
# Cells that are drawn from nothing but their texts.
_ALIKE = frozenset({"text", "link", "date"})
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
    drawn, token, known = [], cache(token), dict[object, str]()
    heads = [_heads(columns, is_key=is_key) for is_key in (False, True)]
    for row in rows:
        label = safe(row["label"])
        drawn.append(f'<tr id="row-{row["id"]}"{" data-row" if row["href"] else ""}>')
        if selectable:
            drawn.append(_selector(row["id"], label))
        if expandable:
            drawn.append(_expander(row["expand_href"], label))
        drawn.extend(_cells(row, heads, token, known))
        if with_actions:
            actions = row_actions(row["actions"], row["id"], row["label"])
            drawn.append(f'<td class="actions">{actions}</td>')
        drawn.append("</tr>\n")
    return Markup("".join(drawn))


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
    are_few = len(actions) <= _MOST_ICONS
    icons = "".join(_icon_link(one, label) for one in actions if are_few or one.get("primary"))
    menu = "" if are_few else _menu(actions, f"actions-{name}", label)
    return Markup(f'<span class="row-actions">{icons}{menu}</span>')


def _heading(column: Mapping[str, Any], *, is_key: bool) -> str:
    label, href, sort = safe(column["label"]), column["sort_href"], column["sort"]
    classes = f"{'key ' if is_key else ''}{'numeric ' if column['numeric'] else ''}"
    state = f' aria-sort="{sort}"' if sort else ""
    head = f'<th scope="col" class="{classes}p{column["priority"]}"{state}>'
    if not href:
        return f"{head}{label}</th>"
    arrow = icon(_ARROWS.get(sort, "chevrons-up-down"), 14)
    return f'{head}<a class="sort" href="{safe(href)}" data-list-link>{label}{arrow}</a></th>'


def _heads(columns: Sequence[Mapping[str, Any]], *, is_key: bool) -> list[tuple[str, str]]:
    """Return what stands before and after the kind in the opening tag of each column's cells."""
    heads = []
    for column in columns:
        classes = f"{'key ' if is_key else ''}{'numeric ' if column['numeric'] else ''}"
        start = f'<td class="{classes}p{column["priority"]} kind-'
        heads.append((start, f'" data-label="{safe(column["label"])}">'))
    return heads


def _cells(
    row: Mapping[str, Any],
    heads: list[list[tuple[str, str]]],
    token: Callable[[], str],
    known: dict[object, str],
) -> list[str]:
    """Draw a row's cells; most say what a row above said, and `known` has them already."""
    cells, name = row["cells"], row["id"]
    key, drawer = key_of(cells), row.get("drawer", True)
    plain, linked = Place(token, drawer=drawer), Place(token, row["href"] or "", drawer)
    drawn = []
    for number, one in enumerate(cells):
        kind, is_key = one["kind"], number == key
        is_alike = kind in _ALIKE and not is_key
        what = (number, drawer, *one.values()) if is_alike else None
        html = known.get(what) if what else None
        if html is None:
            start, end = heads[is_key][number]
            body = draw(one, f"{name}-{number + 1}", linked if is_key else plain)
            html = f"{start}{kind}{end}{body}</td>"
            if what:
                known[what] = html
        drawn.append(html)
    return drawn


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
    said = safe(f"{one['label']} {label}" if label else one["label"])
    tone = " icon-button--danger" if one["danger"] else ""
    return (
        f'<a class="icon-button{tone}" href="{safe(one["href"])}" aria-label="{said}"'
        f' title="{said}"{_marks(one)}>{icon(one["icon"])}</a>'
    )


def _menu(actions: Sequence[Mapping[str, Any]], name: str, label: str) -> str:
    said, id_ = safe(f"Actions for {label}" if label else "Actions"), safe(name)
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
