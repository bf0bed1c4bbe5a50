"""The grid of permissions a role's form shows: a line for each module, a box for each action."""

from collections.abc import Iterable
from typing import Any

from app.access.reach import covers
from app.controls.identity import Actor
from app.controls.permissions import CATALOGUE, TENANT_PERMISSIONS

_WORDS = {"approve-l1": "Approve L1", "approve-l2": "Approve L2", "approve-l3": "Approve L3"}
# The columns most modules share, with the heading of each; other actions are a module's special.
COLUMNS = (
    ("view-own", "View own"),
    ("view-all", "View all"),
    ("view", "View"),
    ("create", "Create"),
    ("edit", "Edit"),
    ("delete", "Delete"),
    ("approve-l1", "L1"),
    ("approve-l2", "L2"),
    ("approve-l3", "L3"),
)
_SHARED = tuple(action for action, _heading in COLUMNS)


def permission_matrix(actor: Actor, ticked: Iterable[str]) -> list[dict[str, Any]]:
    """Return the modules of an organisation with their boxes: the shared columns, the special ones.

    A column that a module lacks is None. A box that the actor may not give is locked; its state
    is kept as it is.
    """
    chosen = set(ticked)
    lines: list[dict[str, Any]] = []
    for module in CATALOGUE:
        boxes = {
            action: {
                "value": f"{module.key}.{action}",
                "label": _word(action),
                "checked": f"{module.key}.{action}" in chosen,
                "locked": not covers(actor, f"{module.key}.{action}"),
            }
            for action in module.actions
            if f"{module.key}.{action}" in TENANT_PERMISSIONS
        }
        if boxes:
            line = {"key": module.key, "name": module.name}
            line["columns"] = [boxes.get(action) for action in _SHARED]
            line["special"] = [box for action, box in boxes.items() if action not in _SHARED]
            lines.append(line)
    return lines


def role_permissions() -> list[str]:
    """Return every permission a role of an organisation can hold."""
    every = (one for module in CATALOGUE for one in module.permissions)
    return [one for one in every if one in TENANT_PERMISSIONS]


def permission_words(permissions: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return what a set of permissions allows: each module's name with its actions in words."""
    held = set(permissions)
    lines = []
    for module in CATALOGUE:
        actions = [one for one in module.actions if f"{module.key}.{one}" in held]
        if actions:
            lines.append((module.name, [_word(one) for one in actions]))
    return lines


def _word(action: str) -> str:
    return _WORDS.get(action, action.replace("-", " ").capitalize())
