"""Personal fields in the log are ciphertext, secrets are not there at all (safety 18)."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from app.db.base import Base
from app.models import metadata
from app.reports.snapshot import Breach, Snapshot

# A nonce of 12 bytes and a tag of 16 stand around every encrypted text.
_SHORTEST_TOKEN = 28


def secrecy(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Look at every log row of a table that has personal or secret columns."""
    guarded = _guarded()
    scope = "" if organisation_id is None else f" AND organisation_id = {organisation_id}"
    listed = ", ".join(f"'{table}'" for table in sorted(guarded))
    for row_id, owner, entity, changes in view.rows(
        "SELECT id, organisation_id, entity, changes FROM activity "
        f"WHERE entity IN ({listed}){scope}"
    ):
        personal, secret = guarded[entity]
        for change in json.loads(changes) if isinstance(changes, str) else changes:
            name = change["field"]
            if name in secret and ("old" in change or "new" in change):
                yield Breach(18, "activity", row_id, f"{name} stands in the log", owner)
            if name in personal and not _is_ciphertext(change):
                yield Breach(18, "activity", row_id, f"{name} stands in the log as text", owner)


def _guarded() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {
        mapper.class_.__tablename__: (mapper.class_.__personal__, mapper.class_.__redacted__)
        for mapper in Base.registry.mappers
        if mapper.local_table.name in metadata.tables
        and (mapper.class_.__personal__ or mapper.class_.__redacted__)
    }


def _is_ciphertext(change: dict[str, Any]) -> bool:
    if change.get("guard") == "redacted":
        return True
    if change.get("guard") != "encrypted":
        return False
    return all(_is_token(change.get(key)) for key in ("old", "new"))


def _is_token(token: str | None) -> bool:
    if not token:
        return True
    try:
        return len(base64.b64decode(token, validate=True)) >= _SHORTEST_TOKEN
    except (binascii.Error, ValueError):
        return False
