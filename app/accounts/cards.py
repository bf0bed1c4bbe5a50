"""Cards that higher floors add to an account's page: what they know of it, such as interest."""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.ledger.accounts import Account

Cards: TypeAlias = Callable[[Session, Actor, Account], list[dict[str, Any]]]
_added: list[Cards] = []


def adds_cards(function: Cards) -> Cards:
    """Register what makes cards for an account, none where there is nothing to say."""
    _added.append(function)
    return function


def cards_of(session: Session, actor: Actor, account: Account) -> list[dict[str, Any]]:
    """Return the cards of all floors above, in the order in which they were registered."""
    return [card for function in _added for card in function(session, actor, account)]
