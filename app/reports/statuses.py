"""No entry against an account while its status forbade it, by what the log says (safety 7).

The status of an account changes under the locks that postings take, so the order of the log's
rows is the order of what happened. A flag of a status changes under none: what a status allowed
at one time and not at another is left out.
"""

import json
from collections.abc import Iterator
from typing import Any

from app.reports.snapshot import Breach, Snapshot

_FLAGS = {"D": "allow_debit", "C": "allow_credit"}
_END = 2**62
# What is withheld of an earning, such as tax on interest: its net effect takes nothing out.
_WITHHELD = (
    "(e.side = 'D' AND t.kind = 'earning' AND 0 <= ("
    "SELECT sum(CASE n.side WHEN 'C' THEN n.amount_minor ELSE -n.amount_minor END) FROM entry n "
    "WHERE n.organisation_id = e.organisation_id AND n.transaction_id = e.transaction_id "
    "AND n.asset_id = e.asset_id))"
)


def statuses(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check the entries of accounts that were in a status which never allowed them."""
    scope = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    logged = _logged_flags(view, scope)
    for status_id, tenant, *flags in view.few(
        f"SELECT id, organisation_id, allow_debit, allow_credit FROM account_status WHERE {scope}"
    ):
        said = logged.get(status_id, {})
        if any(values and values[-1] != bool(now) for values, now in _beside(said, flags)):
            sentence = "What the status allows is not what the log says"
            yield Breach(7, "account_status", status_id, sentence, tenant)
        forbidden = {side for side in _FLAGS if said.get(side) and not any(said[side])}
        if forbidden:
            yield from _entries(view, status_id, tenant, forbidden)


def _beside(said: dict[str, list[bool]], flags: list[Any]) -> Iterator[tuple[list[bool], Any]]:
    for side, now in zip(_FLAGS, flags, strict=True):
        yield said.get(side, []), now


def _logged_flags(view: Snapshot, scope: str) -> dict[int, dict[str, list[bool]]]:
    """Return what each status allowed by the log, oldest first, by status and side."""
    found: dict[int, dict[str, list[bool]]] = {}
    rows = view.few(
        f"SELECT entity_id, changes FROM activity WHERE entity = 'account_status' AND {scope} "
        "ORDER BY id"
    )
    for status_id, kept in rows:
        for change in json.loads(kept) if isinstance(kept, str) else kept:
            for side, flag in _FLAGS.items():
                if change["field"] == flag:
                    values = found.setdefault(status_id, {}).setdefault(side, [])
                    values.append(change["new"] == "Yes")
    return found


def _entries(view: Snapshot, status_id: int, tenant: int, forbidden: set[str]) -> Iterator[Breach]:
    sides = ", ".join(f"'{side}'" for side in sorted(forbidden))
    for account_id, start, end in _times(view, status_id, tenant):
        rows = view.few(
            "SELECT e.id FROM asset s "
            "JOIN entry e ON e.organisation_id = s.organisation_id AND e.asset_id = s.id "
            'JOIN "transaction" t ON t.id = e.transaction_id '
            "JOIN activity a ON a.organisation_id = t.organisation_id "
            "AND a.entity = 'transaction' AND a.entity_id = t.id AND a.occurred_at = t.posted_at "
            f"WHERE s.organisation_id = ? AND s.account_id = ? AND e.side IN ({sides}) "
            f"AND a.id > ? AND a.id < ? AND NOT {_WITHHELD} GROUP BY e.id ORDER BY e.id",
            (tenant, account_id, start, end),
        )
        for (entry_id,) in rows:
            sentence = "The account's status forbade the entry when it was posted"
            yield Breach(7, "entry", entry_id, sentence, tenant)


def _times(view: Snapshot, status_id: int, tenant: int) -> Iterator[tuple[int, int, int]]:
    """Yield the accounts that had the status: from which row of the log until which."""
    mentions = _mentions(view, "account_status_id", None)
    given = _mentions(view, "account_status_id", str(status_id))
    account = "organisation_id = ? AND entity = 'account'"
    for account_id, start in view.few(
        f"SELECT entity_id, id FROM activity WHERE {account} AND {given} ORDER BY id", (tenant,)
    ):
        ((end,),) = view.few(
            f"SELECT min(id) FROM activity WHERE {account} AND entity_id = ? AND id > ? "
            f"AND {mentions}",
            (tenant, account_id, start),
        )
        yield account_id, start, _END if end is None else end


def _mentions(view: Snapshot, field: str, new: str | None) -> str:
    """Return a condition: the log row changed the field, to a given value if there is one."""
    if view.is_postgresql:
        wanted = {"field": field} | ({"new": new} if new is not None else {})
        return f"changes @> '{json.dumps([wanted])}'::jsonb"
    value = f" AND json_extract(j.value, '$.new') = '{new}'" if new is not None else ""
    return (
        "EXISTS (SELECT 1 FROM json_each(changes) j "
        f"WHERE json_extract(j.value, '$.field') = '{field}'{value})"
    )
