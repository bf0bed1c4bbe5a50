"""`Resource` and `mount()`: the usual pages of a record as data, plain routes, no hooks.

A resource leaves a page out by leaving its field empty; the slice then writes a view.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.controls.review import Reviewed
from app.web.cells import text
from app.web.context import actor, read_session
from app.web.forms import Form
from app.web.guard import permit
from app.web.listing import Listing, register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail


@dataclass(frozen=True, slots=True)
class Resource:
    """A record with a list, a page and forms.

    `detail` gives the page's cards; `form` is filled by `prepare` (choices, for a new or a given
    record); `create` and `edit` turn the form into a command; `delete` names the one that removes.
    """

    listing: Listing
    model: type[Any]
    singular: str
    module: str
    detail: Callable[[Session, Actor, Any], dict[str, Any]] | None = None
    form: type[Form] | None = None
    prepare: Callable[[Any, Session, Actor, Any], None] | None = None
    create: Callable[[Any], Any] | None = None
    edit: Callable[[Any, Any, int], Any] | None = None
    delete: Callable[[Any], Any] | None = None
    form_fields: str | None = None


def mount(resource: Resource, blueprint: Blueprint) -> None:
    """Add the resource's pages to a blueprint, each with its permission."""
    register(resource.listing)
    path, module = resource.listing.path, resource.module
    name = resource.listing.name.replace("-", "_")

    def add(rule: str, label: str, permission: str, page: Any, *methods: str) -> None:
        blueprint.add_url_rule(
            f"{path}{rule}",
            f"{name}_{label}",
            permit(f"{module}.{permission}")(lambda **ids: page(resource, **ids)),
            methods=methods or ("GET",),
        )

    add("", "list", "view", lambda of: show_list(of.listing, create=_create_link(of)))
    add(".csv", "csv", "view", lambda of: send_csv(of.listing))
    if resource.create is not None:
        add("/new", "new", "create", _new, "GET", "POST")
    if resource.detail is not None:
        add("/<int:record_id>", "show", "view", _show)
    if resource.edit is not None:
        add("/<int:record_id>/edit", "edit", "edit", _edit, "GET", "POST")
    if resource.delete is not None:
        add("/<int:record_id>/delete", "delete", "delete", _delete, "GET", "POST")


def _create_link(resource: Resource) -> dict[str, Any] | None:
    if resource.create is None or not holds(actor(), f"{resource.module}.create"):
        return None
    return {"label": f"Create {resource.singular.lower()}", "href": f"{resource.listing.path}/new"}


def _show(resource: Resource, record_id: int) -> BaseResponse:
    session, who = read_session(), actor()
    record = find(session, who, resource.model, record_id)
    assert resource.detail is not None  # noqa: S101  mounted only with it
    return show_detail(resource.detail(session, who, record))


def _new(resource: Resource) -> BaseResponse:
    assert resource.form is not None  # noqa: S101  mounted only with it
    assert resource.create is not None  # noqa: S101  mounted only with it
    form, create = resource.form(), resource.create
    # It is handed in on its own page.
    is_reviewed = resource.detail is not None and issubclass(resource.model, Reviewed)
    if resource.prepare is not None:
        resource.prepare(form, read_session(), actor(), None)
    return form_view(
        form,
        command=lambda: create(form),
        title=f"Create {resource.singular.lower()}",
        submit_label="Create",
        to=resource.listing.path,
        told=lambda record_id: (f"{resource.singular} created", _name(resource, record_id)),
        opened=lambda record_id: f"{resource.listing.path}/{record_id}" if is_reviewed else None,
        form_fields=resource.form_fields,
    )


def _name(resource: Resource, record_id: int) -> str:
    return str(read_session().get_one(resource.model, record_id).title())


def _edit(resource: Resource, record_id: int) -> BaseResponse:
    record = find(read_session(), actor(), resource.model, record_id)
    assert resource.form is not None  # noqa: S101  mounted only with it
    assert resource.edit is not None  # noqa: S101  mounted only with it
    form, edit = resource.form(obj=record), resource.edit
    if resource.prepare is not None:
        resource.prepare(form, read_session(), actor(), record)
    return form_view(
        form,
        command=lambda: edit(record, form, posted_version()),
        title=f"Edit {resource.singular.lower()} {record.title()}",
        submit_label="Save changes",
        to=resource.listing.path,
        told=lambda _answer: (f"{resource.singular} saved", _name(resource, record_id)),
        record=record,
        form_fields=resource.form_fields,
    )


def _delete(resource: Resource, record_id: int) -> BaseResponse:
    record = find(read_session(), actor(), resource.model, record_id)
    assert resource.delete is not None  # noqa: S101  mounted only with it
    delete = resource.delete
    return confirm_view(
        command=lambda: delete(record),
        title=f"Delete {resource.singular}",
        body="This action cannot be undone.",
        rows=[fact(resource.singular, text(record.title()))],
        verb="Confirm",
        to=resource.listing.path,
        done_title=f"{resource.singular} deleted",
        danger=True,
    )
