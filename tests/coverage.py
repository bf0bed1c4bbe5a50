"""Says which rows of `checks.tsv` the tests name, read from their source without running them."""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent
ROWS = TESTS / "checks.tsv"


class Row(NamedTuple):
    """One testable statement of the documents."""

    id: str
    group: str
    kind: str
    requirement: str

    @property
    def chapter(self) -> str:
        """`E27` of `E27.04`."""
        return self.id.partition(".")[0]


def rows() -> list[Row]:
    """Return every row of `checks.tsv` in its order."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines)
        return [Row(*line) for line in lines]


def named_rows(folder: Path = TESTS) -> dict[str, list[str]]:
    """Return the ids named by `pytest.mark.checks(...)` in the tests, each with where."""
    named: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for call in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    place = f"{path.relative_to(folder.parent)}:{call.lineno}"
                    named[argument.value].append(place)
    return dict(named)


def report() -> str:
    """Tell how many rows are covered, chapter by chapter, and which are not."""
    named = named_rows().keys()
    chapters: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows():
        chapters[row.chapter, row.group].append(row)
    lines = []
    for (chapter, group), members in chapters.items():
        missing = [row for row in members if row.id not in named]
        lines.append(f"{chapter}  {group:<28} {len(members) - len(missing):>4} of {len(members)}")
        lines += [f"     {row.id}  {row.requirement}" for row in missing]
    everything = rows()
    covered = sum(row.id in named for row in everything)
    return "\n".join([*lines, "", f"{covered} of {len(everything):,} rows are covered."])


def _marks(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.checks":
            yield node
