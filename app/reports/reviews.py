"""AUTHORIZED means the levels asked for, by distinct persons, of this content (safety 12, 13)."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.controls.review import review_kinds
from app.reports.hands import behind, hands_of
from app.reports.snapshot import Breach, Snapshot

_RECORD = (
    "id", "organisation_id", "record_status", "levels_required", "review_cycle", "content_hash",
    "maker_id",
)  # fmt: skip
_STEP = ("cycle", "act", "level", "user_id", "content_hash", "for_user_id", "at")
_MADE = frozenset({"created", "edited", "submitted"})
_HANDED_IN = frozenset({"submitted", "self-authorised"})

# A transaction that was booked late was reviewed with the posting date it was handed in for, a
# facility with the terms that amendments changed later.
_AS_REVIEWED = {
    ("transaction", "posting_date"): "coalesce(r.handed_in_for, r.posting_date)",
    **{
        ("facility", name): f"coalesce(r.reviewed_{name}, r.{name})"
        for name in ("approved_minor", "advised_minor", "expires_on", "review_days")
    },
}


def reviews(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check the steps and the content of every record that was handed in."""
    scope = "1 = 1" if organisation_id is None else f"r.organisation_id = {organisation_id}"
    hands = hands_of(view, organisation_id)
    for kind in review_kinds.values():
        table = kind.model.__tablename__
        content = kind.model.__content__
        kinds = view.columns(table)
        fields = ", ".join(
            _AS_REVIEWED.get((table, name), f'r."{name}"') for name in (*_RECORD, *content)
        )
        about = f'r."{kind.model.__about__}"' if kind.model.__about__ else "NULL"
        steps = ", ".join(f"s.{name}" for name in _STEP)
        found = view.rows(
            f'SELECT {fields}, {about}, {steps} FROM "{table}" r LEFT JOIN review_step s '
            "ON s.organisation_id = r.organisation_id AND s.kind = ? AND s.record_id = r.id "
            f"WHERE r.submitted_at IS NOT NULL AND r.content_hash IS NOT NULL AND {scope} "
            "ORDER BY r.id, s.id",
            (kind.key,),
        )
        width = len(_RECORD) + len(content)
        for _, group in groupby(found, itemgetter(0)):
            rows = list(group)
            record = rows[0][: len(_RECORD)]
            told = zip(content, rows[0][len(_RECORD) : width], strict=True)
            joined = kind.model.__joined__
            values = {
                name: value for name, value in told if value is not None or name not in joined
            }
            acts = [row[width + 1 :] for row in rows if row[width + 1] is not None]
            own_work = {record[-1], rows[0][width]}
            for act in acts:
                if act[1] in _MADE:
                    own_work |= behind(hands, act[3], act[6])
            for rule, sentence in _judged(record, _hash(values, kinds), acts, own_work):
                yield Breach(rule, table, record[0], sentence, record[1])


def _judged(
    record: tuple[Any, ...], content: str, acts: list[tuple[Any, ...]], own_work: set[int | None]
) -> Iterator[tuple[int, str]]:
    """Judge a record by its acts; it is the `own_work` of its maker and of whom it is about.

    So it is of those who stood behind a program that worked on it.
    """
    _, _, status, required, cycle, content_hash, _ = record
    current = [act for act in acts if act[0] == cycle]
    if status not in {"CAPTURED", "REJECTED"}:
        if not any(act[1] in _HANDED_IN for act in current):
            yield 12, "The record was never handed in"
        if content != content_hash:
            yield 12, "The content is not what was handed in"
    if any(act[4] != content_hash for act in current if act[1] in {*_HANDED_IN, "approved"}):
        yield 12, "What was approved is not what was handed in"
    if any(act[1] == "denied" for act in acts[:-1]):
        yield 13, "Something was done after the record was denied"
    if (status == "DENIED") != (bool(acts) and acts[-1][1] == "denied"):
        yield 13, "The record's status is not that of its last act"
    if status == "AUTHORIZED" and required:
        workers = {act[3] for act in acts if act[1] in _MADE} | own_work
        yield from _levels(required, workers, current)


def _levels(
    required: int, workers: set[int | None], current: list[tuple[Any, ...]]
) -> Iterator[tuple[int, str]]:
    if any(act[1] == "self-authorised" for act in current):
        return
    decided = [act for act in current if act[1] == "approved"]
    # One who stood in for another used the other's right as well as their own hand.
    people = [act[3] for act in decided] + [act[5] for act in decided if act[5] is not None]
    if [act[2] for act in decided] != list(range(required, 0, -1)):
        yield 12, "The record was not approved at the levels asked for, in their order"
    if len(set(people)) != len(people) or not workers.isdisjoint(people):
        yield 12, "A level was approved by a maker, by whom it is about, or twice by one person"


def _hash(values: dict[str, Any], kinds: dict[str, str]) -> str:
    """Return the fingerprint of reviewed content: SHA-256 of its texts as sorted JSON."""
    written = {name: _text(value, kinds[name].upper()) for name, value in values.items()}
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


def _text(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if kind == "BOOLEAN":
        return "Yes" if value else "No"
    if kind == "JSON":
        value = json.loads(value)
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value)
