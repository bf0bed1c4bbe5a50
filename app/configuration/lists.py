"""Every list of coded records is carried: titles, customer types, departments and the others."""

from collections.abc import Iterator

import app.organisation.departments
import app.reference.lists  # noqa: F401  both register their lists
from app.controls.commands import door
from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work
from app.db.channel import Channel
from app.kernel.errors import Refusal
from app.records.commands import LONGEST_NAME, CodeList, checked_code, code_lists
from app.records.models import Coded

_PARENT = "parent_id"
_SHARED = frozenset(
    {"id", "organisation_id", "version", "created_at", "updated_at", "retired_at", "code", "name"}
)


def carried(codes: CodeList) -> Portable:
    """Return how a file carries a list: by code, with every column that is its own."""
    columns = set(codes.model.__mapper__.columns.keys()) - _SHARED
    key = str(codes.model.__tablename__)

    def check(context: Context, row: FileRow) -> Iterator[Problem]:
        """Ask the list's own rules, as its form does."""
        work = Work(Channel.of(context.session), context.actor, door.clock(), "Check file")
        values = {name: row.values.get(name) for name in columns - {_PARENT}}
        try:
            checked_code(row.values["code"], codes.singular)
            if _PARENT not in columns:
                codes.check(work, values, row.record)
        except Refusal as refusal:
            yield refusal.field or "code", refusal.sentence

    return Portable(
        key,
        f"{codes.singular}: codes",
        codes.model,
        codes.module,
        identity=("code",),
        fields=("name", *("parent" if one == _PARENT else one for one in sorted(columns))),
        references={"parent": key} if _PARENT in columns else {},
        # What the form of a saved record does not change, a file does not either.
        fixed=("kind",) if "kind" in columns else (),
        check=check,
        renewable=issubclass(codes.model, Coded),
        longest=LONGEST_NAME,
    )


for _codes in code_lists():
    portable(carried(_codes))
