"""Which tables of a configuration are beyond a person, who neither takes nor is given those."""

from collections.abc import Callable, Iterable

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.portable import Portable


def beyond(
    actor: Actor, tables: Iterable[Portable], verbs: Callable[[Portable], tuple[str, ...]]
) -> dict[str, str]:
    """Return the titles, by key, of the tables for which the actor lacks the right to a verb.

    With them those whose rows name rows of theirs: what is left is whole.
    """
    left_out: dict[str, str] = {}
    for table in tables:
        may = all(holds(actor, f"{table.module}.{verb}") for verb in verbs(table))
        named = {*table.references.values(), *table.lists.values()}
        if not may or not named.isdisjoint(left_out):
            left_out[table.key] = table.title
    return left_out


def unseen(actor: Actor, tables: Iterable[Portable]) -> dict[str, str]:
    """Return the titles, by key, of the tables whose records the actor may not look at."""
    return beyond(actor, tables, lambda _table: ("view",))
