"""The one marked row of a group, such as a project's default: a file moves the mark."""

from collections.abc import Iterator, Sequence

from app.configuration.records import Identity, marked_group
from app.controls.portable import FileRow, Portable


def move_marks(table: Portable, rows: Sequence[FileRow]) -> Iterator[tuple[str, str]]:
    """Take the mark from records that the file marks no more; yields what cannot be.

    Two marks in one group are refused, and so is a mark that is only taken away.
    """
    if table.marks is None:
        return
    flag = table.marks[0]
    groups: dict[Identity, list[FileRow]] = {}
    for row in rows:
        groups.setdefault(marked_group(table, row.values), []).append(row)
    for group in groups.values():
        yield from _settle(group, flag)


def _settle(group: Sequence[FileRow], flag: str) -> Iterator[tuple[str, str]]:
    marked = [row for row in group if row.values.get(flag)]
    chosen = [row for row in marked if row.path]
    if len(chosen) > 1:
        yield f"{chosen[1].path}.{flag}", f"is true in {chosen[0].path} already"
    elif chosen:
        for row in marked:
            if row is not chosen[0]:
                row.values[flag] = False
                row.changes[flag] = (True, False)
    elif lost := [row for row in group if row.changes.get(flag) == (True, False)]:
        yield f"{lost[0].path}.{flag}", "can only be moved: mark another row instead"
