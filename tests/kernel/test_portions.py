"""Portions hold every item once, in its order, and none is larger than asked."""

from __future__ import annotations

import pytest

from app.kernel.portions import portions


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (9, [3, 3, 3])]
)
def test_items_come_in_portions_of_three(count: int, sizes: list[int]):
    items = list(range(count))
    parts = list(portions(items, 3))
    assert [len(part) for part in parts] == sizes
    assert [item for part in parts for item in part] == items
