"""What a log row says has changed, as rows that people can read (E39.18-25)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.kernel.currencies import known_currencies
from app.kernel.money import format_minor

ENCRYPTED = "Encrypted"
REDACTED = "Redacted"
_MINOR = "_minor"
_GUARDS = {"encrypted": ENCRYPTED, "redacted": REDACTED}


def changed_rows(
    changes: Iterable[Mapping[str, Any]], *, currency: str = "", only: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return a row for each changed field: {label, kind, before, after, guard}.

    Amounts are written as decimals of the currency that is among the changes, else of `currency`.
    `only` keeps the named fields and leaves out the others.
    """
    kept = [one for one in changes if not only or one["field"] in only]
    named = next((one.get("new") for one in kept if one["field"] == "currency"), None)
    rows: list[dict[str, Any]] = []
    for one in kept:
        rows.extend(_rows(one, str(named or currency)))
    return rows


def field_label(path: str) -> str:
    """Write a field's path as people read it: "address.street" → "address > street"."""
    return " > ".join(_words(part) for part in path.split("."))


def amount(field: str, value: Any, currency: str) -> str | None:
    """Write what is in minor units as decimals of a known currency; None of any other value."""
    known = known_currencies().get(currency)
    digits = str(value).removeprefix("-")
    if not field.endswith(_MINOR) or known is None or not digits.isdigit():
        return None
    return f"{format_minor(int(value), known.exponent)} {currency}"


def _rows(one: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    guard = _GUARDS.get(one.get("guard", ""), "")
    if guard:
        sides = [guard if one["kind"] != absent else "" for absent in ("added", "removed")]
        return [_row(one["field"], sides[0], sides[1], guard=guard)]
    before, after = one.get("old"), one.get("new")
    parts = _parts(one["field"], before, after)
    return [_row(path, _shown(path, old, currency), _shown(path, new, currency))
            | {"secret": "guard" in one} for path, old, new in parts]  # fmt: skip


def _parts(path: str, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """Split what is kept as JSON into its fields, and leave out those that stayed as they were."""
    old, new = _structure(before), _structure(after)
    if old is None and new is None:
        return [(path, before, after)]
    old, new = old or {}, new or {}
    parts: list[tuple[str, Any, Any]] = []
    for key in [*old, *(key for key in new if key not in old)]:
        if old.get(key) != new.get(key):
            parts.extend(_parts(f"{path}.{key}", old.get(key), new.get(key)))
    return parts


def _structure(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(value, start=1)}
    return value if isinstance(value, dict) else None


def _shown(path: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    return amount(path, value, currency) or str(value)


def _row(path: str, before: str, after: str, *, guard: str = "") -> dict[str, Any]:
    kind = "added" if not before else "removed" if not after else "modified"
    return {
        "label": field_label(path),
        "kind": kind,
        "before": before,
        "after": after,
        "guard": guard,
    }


def _words(part: str) -> str:
    name = part.removesuffix(_MINOR).removesuffix("_id").replace("_", " ")
    return name or part
