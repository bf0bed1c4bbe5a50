"""Mounting a reviewed record: drafted, handed in, approved, deleted while it is open, by one call.

The list has its record status and hides what was deleted, the page its workflow and history; an
Edit button is there for drafts and rejected ones alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.controls.retiring import demand_live, retirement_of
from app.controls.review import (
    CAPTURED,
    REJECTED,
    STATUS_NAMES,
    ReviewKind,
    demand_editable,
)
from app.records.judging import judged
from app.records.pages import record_badge, usual_actions, with_danger
from app.records.retiring import delete_view, status_filter
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import Column, Listing, register
from app.web.listpage import send_csv, show_list
from app.web.pages import fact, form_view, posted_version, show_detail
from app.web.respond import row_action

_DRAFT = {"name": "draft", "value": "1", "label": "Save as Draft"}


@dataclass(frozen=True, slots=True)
class ReviewedPages:
    """How a kind of reviewed record is shown, under which name, with which form.

    The form makes its commands by `create(hand_in=)` and `edit(record_id, version, hand_in=)`.
    `detail` gives `rows`, the facts of the first card, and whatever else its page has;
    `form_fields` names a template of the form's fields that is not the usual one.
    """

    kind: ReviewKind
    singular: str
    listing: Listing
    form: type[Any]
    prepare: Callable[[Any, Session, Actor, Any], None]
    detail: Callable[[Session, Actor, Any], dict[str, Any]]
    form_fields: str | None = None

    @property
    def path(self) -> str:
        """The address of the list."""
        return self.listing.path


# By the key of the kind: who approves a record sees what its own page tells of it.
mounted: dict[str, ReviewedPages] = {}


def mount_reviewed(blueprint: Blueprint, pages: ReviewedPages) -> None:
    """Add the pages to a blueprint, each with its permission."""
    mounted[pages.kind.key] = pages
    listing, module = _completed(pages), pages.kind.module
    retirement, name = retirement_of(pages.kind.model), listing.name.replace("-", "_")
    register(listing)

    def add(rule: str, label: str, permission: str, view: Any) -> None:
        methods = ("GET",) if permission == "view" else ("GET", "POST")
        guarded = permit(f"{module}.{permission}")(view)
        blueprint.add_url_rule(f"{pages.path}{rule}", f"{name}_{label}", guarded, methods=methods)

    one = "/<int:record_id>"
    add("", "list", "view", lambda: show_list(listing, create=_create_link(pages)))
    add(".csv", "csv", "view", lambda: send_csv(listing))
    add("/new", "new", "create", lambda: _new(pages))
    add(one, "show", "view", lambda record_id: _show(pages, record_id))
    add(f"{one}/edit", "edit", "edit", lambda record_id: _edit(pages, record_id))
    add(
        f"{one}/delete",
        "delete",
        "delete",
        lambda record_id: delete_view(listing, retirement, record_id),
    )


def _completed(pages: ReviewedPages) -> Listing:
    """Add to the list where each record stands in approval, and leave out what was deleted.

    A list that brings a column or a filter of these names keeps its own.
    """
    listing, model = pages.listing, pages.kind.model

    def select_all(who: Actor) -> Select[Any]:
        return listing.select(who).add_columns(model.record_status, model.retired_at)

    def actions(row: Any, who: Actor) -> list[Any]:
        is_open = row.retired_at is None and row.record_status in {CAPTURED, REJECTED}
        return usual_actions(pages.path, pages.kind.module, row, who) if is_open else []

    columns = {one.key for one in listing.columns}
    # It comes first, and so is never among those behind "More".
    has_status = any(one.name == "status" for one in listing.filters)
    return replace(
        listing,
        select=select_all,
        columns=(*listing.columns, *(one for one in _columns(model) if one.key not in columns)),
        filters=listing.filters if has_status else (status_filter(model), *listing.filters),
        actions=actions,
        href=lambda row: f"{pages.path}/{row.id}",
    )


def _columns(model: type[Any]) -> tuple[Column, ...]:
    return (Column("status", "Status", standing_cell, sort=model.record_status, priority=1),)


def standing_cell(row: Any) -> cells.Cell:
    """Show where a record stands in approval, or that it was deleted."""
    if row.retired_at is not None:
        return cells.badge("Inactive", "danger")
    return cells.record_status(row.record_status)


def _create_link(pages: ReviewedPages) -> dict[str, Any] | None:
    if not holds(actor(), f"{pages.kind.module}.create"):
        return None
    return {"label": f"Create {pages.singular}", "href": f"{pages.path}/new"}


def _show(pages: ReviewedPages, record_id: int) -> Response:
    session, who, kind = read_session(), actor(), pages.kind
    record = find(session, who, kind.model, record_id)
    own = pages.detail(session, who, record)
    kept = [
        fact("Created", cells.instant(record.created_at)),
        fact("Last changed", cells.instant(record.updated_at)),
        fact("Version", cells.text(record.version)),
    ]
    may_edit = record.is_editable and holds(who, f"{kind.module}.edit")
    edit = row_action("Edit", f"{pages.path}/{record_id}/edit", "pencil", drawer=True)
    page = {
        "title": record.title(),
        "subtitle": pages.singular,
        "ident": "",
        "badge": record_badge(record),
        "back": {"label": pages.listing.title, "href": pages.path},
        "tabs": [],
        "workflow": workflow_panel(session, who, kind, record),
        "timeline": review_timeline(session, kind, record),
        "version": record.version,
        **own,
        "cards": [
            {"title": "General", "rows": [*own["rows"], *kept], "open": True},
            *own.get("cards", ()),
        ],
        "actions": [*own.get("actions", ()), *([edit] if may_edit else [])],
    }
    return show_detail(with_danger(page, session, who, record=record, path=pages.path))


def _new(pages: ReviewedPages) -> Response:
    form = pages.form()
    pages.prepare(form, read_session(), actor(), None)
    return form_view(
        form,
        command=judged(form, lambda: form.create(hand_in="draft" not in request.form)),
        title=f"Create {pages.singular}",
        submit_label="Save & Submit",
        secondary=_DRAFT,
        form_fields=pages.form_fields,
        to=pages.path,
        done_title=f"{pages.singular} created",
        told=lambda record_id: (f"{pages.singular} created", _standing(pages, record_id)),
        opened=lambda record_id: f"{pages.path}/{record_id}",
    )


def _edit(pages: ReviewedPages, record_id: int) -> Response:
    record = find(read_session(), actor(), pages.kind.model, record_id)
    demand_live(record)
    form = pages.form(obj=record)
    if not form.is_posted:
        demand_editable(record, pages.kind.name)
    pages.prepare(form, read_session(), actor(), record)

    def command() -> Any:
        return form.edit(record_id, posted_version(), hand_in="draft" not in request.form)

    return form_view(
        form,
        command=judged(form, command),
        title=f"Edit {pages.singular}",
        submit_label="Save & Submit",
        secondary=_DRAFT,
        form_fields=pages.form_fields,
        to=f"{pages.path}/{record_id}",
        done_title=f"{pages.singular} saved",
        told=lambda _id: (f"{pages.singular} saved", _standing(pages, record_id)),
        record=record,
    )


def _standing(pages: ReviewedPages, record_id: int) -> str:
    record = read_session().get_one(pages.kind.model, record_id)
    return f"{record.title()} is {STATUS_NAMES[record.record_status]}."
