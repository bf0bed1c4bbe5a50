"""Pages of the configuration file: export, import with a preview, and a project like another."""

from typing import Any

from flask import Blueprint, Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from app.configuration.cloning import clone_of
from app.configuration.commands import (
    CloneProjectConfiguration,
    ExportConfiguration,
    ImportConfiguration,
    demand_all_in_sight,
    demand_possible,
)
from app.configuration.document import LARGEST_BYTES, Document, Unreadable, parse
from app.configuration.pages import decoded, errors, packed, preview, unpacked
from app.configuration.plan import plan_of
from app.configuration.projects import PATH as PROJECTS_PATH
from app.configuration.projects import mount_projects
from app.configuration.rights import unseen
from app.controls.permissions import demand, find, holds
from app.controls.portable import portable_tables
from app.kernel.errors import Missing, Refusal
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.web.context import actor, organisation, read_session
from app.web.forms import as_id
from app.web.guard import permit
from app.web.respond import done, new_key, render, submit

PATH = "/admin/configuration-file"
blueprint = Blueprint("configuration", __name__)
mount_projects(blueprint)


@blueprint.get(PATH)
@permit("configuration.file")
def configuration_file() -> Response:
    """Offer the file, and take one."""
    return _page()


@blueprint.post(f"{PATH}/export")
@permit("configuration.export")
def export() -> Response:
    """Send the file; that it was taken is logged, so this is no plain link."""
    try:
        text = submit(ExportConfiguration())
    except Refusal as refusal:
        return _page(refusal=refusal)
    response = make_response(text)
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers.set("Content-Disposition", "attachment", filename="configuration.json")
    return response


@blueprint.post(f"{PATH}/preview")
@permit("configuration.import")
def show_preview() -> Response:
    """Read a file and show what it would add, change and leave; nothing changes yet."""
    given = request.files.get("file")
    try:
        demand_all_in_sight(actor())
        text = decoded(given.read(LARGEST_BYTES + 1) if given else b"")
        return _preview(parse(text), action=f"{PATH}/import", back=PATH, packed=packed(text))
    except Refusal as refusal:
        return _page(refusal=refusal)


@blueprint.post(f"{PATH}/import")
@permit("configuration.import")
def take_over() -> BaseResponse:
    """Take the file over as it was shown."""
    try:
        text = unpacked(request.form.get("document", ""))
        command = ImportConfiguration(text, request.form.get("fingerprint", ""))
        return _done(submit(command), "Configuration imported", to=PATH)
    except Refusal as refusal:
        return _page(refusal=refusal)


@blueprint.route(f"{PROJECTS_PATH}/<int:project_id>/clone", methods=["GET", "POST"])
@permit("configuration.create")
def clone(project_id: int) -> BaseResponse:
    """Configure a project like another: choose which, look at what changes, confirm."""
    who, session = actor(), read_session()
    demand(who, "configuration.edit")
    project = find(session, who, Project, project_id)
    source_id = as_id(request.values.get("source_id"))
    if request.method == "GET" and source_id is None:
        return _choice(project)
    try:
        source = find(session, who, Project, source_id or 0)
        if request.method == "POST":
            stamp = request.form.get("fingerprint", "")
            command = CloneProjectConfiguration(project.id, source.id, stamp)
            return _done(submit(command), "Configuration cloned", to=PROJECTS_PATH)
        found = clone_of(session, who, project, source)
        return _preview(
            found.document,
            action=f"{PROJECTS_PATH}/{project.id}/clone",
            back=PROJECTS_PATH,
            source_id=source.id,
            title=f"Configure {project.name} like {source.name}",
            left_out=found.left_out,
        )
    except Missing:
        raise
    except Refusal as refusal:
        return _choice(project, refusal)


def _choice(project: Project, refusal: Refusal | None = None) -> Response:
    others = [one for one in project_choices(read_session(), actor()) if one[0] != project.id]
    return render(
        "configuration/clone.html",
        status=refusal.status if refusal else 200,
        project=project,
        sources=others,
        back=PROJECTS_PATH,
        errors=_errors(refusal),
    )


def _page(refusal: Refusal | None = None) -> Response:
    may_export, may_import = (
        holds(actor(), f"configuration.{one}") for one in ("export", "import")
    )
    return render(
        "configuration/file.html",
        status=refusal.status if refusal else 200,
        export_href=f"{PATH}/export" if may_export else None,
        preview_href=f"{PATH}/preview" if may_import else None,
        left_out=sorted(unseen(actor(), portable_tables()).values()),
        errors=_errors(refusal),
    )


def _preview(document: Document, *, action: str, back: str, **more: Any) -> Response:
    plan = plan_of(read_session(), actor(), _tenant(), document)
    if plan.problems:
        raise Unreadable(plan.problems)
    demand_possible(document, actor())
    page = {
        "title": "Import configuration",
        "packed": None,
        "source_id": None,
        "left_out": [],
    } | more
    return render(
        "configuration/preview.html",
        preview=preview(plan, _tenant().base_currency),
        page=page | {"action": action, "back": back, "key": new_key()},
    )


def _errors(refusal: Refusal | None) -> dict[str, Any] | None:
    if refusal is None:
        return None
    return errors(getattr(refusal, "problems", None) or [("", refusal.sentence)])


def _done(counted: dict[str, int], title: str, *, to: str) -> BaseResponse:
    text = f"{counted['added']} added, {counted['changed']} changed"
    return done(title, text, to=to)


def _tenant() -> Any:
    tenant = organisation()
    if tenant is None:
        raise Missing
    return tenant
