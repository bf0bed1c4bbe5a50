"""What a configuration file carries of reviewed records: those that are authorized.

They come in as somebody's work does: drafted, handed in, and approved by whom the rules ask for.
What is approved, or waits to be, is not changed by a file.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from app.controls.portable import Check, Context, FileRow, Portable, Problem, portable
from app.controls.review import ReviewKind, step
from app.controls.work import Work


def carry_reviewed(
    kind: ReviewKind,
    *,
    create: Callable[[Work, dict[str, Any]], int],
    check: Check | None = None,
    exported: Callable[[Any], bool] = lambda _record: True,
    **more: Any,
) -> None:
    """Register how a file carries a kind; `create` drafts a record, hands it in, returns its id.

    `more` is what else a `Portable` says of it. With an `edit`, that command notes who edited.
    """
    noted = {} if "edit" in more else {"changed": partial(_edited, kind)}
    portable(
        Portable(
            model=kind.model,
            module=kind.module,
            check=partial(_checked, check),
            create=lambda work, columns: work.session.get_one(kind.model, create(work, columns)),
            exported=lambda record: record.is_authorised and exported(record),
            renewable=True,
            **noted,
            **more,
        )
    )


def _checked(more: Check | None, context: Context, row: FileRow) -> Iterator[Problem]:
    """A record that is not open any more stays as it is; then the kind's own rules."""
    if row.record is not None and not row.record.is_editable:
        yield next(iter(row.changes)), "is approved here, or waits to be, and cannot be changed"
    elif more is not None:
        yield from more(context, row)


def _edited(kind: ReviewKind, work: Work, record: Any, _fields: Iterable[str]) -> None:
    """Note who changed a draft that was there; a record that the file made was handed in."""
    if record.is_editable:
        step(work, kind, record, "edited")
