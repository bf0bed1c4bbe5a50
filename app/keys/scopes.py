"""What a key may be made for: scopes as people choose them, each the permissions it stands for.

A key never reaches further than its owner: what it may do is what both of them may.
"""

from dataclasses import dataclass

from app.controls.permissions import ALL_PERMISSIONS


@dataclass(frozen=True, slots=True)
class KeyScope:
    """A line of the form: its key, the words for it, the permissions it stands for."""

    key: str
    name: str
    permissions: frozenset[str]


def _scope(key: str, name: str, *permissions: str) -> KeyScope:
    return KeyScope(key, name, frozenset(permissions or (key,)))


_APPROVING = frozenset(one for one in ALL_PERMISSIONS if ".approve-l" in one)
SCOPES = (
    _scope("clients.view", "Read customers", "clients.view-own", "clients.view-all"),
    _scope("clients.create", "Add customers"),
    _scope("accounts.view", "Read accounts"),
    _scope("accounts.create", "Open and import accounts"),
    _scope("mandates.view", "Read who may sign for an account"),
    _scope("assets.view", "Read assets and their balances"),
    _scope("transactions.view", "Read transactions"),
    _scope("assets.deposit", "Post deposits"),
    _scope("assets.withdraw", "Post withdrawals"),
    _scope("assets.transfer", "Post transfers"),
    _scope("assets.exchange", "Exchange currencies"),
    _scope(
        "transactions.reverse",
        "Reverse transactions, and hand the reversals in",
        "transactions.reverse",
        "transactions.create",
    ),
    _scope("transactions.change-status", "Tell how external payments ended"),
    _scope("forward-dated.view", "Read forward-dated transactions"),
    _scope("forward-dated.create", "Plan forward-dated transactions"),
    _scope("forward-dated.cancel", "Cancel forward-dated transactions"),
    _scope("payments.view", "Read settlements"),
    _scope("payments.create", "Post settlements"),
    _scope("statements.view", "Read statements"),
    _scope("statements.create", "Ask for statements"),
    _scope("currencies.view", "Read exchange rates"),
    _scope("approvals.view", "See what waits for approval"),
    KeyScope("approvals.decide", "Approve and reject", _APPROVING),
    _scope("approvals.self-authorise", "Authorise alone what it hands in"),
    _scope("hook-configs.view", "Read postbacks"),
    _scope("hook-configs.redeliver", "Send postbacks again"),
)
BY_KEY = {scope.key: scope for scope in SCOPES}


def permissions_of_scopes(keys: list[str]) -> frozenset[str]:
    """Return the permissions that scopes stand for; one that is no longer known stands for none."""
    found = (BY_KEY[key].permissions for key in keys if key in BY_KEY)
    return frozenset().union(*found)


def passed_on(held: frozenset[str], *, is_person: bool) -> frozenset[str]:
    """Return what a key may be given of its owner's permissions.

    Persons approve: a service account would be a second hand of whoever set it up.
    """
    return held if is_person else held - _APPROVING


def reachable_scopes(permissions: frozenset[str]) -> tuple[KeyScope, ...]:
    """Return the scopes of which a person holds something."""
    return tuple(scope for scope in SCOPES if not scope.permissions.isdisjoint(permissions))
