"""Who worked by the hands of a service account, and since when, as the log tells (safety 12)."""

import json
from collections import defaultdict
from typing import Any

from app.reports.snapshot import Snapshot

# A service account's user id → the moments at which somebody came to be behind it.
Hands = dict[int, list[tuple[Any, int]]]
_LOGGED = """
    SELECT u.id, a.occurred_at, a.actor_id, a.changes FROM "user" u JOIN activity a
    ON a.organisation_id = u.organisation_id AND a.entity = 'user' AND a.entity_id = u.id
    WHERE u.kind = 'service' AND a.actor_id IS NOT NULL
"""
_KEYS = """
    SELECT k.user_id, a.occurred_at, a.actor_id FROM api_key k JOIN "user" u ON u.id = k.user_id
    JOIN activity a
    ON a.organisation_id = k.organisation_id AND a.entity = 'api_key' AND a.entity_id = k.id
    WHERE u.kind = 'service' AND a.actor_id IS NOT NULL AND a.action = 'Create api key'
"""


def hands_of(view: Snapshot, organisation_id: int | None) -> Hands:
    """Return who gave each service account its roles, as who made it did, or made a key of it."""
    scope = "" if organisation_id is None else f" AND u.organisation_id = {organisation_id}"
    found: Hands = defaultdict(list)
    for account_id, moment, person_id, changes in view.rows(_LOGGED + scope):
        told = json.loads(changes) if isinstance(changes, str) else changes
        if any(change.get("field") == "role" for change in told or ()):
            found[account_id].append((moment, person_id))
    for account_id, moment, person_id in view.rows(_KEYS + scope):
        found[account_id].append((moment, person_id))
    return found


def behind(hands: Hands, user_id: int | None, moment: Any) -> set[int]:
    """Return who was behind an account when it did something; nobody is behind a person."""
    if user_id not in hands:
        return set()
    return {person_id for since, person_id in hands[user_id] if since <= moment}
