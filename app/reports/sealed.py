"""Recomputes each organisation's chain of seals and compares every row with its digest (safety 4).

The form of a seal is documented in `docs/adr`: it is written here a second time, on purpose.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.reports.snapshot import Breach, CannotCheck, Snapshot

TABLES = (
    "account", "activity", "approval_rule", "asset", "entry", "hold", "licence", "review_step",
    "transaction",
)  # fmt: skip
_MOVING = {
    "asset": {
        "balance_minor", "bonus_minor", "held_minor", "pending_in_minor", "pending_out_minor",
        "deposited_minor", "withdrawn_minor", "sequence", "head_hash",
    }
}  # fmt: skip
_FORM = 1
_NOTHING = bytes(32)
_LENGTH = 32
_PORTION = 4_000
_PAGE_BITS = 15


class Marks:
    """A set of ids as pages of bits: an eighth of a byte for each row that was seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._pages: dict[int, bytearray] = defaultdict(lambda: bytearray(1 << _PAGE_BITS - 3))

    def add(self, number: int) -> None:
        """Mark an id."""
        place = number & ((1 << _PAGE_BITS) - 1)
        self._pages[number >> _PAGE_BITS][place >> 3] |= 1 << (place & 7)

    def __bool__(self) -> bool:
        """Tell whether any id was marked."""
        return bool(self._pages)

    def __contains__(self, number: int) -> bool:
        """Tell whether the id was marked."""
        page = self._pages.get(number >> _PAGE_BITS)
        place = number & ((1 << _PAGE_BITS) - 1)
        return page is not None and bool(page[place >> 3] & (1 << (place & 7)))


@dataclass(slots=True)
class _Comparison:
    """What was sealed of the rows so far, and which rows do not fit their newest digest."""

    view: Snapshot
    waiting: dict[str, Marks]
    seen: dict[str, Marks] = field(default_factory=lambda: defaultdict(Marks))
    portion: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    size: int = 0
    differing: dict[tuple[str, int], str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)

    def take(self, table: str, ids: list[int], digests: bytes) -> None:
        """Remember a seal's digests of one table; a later digest of a row replaces its earlier."""
        portion, seen = self.portion[table], self.seen[table]
        for index, row_id in enumerate(ids):
            portion[row_id] = digests[index * _LENGTH : (index + 1) * _LENGTH]
            seen.add(row_id)
        self.size += len(ids)
        if self.size >= _PORTION:
            self.compare()

    def compare(self) -> None:
        """Compare the portion with the rows as they are."""
        for table, expected in self.portion.items():
            found = _digests(self.view, self._query(table), table, expected)
            for row_id, digest in expected.items():
                actual = found.get(row_id, _NOTHING)
                if actual == digest or row_id in self.waiting[table]:
                    self.differing.pop((table, row_id), None)
                elif actual == _NOTHING:
                    self.differing[table, row_id] = "The row is gone that was sealed"
                else:
                    self.differing[table, row_id] = "The row is not as it was sealed"
        self.portion.clear()
        self.size = 0

    def _query(self, table: str) -> str:
        if table not in self.queries:
            self.queries[table] = _expression(self.view, table)
        return self.queries[table]


def seals(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check chain and rows; with an organisation, its own chain and the platform's."""
    scope = "1 = 1" if organisation_id is None else f"organisation_id IN (0, {organisation_id})"
    comparison = _Comparison(view, _waiting(view, scope))
    yield from _links(view, scope, comparison)
    comparison.compare()
    for (table, row_id), sentence in sorted(comparison.differing.items()):
        yield Breach(4, table, row_id, sentence, organisation_id)
    rows = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    for table in TABLES:
        seen, waiting = comparison.seen[table], comparison.waiting[table]
        for row_id, owner in view.rows(f'SELECT id, organisation_id FROM "{table}" WHERE {rows}'):
            if row_id not in seen and row_id not in waiting:
                yield Breach(4, table, row_id, "No seal and no waiting event covers the row", owner)


def _links(view: Snapshot, scope: str, comparison: _Comparison) -> Iterator[Breach]:
    chain: tuple[int | None, int, bytes] = (None, 0, _NOTHING)
    for seal in view.rows(
        "SELECT id, organisation_id, number, form, rows, digests, previous_hash, hash, sealed_at "
        f"FROM seal WHERE {scope} ORDER BY organisation_id, number"
    ):
        seal_id, owner, number, form, listed, digests, previous, own, at = seal
        rows = json.loads(listed) if isinstance(listed, str) else listed
        last_number, last_hash = chain[1:] if chain[0] == owner else (0, _NOTHING)
        if number != last_number + 1:
            yield Breach(4, "seal", seal_id, f"Seal {last_number + 1} is missing before it", owner)
        elif previous != last_hash:
            yield Breach(4, "seal", seal_id, "The seal does not follow the one before", owner)
        text = json.dumps(rows, sort_keys=True, separators=(",", ":"))
        said = f"{owner}|{number}|{form}|{_instant(at)}|{text}|".encode()
        if hashlib.sha256(previous + said + digests).digest() != own:
            yield Breach(4, "seal", seal_id, "The seal's hash is not that of what it says", owner)
        elif form != _FORM:
            raise CannotCheck(f"Seal {seal_id} is of form {form}, which this version cannot read")
        chain = (owner, number, own)
        yield from _unfold(seal, rows, comparison)


def _unfold(
    seal: tuple[Any, ...], rows: dict[str, list[int]], comparison: _Comparison
) -> Iterator[Breach]:
    seal_id, owner, digests, start = seal[0], seal[1], seal[5], 0
    for table in sorted(rows):
        end = start + len(rows[table]) * _LENGTH
        if table not in TABLES or end > len(digests):
            yield Breach(4, "seal", seal_id, "The seal's digests do not fit its rows", owner)
            return
        comparison.take(table, rows[table], digests[start:end])
        start = end


def _waiting(view: Snapshot, scope: str) -> dict[str, Marks]:
    """Mark the rows of operations whose events wait for their seal."""
    marks: dict[str, Marks] = defaultdict(Marks)
    operations = f"SELECT operation_id FROM outbox_event WHERE {scope}"
    for row_id, entity, entity_id in view.rows(
        f"SELECT id, entity, entity_id FROM activity WHERE operation_id IN ({operations})"
    ):
        marks["activity"].add(row_id)
        if entity_id is not None:
            marks[entity].add(entity_id)
    for (row_id,) in view.rows(f"SELECT id FROM review_step WHERE operation_id IN ({operations})"):
        marks["review_step"].add(row_id)
    _mark_posted(view, scope, marks)
    return marks


def _mark_posted(view: Snapshot, scope: str, marks: dict[str, Marks]) -> None:
    for (payload,) in view.rows(f"SELECT payload FROM outbox_event WHERE {scope}"):
        content = json.loads(payload) if isinstance(payload, str) else payload
        for transaction_id in content["transactions"]:
            marks["transaction"].add(transaction_id)
    if marks["transaction"]:
        for entry_id, transaction_id in view.rows(
            f"SELECT id, transaction_id FROM entry WHERE {scope}"
        ):
            if transaction_id in marks["transaction"]:
                marks["entry"].add(entry_id)


def _expression(view: Snapshot, table: str) -> str:
    """Return the SQL of a row's digest, or of its text where the database cannot hash."""
    kinds = view.columns(table)
    names = sorted(kinds.keys() - _MOVING.get(table, set()))
    if view.is_postgresql:
        listed = ", ".join(f'"{name}"' for name in names)
        return f"id, sha256(convert_to(json_build_array({listed})::text, 'UTF8'))"
    listed = ", ".join(
        f'hex("{name}")' if kinds[name].startswith("BLOB") else f'"{name}"' for name in names
    )
    return f"id, json_array({listed})"


def _digests(view: Snapshot, selected: str, table: str, ids: Iterable[int]) -> dict[int, bytes]:
    rows = view.by_ids(selected, table, ids)
    if view.is_postgresql:
        return dict(rows)
    return {row_id: hashlib.sha256(text.encode()).digest() for row_id, text in rows}


def _instant(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).isoformat()
