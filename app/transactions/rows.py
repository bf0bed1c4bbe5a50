"""What may be done with a transaction from its row in a list."""

from collections.abc import Mapping
from typing import Any

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.transactions.words import PATH
from app.web.respond import row_action


def history_action(row: Any, _who: Actor) -> list[Mapping[str, Any]]:
    """Return what may be done with a row that is only read."""
    href = f"{PATH}/{row.id}/history"
    return [row_action("Show transaction history", href, "history", drawer=True)]


def row_actions(row: Any, who: Actor) -> list[Mapping[str, Any]]:
    """Return what may be done with a row of the list."""
    actions = history_action(row, who)
    if holds(who, "transactions.edit-description"):
        href = f"{PATH}/{row.id}/edit"
        actions.append(row_action("Edit description", href, "pencil", drawer=True))
    return actions
