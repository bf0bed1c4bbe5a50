"""Long lists are worked through in portions: a statement takes so many values, a commit so much."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items `size` at a time, in their order; the last portion may be shorter."""
    return (items[start : start + size] for start in range(0, len(items), size))
