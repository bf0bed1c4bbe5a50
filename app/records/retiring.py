"""Mounting a resource whose records are retired: the one way of E40, by one call.

The list gets its status (Active unless asked otherwise), the page its Danger Zone, and both a
confirmation that says where the record is used.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, request
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.controls.retiring import Retirement, RetireRecord, demand_live, retirement_of
from app.controls.review import STATUS_NAMES
from app.records.pages import KEPT, record_page, usage_facts, usual_actions, with_danger
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, equals
from app.web.pages import confirm_view, fact
from app.web.resource import Resource, mount
from app.web.respond import row_action

_INACTIVE = "inactive"
_STATES = (("", "Active"), (_INACTIVE, "Inactive"), ("all", "Active and inactive"))


def mount_retirable(resource: Resource, blueprint: Blueprint) -> None:
    """Mount a resource of a model that `retires` knows, with all that E40 asks for.

    The resource leaves `delete` out, and its list selects inactive rows as well.
    """
    model, path, module = resource.model, resource.listing.path, resource.module
    retirement = retirement_of(model)
    listing = with_status(resource.listing, model, module)
    detail, prepare = resource.detail, resource.prepare

    def show(session: Session, who: Actor, record: Any) -> dict[str, Any]:
        page = detail(session, who, record) if detail else record_page(listing, record, ())
        if resource.edit is not None and holds(who, f"{module}.edit"):
            edit = row_action("Edit", f"{path}/{record.id}/edit", "pencil", drawer=True)
            page = page | {"actions": [*page["actions"], edit]}
        return with_danger(page, session, who, record=record, path=path)

    def ready(form: Any, session: Session, who: Actor, record: Any) -> None:
        if record is not None:
            demand_live(record)
        if prepare is not None:
            prepare(form, session, who, record)

    mount(replace(resource, listing=listing, detail=show, prepare=ready), blueprint)
    blueprint.add_url_rule(
        f"{path}/<int:record_id>/delete",
        f"{listing.name.replace('-', '_')}_delete",
        permit(retirement.permission)(
            lambda record_id: delete_view(listing, retirement, record_id)
        ),
        methods=("GET", "POST"),
    )


def with_status(listing: Listing, model: type[Any], module: str) -> Listing:
    """Add the status to a list: its column and filter, and no actions on what is inactive."""
    column = Column("status", "Status", _status_cell)

    def select_all(who: Actor) -> Select[Any]:
        return listing.select(who).add_columns(model.retired_at.label("retired_at"))

    def actions(row: Any, who: Actor) -> list[Any]:
        if row.retired_at is not None:
            return []
        return [*listing.actions(row, who), *usual_actions(listing.path, module, row, who)]

    return replace(
        listing,
        select=select_all,
        columns=(*listing.columns, column),
        filters=(*listing.filters, active_filter(model)),
        actions=actions,
        href=lambda row: f"{listing.path}/{row.id}",
    )


def active_filter(model: type[Any]) -> Filter:
    """Return the filter by what is in use, for records whose only status that is (E40.06)."""
    return Filter(
        "status",
        "Status",
        "choice",
        lambda value: model.retired_at.is_not(None) if value == _INACTIVE else model.id > 0,
        lambda _session, _actor: _STATES,
        default=model.retired_at.is_(None),
    )


def status_filter(
    model: type[Any],
    names: Mapping[str, str] = STATUS_NAMES,
    *,
    column: Any = None,
    label: str = "Status",
    default: ColumnElement[bool] | None = None,
) -> Filter:
    """Return the filter by a status of the record, one of which is Inactive (E40.06).

    What was deleted is found by that alone, whatever its status was; `default` narrows the list
    further where nothing is chosen.
    """
    has = equals(model.record_status if column is None else column)
    is_live = model.retired_at.is_(None)

    def clause(values: list[str]) -> ColumnElement[bool]:
        found = and_(is_live, has([one for one in values if one != _INACTIVE]))
        return or_(found, ~is_live) if _INACTIVE in values else found

    options = (*names.items(), (_INACTIVE, "Inactive"))
    return Filter(
        "status",
        label,
        "choices",
        clause,
        lambda _session, _actor: options,
        default=is_live if default is None else and_(is_live, default),
    )


def delete_view(
    listing: Listing,
    retirement: Retirement,
    record_id: int,
    *,
    facts: Callable[[Session, Any], Sequence[Mapping[str, Any]]] | None = None,
) -> Response:
    """Ask before a record is retired, or say what forbids it; ends in the list.

    `facts` returns what else is told of the record than its name.
    """
    session, who = read_session(), actor()
    record = find(session, who, retirement.model, record_id)
    demand_live(record)
    obstacle = retirement.obstacle(session, record)
    done_title = f"{retirement.name} deleted successfully"
    answer = confirm_view(
        command=lambda: RetireRecord(retirement.entity, record_id),
        title=f"Delete {retirement.name.lower()}",
        body=obstacle or KEPT,
        verb="" if obstacle else "Delete",
        rows=[
            fact(retirement.name, cells.text(record.title())),
            *(facts(session, record) if facts is not None else ()),
            *usage_facts(session, who, record),
        ],
        to=listing.path,
        done_title=done_title,
        danger=True,
    )
    return _back_to_list(answer, listing.path, done_title)


def _status_cell(row: Any) -> cells.Cell:
    if row.retired_at is None:
        return cells.badge("Active", "success")
    return cells.badge("Inactive", "danger")


def _back_to_list(answer: Response, path: str, done_title: str) -> Response:
    """Let the scripts of the page end in the list as well, which a plain form reaches anyway.

    Over the list, every panel closes; on the record's own page, which is no place to stay, the
    browser leaves for the list, where the toast waits.
    """
    if answer.status_code != 204:  # noqa: PLR2004
        return answer
    trigger = json.loads(answer.headers["HX-Trigger"])
    trigger["panel:done"] = {"all": True}
    if urlsplit(request.headers.get("HX-Current-URL", "")).path != path:
        flash(json.dumps({"title": done_title, "text": ""}), "success")
        trigger = {"panel:done": {"href": path}}
    answer.headers["HX-Trigger"] = json.dumps(trigger)
    return answer
