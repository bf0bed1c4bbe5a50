"""What a configuration file carries of reviewed records: those that are authorized.

They come in as somebody's work does: drafted, handed in, and approved by whom the rules ask for.
What is approved, or waits to be, is not changed by a file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from app.controls.portable import Check, Context, FileRow, Portable, Problem, portable
from app.controls.review import ReviewKind, step
from app.controls.work import Work


def carry_reviewed(
    kind: ReviewKind,
    *,
    key: str,
    title: str,
    identity: tuple[str, ...],
    fields: tuple[str, ...],
    create: Callable[[Work, dict[str, Any]], int],
    references: Mapping[str, str] | None = None,
    choices: Mapping[str, Callable[[], Iterable[str]]] | None = None,
    check: Check | None = None,
) -> None:
    """Register how a file carries a kind; `create` drafts a record, hands it in, returns its id."""
    portable(
        Portable(
            key,
            title,
            kind.model,
            kind.module,
            identity=identity,
            fields=fields,
            references=references or {},
            choices=choices or {},
            check=partial(_checked, check),
            create=lambda work, columns: work.session.get_one(kind.model, create(work, columns)),
            changed=lambda work, record, _fields: _edited(work, kind, record),
            exported=lambda record: record.is_authorised and record.retired_at is None,
            renewable=True,
        )
    )


def _checked(more: Check | None, context: Context, row: FileRow) -> Iterator[Problem]:
    """A record that is not open any more stays as it is; then the kind's own rules."""
    if row.record is not None and not row.record.is_editable:
        yield next(iter(row.changes)), "is approved here, or waits to be, and cannot be changed"
    elif more is not None:
        yield from more(context, row)


def _edited(work: Work, kind: ReviewKind, record: Any) -> None:
    """Note who changed a draft that was there; a record that the file made was handed in."""
    if record.is_editable:
        step(work, kind, record, "edited")
