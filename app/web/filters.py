"""What narrows a list, as its page shows it: filters, chips and the addresses that keep them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.web.listing import Chosen, Filter, Listing

INLINE = 3  # How many filters stand beside the search; the others are behind "More".
ALL_FILTERS = "filters"  # Asks for those: alone for a script, or in the page.
PAGING = frozenset({"after", "before", "from", "open", ALL_FILTERS})


def pairs_asked(without: frozenset[str] | set[str] = frozenset()) -> list[tuple[str, str]]:
    """Return what an address keeps: what was asked, but for where one pages and what is open."""
    dropped = PAGING | without
    return [
        (key, value)
        for key, value in request.args.items(multi=True)
        if key not in dropped and value
    ]


def href(
    *, without: frozenset[str] | set[str] = frozenset(), extra: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the list's address without some of what was asked, and with something else."""
    pairs = [*pairs_asked(without), *extra]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def drop_href(listing: Listing) -> str:
    """Return the address of the whole list."""
    names = {name for one in listing.filters for name in _names_of(one)}
    return href(without=names | {"search", "view"})


def filters_of(listing: Listing, session: Session, who: Actor) -> dict[str, Any]:
    """Return the filters beside the search, and what the closed panel says of the others.

    What those offer is not read before somebody opens it.
    """
    behind = () if ALL_FILTERS in request.args else listing.filters[INLINE:]
    names = [name for one in behind for name in _names_of(one)]
    more = {
        "href": href(extra=[(ALL_FILTERS, "all")]),
        "names": " ".join(names),
        "kept": [pair for pair in pairs_asked() if pair[0] in names],
    }
    shown = listing.filters[: len(listing.filters) - len(behind)]
    return {
        "filters": [_shown(one, session, who) for one in shown],
        "more": more if behind else None,
    }


def filters_behind(listing: Listing, session: Session, who: Actor) -> dict[str, Any]:
    """Return the filters behind "More" alone."""
    return {"filters": [_shown(one, session, who) for one in listing.filters[INLINE:]]}


def _names_of(one: Filter) -> tuple[str, ...]:
    ends = one.kind in {"dates", "range"}
    return (f"{one.name}_from", f"{one.name}_to") if ends else (one.name,)


def _shown(one: Filter, session: Session, who: Actor) -> dict[str, Any]:
    options = one.options(session, who) if one.options else ()
    args = request.args
    return {
        "name": one.name,
        "label": one.label,
        "kind": one.kind,
        "value": args.get(one.name, ""),
        "values": frozenset(args.getlist(one.name)),
        "low": args.get(f"{one.name}_from", ""),
        "high": args.get(f"{one.name}_to", ""),
        "options": tuple((str(value), label) for value, label in options),
    }


def chips_of(
    listing: Listing, session: Session, who: Actor, chosen: Chosen
) -> list[dict[str, str]]:
    """Return the active filters, each with the address without it."""
    chips = []
    for one in listing.filters:
        if one.name not in chosen.values:
            continue
        shown = _chip_text(one, chosen.values[one.name], session, who)
        chips.append({"label": one.label, "value": shown, "href": href(without={*_names_of(one)})})
    return chips


def _chip_text(one: Filter, value: Any, session: Session, who: Actor) -> str:
    if one.kind == "flag":
        return "Yes"
    if one.kind in {"dates", "range"}:
        low, high = value
        parts = [f"from {low}" if low is not None else "", f"to {high}" if high is not None else ""]
        return " ".join(part for part in parts if part)
    names = {str(key): label for key, label in one.options(session, who)} if one.options else {}
    values = value if isinstance(value, list) else [value]
    return ", ".join(names.get(part, part) for part in values)
