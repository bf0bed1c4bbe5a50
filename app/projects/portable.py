"""What a configuration file carries of the plain records of projects, whatever their list."""

from collections.abc import Callable
from typing import Any

from app.controls.portable import Portable, portable
from app.controls.work import Work
from app.projects.commands import (
    CreateInProject,
    EditInProject,
    ProjectList,
    create_in_project,
    edit_in_project,
)
from app.projects.numbering import NUMBERINGS

_LONGEST = 200
# What a file says of a row and the saved record (None for a new one), to what a person types.
Typed = Callable[[Work, dict[str, Any], Any], dict[str, Any]]


def _as_it_is(_work: Work, columns: dict[str, Any], _record: Any) -> dict[str, Any]:
    return columns


def carry_list(
    records: ProjectList,
    *,
    key: str,
    title: str,
    fields: tuple[str, ...],
    typed: Typed = _as_it_is,
    **more: Any,
) -> None:
    """Register how a file carries a list: by project and key, through the list's own commands."""

    def create(work: Work, columns: dict[str, Any]) -> Any:
        project_id = columns.pop("project_id")
        values = typed(work, columns, None)
        made = create_in_project(work, CreateInProject(records.entity, project_id, values))
        return work.session.get_one(records.model, made)

    def edit(work: Work, record: Any, columns: dict[str, Any]) -> None:
        values = typed(work, columns, record)
        edit_in_project(work, EditInProject(records.entity, record.id, record.version, values))

    portable(
        Portable(
            key,
            title,
            records.model,
            records.module,
            identity=("project", *records.key),
            fields=fields,
            references={"project": "projects"},
            create=create,
            edit=edit,
            renewable=True,
            is_exact=True,
            longest=_LONGEST,
            **more,
        )
    )


# How far a project has counted is its own; a file says how it writes its numbers.
carry_list(
    NUMBERINGS,
    key="numberings",
    title="Numbers of projects",
    fields=("prefix",),
    typed=lambda _work, columns, record: (
        columns | {"next_number": str(record.next_number if record else 1)}
    ),
)
