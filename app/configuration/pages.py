"""What the pages of the configuration file show: errors by path, or what would be done."""

import base64
import binascii
import json
import zlib
from typing import Any

from app.configuration.document import LARGEST_BYTES, Unreadable
from app.configuration.plan import Plan
from app.configuration.values import written
from app.controls.portable import FileRow, Portable, portable_tables
from app.trail.changes import amount

MOST_SHOWN = 200


def preview(plan: Plan, base_currency: str) -> dict[str, Any]:
    """Return the plan table by table, and in all."""
    tables = [
        _table(plan, table, base_currency) for table in portable_tables() if plan.named(table.key)
    ]
    return {
        "tables": [one for one in tables if one["rows"]],
        "added": sum(one["added"] for one in tables),
        "changed": sum(one["changed"] for one in tables),
        "left": sum(one["left"] for one in tables),
        "fingerprint": plan.fingerprint,
    }


def errors(problems: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what is wrong with a file, each with the path in it."""
    shown = [{"path": path, "text": sentence} for path, sentence in problems[:MOST_SHOWN]]
    return {"lines": shown, "more": max(len(problems) - MOST_SHOWN, 0), "count": len(problems)}


def packed(text: str) -> str:
    """Return a file's text as a field of a form can carry it to the confirmation."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def unpacked(field: str) -> str:
    """Return the text of such a field; refuses one that is none, or would be too large."""
    try:
        raw = base64.b64decode(field, validate=True)
        text = zlib.decompressobj().decompress(raw, LARGEST_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Unreadable([("", "Choose a file")]) from error
    return decoded(text)


def decoded(raw: bytes) -> str:
    """Return the text of a file; refuses what is empty, too large or no UTF-8."""
    if not raw:
        raise Unreadable([("", "Choose a file")])
    if len(raw) > LARGEST_BYTES:
        raise Unreadable([("", f"A file can have at most {LARGEST_BYTES // 1024:,} KB")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable([("", "This is no text in UTF-8")]) from error


def _table(plan: Plan, table: Portable, base_currency: str) -> dict[str, Any]:
    added, changed = plan.added(table.key), plan.changed(table.key)
    rows = [_row(table, row, "Added", base_currency) for row in added]
    rows += [_row(table, row, "Changed", base_currency) for row in changed]
    return {
        "title": table.title,
        "note": table.note if added else "",
        "added": len(added),
        "changed": len(changed),
        "left": len(plan.named(table.key)) - len(added) - len(changed),
        "rows": rows[:MOST_SHOWN],
        "more": max(len(rows) - MOST_SHOWN, 0),
    }


def _row(table: Portable, row: FileRow, verb: str, base_currency: str) -> dict[str, Any]:
    if row.record is None:
        given = {name: (None, written(row.values[name])) for name in table.fields}
        changes = {name: pair for name, pair in given.items() if pair[1] not in (None, "", [])}
    else:
        changes = row.changes
    # A project's currency is its own label; what names none is in the base currency.
    currency = row.values.get("currency") or row.values.get("label") or base_currency
    return {
        "verb": verb,
        "tone": "success" if verb == "Added" else "warning",
        "name": _named(table, row),
        "changes": [
            _change(field, *(amount(field, one, currency) or one for one in pair))
            for field, pair in changes.items()
        ],
        "is_new": row.record is None,
    }


def _named(table: Portable, row: FileRow) -> str:
    parts = [row.values[field] for field in table.identity]
    return " · ".join(_text(one) for one in parts if one not in (None, "")) or table.title


def _change(field: str, before: Any, after: Any) -> dict[str, str]:
    """Show what becomes of a field; of a list only what goes and what comes."""
    if isinstance(before, list) and isinstance(after, list):
        gone, new = _without(before, after), _without(after, before)
        return {
            "label": _words(field),
            "before": _text(gone) if gone else "",
            "after": _text(new) if new else "",
        }
    return {"label": _words(field), "before": _text(before), "after": _text(after)}


def _without(these: list[Any], others: list[Any]) -> list[Any]:
    return [one for one in these if one not in others]


def _words(field: str) -> str:
    return field.removeprefix("is_").removesuffix("_minor").replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return (
            ", ".join(one if isinstance(one, str) else json.dumps(one) for one in value) or "none"
        )
    return str(value)
