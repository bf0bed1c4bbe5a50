"""The pages of a code-and-description list: each is a dozen lines of data and no code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.fields.core import UnboundField

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.records.commands import LONGEST_CODE, CodeList, CreateCode, EditCode
from app.records.pages import record_page
from app.records.retiring import mount_retirable
from app.web import cells
from app.web.forms import Form, required
from app.web.listing import Column, Listing, contains
from app.web.pages import fact
from app.web.resource import Resource


@dataclass(frozen=True, slots=True)
class Extra:
    """A field that a list has besides code and name: how it is asked for and how it is shown.

    `field` makes its input, after those that all lists have; `show` makes its cell from a row of
    the list, None where it is asked for alone; `read` turns what was typed into the value.
    """

    key: str
    label: str
    field: Callable[[], UnboundField]
    show: Callable[[Any], cells.Cell] | None
    read: Callable[[Any], Any] = lambda typed: typed


@dataclass(frozen=True, slots=True)
class CodePages:
    """How a list of coded records is shown: where, under which words, with which extra fields.

    `rows` selects what the extras show beyond the record's own columns.
    """

    codes: CodeList
    path: str
    title: str
    section: str
    empty: str
    example: str
    name_label: str = "Description"
    extras: tuple[Extra, ...] = ()
    rows: Callable[[Actor], Select[Any]] | None = None
    prepare: Callable[[Any, Session, Actor, Any], None] | None = None

    @property
    def shown(self) -> list[tuple[Extra, Callable[[Any], cells.Cell]]]:
        """The extras that the list and the page show."""
        return [(extra, extra.show) for extra in self.extras if extra.show is not None]

    def select(self, who: Actor) -> Select[Any]:
        """Select the rows of the list in the actor's scope."""
        if self.rows is not None:
            return self.rows(who)
        model = self.codes.model
        own = [getattr(model, extra.key) for extra, _show in self.shown]
        return select(model.id, model.code, model.name, *own).where(*visible(who, model))


def mount_codes(blueprint: Blueprint, pages: CodePages) -> None:
    """Mount a list with its pages and what E40 asks for."""
    codes, listing = pages.codes, _listing(pages)

    def detail(session: Session, who: Actor, record: Any) -> dict[str, Any]:
        row = session.execute(pages.select(who).where(codes.model.id == record.id)).one()
        facts = [fact("Code", cells.ident(row.code)), fact(pages.name_label, cells.text(row.name))]
        facts += [fact(extra.label, show(row)) for extra, show in pages.shown]
        page = record_page(listing, record, facts, subtitle=codes.singular)
        return page | {"title": record.name, "ident": record.code}

    def prepare(form: Any, session: Session, who: Actor, record: Any) -> None:
        if record is not None:
            del form.code
        if pages.prepare is not None:
            pages.prepare(form, session, who, record)

    def values(form: Any) -> dict[str, Any]:
        return {one.key: one.read(form[one.key].data) for one in pages.extras if one.key in form}

    mount_retirable(
        Resource(
            listing=listing,
            model=codes.model,
            singular=codes.singular,
            module=codes.module,
            detail=detail,
            form=_form(pages),
            prepare=prepare,
            create=lambda form: CreateCode(
                codes.entity, form.code.data, form.name.data, values(form)
            ),
            edit=lambda record, form, version: EditCode(
                codes.entity, record.id, version, form.name.data, values(form)
            ),
        ),
        blueprint,
    )


def _listing(pages: CodePages) -> Listing:
    model, label = pages.codes.model, pages.name_label
    return Listing(
        name=pages.path.rpartition("/")[2],
        title=pages.title,
        section=pages.section,
        path=pages.path,
        select=pages.select,
        key=model.id,
        columns=(
            Column("code", "Code", lambda row: cells.ident(row.code), sort=model.code, priority=1),
            Column("name", label, lambda row: cells.text(row.name), sort=model.name, priority=1),
            *(Column(extra.key, extra.label, show) for extra, show in pages.shown),
        ),
        search=contains(model.code, model.name),
        search_hint=f"Code or {label.lower()}",
        sort="code",
        label=lambda row: row.code,
        empty=pages.empty,
    )


def _form(pages: CodePages) -> type[Form]:
    singular, label = pages.codes.singular, pages.name_label
    hint = f"Up to {LONGEST_CODE} characters, such as {pages.example}. It cannot be changed later"
    return type(
        f"{singular.replace(' ', '')}Form",
        (Form,),
        {
            "code": StringField("Code", required(f"{singular} code"), description=hint),
            "name": StringField(label, required(label)),
            **{extra.key: extra.field() for extra in pages.extras},
        },
    )
