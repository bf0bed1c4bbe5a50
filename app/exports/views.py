"""Pages of exports: asking for one, what was asked for, and the file."""

import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request, stream_with_context
from jinja2.filters import do_filesizeformat
from sqlalchemy import Select, select
from sqlalchemy.orm import undefer
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as BaseResponse

from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import demand, find, visible
from app.exports.commands import KEPT_DAYS, RequestExport
from app.exports.models import STATES, Export, ExportPart
from app.exports.tasks import host
from app.kernel.errors import Conflict, Missing
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permission_of, signed_in
from app.web.listing import Column, Filter, Listing, contains, equals, listings, register
from app.web.listpage import EXPORTS, send_csv, show_list, view_query
from app.web.pages import confirm_view, fact
from app.web.respond import row_action

blueprint = Blueprint("exports", __name__)
blueprint.record(lambda state: setattr(host, "made", state.app))
_MIMETYPES = {".csv": "text/csv", ".pdf": "application/pdf"}


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Export.id, Export.title_text, Export.query, Export.state, Export.refusal,
            Export.row_count, Export.size_bytes, Export.created_at, Export.expires_at,
            DueWork.progress_percent,
        )
        .outerjoin(DueWork, DueWork.id == Export.work_id)
        .where(*visible(actor, Export))
    )  # fmt: skip


def _state(row: Any) -> cells.Cell:
    name, tone = STATES[row.state]
    return cells.badge(
        f"{name}, {row.progress_percent} %" if row.state == "running" else name, tone
    )


def _size(row: Any) -> cells.Cell:
    return cells.text(do_filesizeformat(row.size_bytes) if row.size_bytes else "")


def _actions(row: Any, _who: Actor) -> list[dict[str, Any]]:
    if row.state != "ready":
        return []
    return [row_action("Download", f"{EXPORTS}/{row.id}/file", "download", primary=True)]


LISTING = register(
    Listing(
        name="exports",
        title="Exports",
        section="Workspace",
        path=EXPORTS,
        select=_select,
        key=Export.id,
        columns=(
            Column("list", "List", lambda row: cells.text(row.title_text), sort=Export.title_text,
                   priority=1),
            Column("state", "State", _state, sort=Export.state, priority=1),
            Column("rows", "Rows", lambda row: cells.count(row.row_count),
                   sort=Export.row_count, numeric=True),
            Column("size", "Size", _size, sort=Export.size_bytes, numeric=True),
            Column("asked", "Asked for", lambda row: cells.instant(row.created_at),
                   sort=Export.id),
            Column("kept", "Kept until", lambda row: cells.instant(row.expires_at)),
            Column("why", "Why it failed", lambda row: cells.text(row.refusal), shown=False),
        ),
        filters=(
            Filter("state", "State", "choices", equals(Export.state),
                   lambda _s, _a: tuple((key, one[0]) for key, one in STATES.items())),
        ),
        search=contains(Export.title_text),
        search_hint="Name of a list",
        sort="-asked",
        label=lambda row: row.title_text,
        actions=_actions,
        empty="What is long is written here while you go on: a list of more than 10,000 rows, a "
        "report's PDF.",
    )
)  # fmt: skip


@blueprint.get(EXPORTS)
@signed_in
def index() -> BaseResponse:
    """List one's own exports."""
    return show_list(LISTING)


@blueprint.get(f"{EXPORTS}.csv")
@signed_in
def listed() -> Response:
    """Send the list as CSV."""
    return send_csv(LISTING)


@blueprint.route(f"{EXPORTS}/new", methods=["GET", "POST"])
@signed_in
def new() -> BaseResponse:
    """Ask for a list as its address narrows it, if its reader may see it."""
    listing = listings.get(request.args.get("list", ""))
    if listing is None:
        raise Missing
    demand(actor(), permission_of(current_app, f"{listing.path}.csv"))  # type: ignore[arg-type]
    asked = request.args.copy()
    asked.poplist("list")
    query = "&".join(part for part in (view_query(asked), _searched()) if part)
    return confirm_view(
        command=lambda: RequestExport(listing.name, listing.title, query),
        title=f"Export {listing.title.lower()}",
        body="The list is long: it is written while you go on, in the columns and with the "
        f"filters you see. It is kept {KEPT_DAYS} days.",
        rows=[fact("List", cells.text(listing.title))],
        verb="Export",
        to=EXPORTS,
        done_title="Export requested",
        done_text="Find it under Exports.",
    )


@blueprint.get(f"{EXPORTS}/<int:export_id>/file")
@signed_in
def file(export_id: int) -> Response:
    """Send the parts as one file; 409 before it is whole and after its week."""
    export = find(read_session(), actor(), Export, export_id)
    if export.state != "ready":
        raise Conflict("This export is not ready" if export.is_under_way else "It is gone")
    asked = PurePosixPath(export.list_name)
    suffix = asked.suffix or ".csv"
    response = Response(stream_with_context(_content(export.id)), mimetype=_MIMETYPES[suffix])
    # A list has a name of its own; an address is told apart by what is at it.
    stem = secure_filename(export.title_text).lower() or "export" if asked.suffix else asked.stem
    name = f"{stem}-{export.id}{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.content_length = export.size_bytes
    return response


def _content(export_id: int) -> Iterator[bytes]:
    query = select(ExportPart).where(ExportPart.export_id == export_id)
    numbers = read_session().scalars(query.with_only_columns(ExportPart.number))
    for number in sorted(numbers):
        one = query.where(ExportPart.number == number).options(undefer(ExportPart.content))
        part = read_session().scalars(one).one()
        yield zlib.decompress(part.content)
        read_session().expunge(part)


def _searched() -> str:
    search = request.args.get("search", "").strip()
    return f"search={quote(search)}" if search else ""
