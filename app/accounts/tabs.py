"""The tabs of an account's page: slices above say which of their pages stand beside it."""

from dataclasses import dataclass
from typing import Any

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.ledger.accounts import Account


@dataclass(frozen=True, slots=True)
class AccountTab:
    """A page beside an account's: its name, the end of its address, who may see it, its place."""

    label: str
    word: str
    permission: str
    order: int


_tabs: list[AccountTab] = []


def adds_tab(label: str, word: str, *, permission: str, order: int) -> None:
    """Put a tab beside the accounts of customers and agents; the slice adds its view itself."""
    _tabs.append(AccountTab(label, word, permission, order))
    _tabs.sort(key=lambda one: one.order)


def tabs_of(actor: Actor, account: Account, path: str, current: str) -> list[dict[str, Any]]:
    """Return the tabs that a person sees; the house's own accounts have none."""
    seen = [one for one in _tabs if holds(actor, one.permission)]
    if account.holder == "internal" or not seen:
        return []
    overview = {"label": "Overview", "href": path, "current": not current}
    return [
        overview,
        *(
            {"label": one.label, "href": f"{path}/{one.word}", "current": one.word == current}
            for one in seen
        ),
    ]
