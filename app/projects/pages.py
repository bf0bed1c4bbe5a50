"""The pages of a list of project records: each is data, its columns and its form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import SelectField

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.projects.commands import CreateInProject, EditInProject, ProjectList
from app.records.pages import record_page
from app.records.retiring import mount_retirable
from app.web import cells
from app.web.forms import Form, as_id, chosen, set_choices
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact
from app.web.resource import Resource


class ProjectForm(Form):
    """A form that asks for the project first; it is chosen once."""

    project_id = SelectField("Project", chosen("Project"), validate_choice=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field of the record: its label, how it is shown, and whether the list has a column of it.

    `cell` is given the record or its row; without one the text of the field is shown. `beside`
    names the other fields that the cell looks at; `money` is that of a column.
    """

    key: str
    label: str
    cell: Callable[[Any], cells.Cell] | None = None
    in_list: bool = True
    beside: tuple[str, ...] = ()
    money: bool = False

    def __call__(self, row: Any) -> cells.Cell:
        """Return the cell of a row or record."""
        return self.cell(row) if self.cell else cells.text(getattr(row, self.key))


@dataclass(frozen=True, slots=True)
class ProjectPages:
    """How a list of project records is shown; the first of `shown` names a record.

    `prepare` gives the form its choices; `search` names the fields that are searched.
    """

    records: ProjectList
    path: str
    title: str
    section: str
    empty: str
    shown: tuple[Shown, ...]
    form: type[ProjectForm]
    search: tuple[str, ...]
    prepare: Callable[[Any, Session, Actor, Any], None] | None = None
    filters: tuple[Filter, ...] = ()
    actions: Callable[[Any, Actor], list[dict[str, Any]]] = lambda _row, _who: []


def mount_project_list(blueprint: Blueprint, pages: ProjectPages) -> None:
    """Mount a list with its pages, its project filter and what E40 asks for."""
    records, listing = pages.records, _listing(pages)

    def detail(session: Session, who: Actor, record: Any) -> dict[str, Any]:
        project = session.get_one(Project, record.project_id)
        facts = [fact("Project", cells.text(project.name))]
        facts += [fact(one.label, one(record)) for one in pages.shown]
        page = record_page(listing, record, facts, subtitle=f"{records.singular} of {project.name}")
        return page | {"actions": pages.actions(record, who) if record.retired_at is None else []}

    def prepare(form: Any, session: Session, who: Actor, record: Any) -> None:
        if pages.prepare is not None:
            pages.prepare(form, session, who, record)
        if record is None:
            set_choices(form.project_id, project_choices(session, who), empty="Choose a project")
        else:
            for name in ("project_id", *records.key):
                delattr(form, name)

    def values(form: Any) -> dict[str, Any]:
        return {one.name: one.data for one in form if one.name != "project_id"}

    mount_retirable(
        Resource(
            listing=listing,
            model=records.model,
            singular=records.singular,
            module=records.module,
            detail=detail,
            form=pages.form,
            prepare=prepare,
            create=lambda form: CreateInProject(
                records.entity, as_id(form.project_id.data) or 0, values(form)
            ),
            edit=lambda record, form, version: EditInProject(
                records.entity, record.id, version, values(form)
            ),
        ),
        blueprint,
    )


def project_column() -> Column:
    """Return the column of a list that joins the project."""
    return Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name)


def project_filter(model: Any) -> Filter:
    """Return the filter by project."""
    return Filter("project", "Project", "choices", by_id(model.project_id), project_choices)


def _listing(pages: ProjectPages) -> Listing:
    model, first = pages.records.model, pages.shown[0].key
    listed = [one for one in pages.shown if one.in_list]

    def rows(who: Actor) -> Select[Any]:
        own = [getattr(model, name) for one in listed for name in (one.key, *one.beside)]
        joined = select(model.id, *own, Project.name.label("project"))
        return joined.join(Project, Project.id == model.project_id).where(*visible(who, model))

    return Listing(
        name=pages.path.rpartition("/")[2],
        title=pages.title,
        section=pages.section,
        path=pages.path,
        select=rows,
        key=model.id,
        columns=(
            *(
                Column(one.key, one.label, one, priority=1 if one.key == first else 2,
                       money=one.money,
                       sort=None if one.cell and one.key != first else getattr(model, one.key))
                for one in listed
            ),
            project_column(),
        ),
        filters=(project_filter(model), *pages.filters),
        search=contains(*(getattr(model, name) for name in pages.search)),
        search_hint="Search",
        sort=first,
        label=lambda row: str(getattr(row, first)),
        actions=pages.actions,
        empty=pages.empty,
    )  # fmt: skip
