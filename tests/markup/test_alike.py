"""Cells of a column that say the same are made once, whatever they are made from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from app.markup.alike import cells_of


def _rows(*pairs: tuple[Any, Any]) -> list[Any]:
    return [SimpleNamespace(kind=kind, name=name) for kind, name in pairs]


def test_rows_of_the_same_values_share_a_cell():
    made: list[str] = []

    def cell(row: Any) -> dict[str, Any]:
        made.append(row.name)
        return {"text": row.name}

    cells = cells_of(cell, _rows((1, "a"), (2, "a"), (3, "b"), (4, "a")))
    assert [one["text"] for one in cells] == ["a", "a", "b", "a"]
    assert made == ["a", "b"]


def test_a_value_that_only_some_rows_are_asked_for_is_not_overlooked():
    def cell(row: Any) -> dict[str, Any]:
        return {"text": row.name if row.kind == "named" else row.kind}

    pairs = [("plain", "a"), ("named", "a"), ("named", "b"), ("plain", "b"), ("named", "b")]
    cells = cells_of(cell, _rows(*pairs))
    assert [one["text"] for one in cells] == ["plain", "a", "b", "plain", "b"]


def test_a_column_that_differs_in_each_row_and_one_with_lists_are_made_row_by_row():
    many = _rows(*((number, [number]) for number in range(20)))
    assert [one["text"] for one in cells_of(lambda row: {"text": row.kind}, many)] == [*range(20)]
    cells = cells_of(lambda row: {"text": sum(row.name)}, many)
    assert [one["text"] for one in cells] == [*range(20)]
