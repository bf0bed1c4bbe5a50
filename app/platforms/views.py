"""The addresses of platforms: a card for each, one platform, its form."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.controls.permissions import find, holds
from app.controls.retiring import demand_live
from app.organisation.queries import project_choices
from app.platforms.commands import DeletePlatform, obstacle_to_deletion
from app.platforms.forms import PlatformForm, kept_lines, known_names
from app.platforms.models import Platform
from app.platforms.screens import (
    PATH,
    PLATFORMS,
    credential_names,
    known_labels,
    platform_detail,
    remembered,
)
from app.records.pages import KEPT, usage_facts
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import LONGEST_TEXT, as_id, set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail

blueprint = Blueprint("platforms", __name__)
register(PLATFORMS)
_METHODS = ["GET", "POST"]
_FIELDS = "platforms/_fields.html"


@blueprint.get(PATH)
@permit("platforms.view")
def platforms_list() -> BaseResponse:
    """Show a card per platform (W06.07)."""
    may = holds(actor(), "platforms.create")
    create = {"label": "Add Platform", "href": f"{PATH}/new"} if may else None
    return show_list(PLATFORMS, create=create, rows_template="resource/_cards.html")


@blueprint.get(f"{PATH}.csv")
@permit("platforms.view")
def platforms_csv() -> Response:
    """Send what the cards show."""
    return send_csv(PLATFORMS)


@blueprint.get(f"{PATH}/<int:platform_id>")
@permit("platforms.view")
def platforms_show(platform_id: int) -> Response:
    """Show one platform."""
    return show_detail(platform_detail(read_session(), actor(), _found(platform_id)))


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("platforms.create")
def platforms_new() -> BaseResponse:
    """Ask for a new platform; `?label=` fills in what is known of it (W06.03)."""
    session, who = read_session(), actor()
    label = request.args.get("label", "")[:LONGEST_TEXT]
    known = remembered(session, who, label) if label else {}
    project_id = str(as_id(request.args.get("project_id")) or "")
    form = PlatformForm(label=label, project_id=project_id, **known)
    set_choices(form.project_id, project_choices(session, who), empty="Choose a project")
    form.arrange()
    return form_view(
        form,
        command=form.create,
        title="Add Platform",
        submit_label="Save",
        to=PATH,
        done_title="Platform added",
        form_fields=_FIELDS,
        labels=known_labels(session, who),
        again_href=f"{PATH}/new",
        names=known_names(),
    )


@blueprint.route(f"{PATH}/<int:platform_id>/edit", methods=_METHODS)
@permit("platforms.edit")
def platforms_edit(platform_id: int) -> BaseResponse:
    """Change the name, URLs and credentials; the label stays (W06.04)."""
    platform = _live(platform_id)
    form = PlatformForm(**kept_lines(platform, credential_names(platform)))
    del form.project_id, form.label
    form.arrange()
    return form_view(
        form,
        command=lambda: form.edit(platform_id, posted_version()),
        title="Edit platform",
        submit_label="Save",
        to=PATH,
        done_title="Platform saved",
        record=platform,
        form_fields=_FIELDS,
        summary=[fact("Label", cells.ident(platform.label))],
        names=known_names(),
    )


@blueprint.route(f"{PATH}/<int:platform_id>/delete", methods=_METHODS)
@permit("platforms.delete")
def platforms_delete(platform_id: int) -> BaseResponse:
    """Ask, and retire the platform where nothing is linked to it (W06.06)."""
    session, platform = read_session(), _live(platform_id)
    obstacle = obstacle_to_deletion(session, platform)
    return confirm_view(
        command=lambda: DeletePlatform(platform_id),
        title="Delete platform",
        body=obstacle or KEPT,
        rows=[
            fact("Platform", cells.text(platform.name)),
            *usage_facts(session, actor(), platform),
        ],
        verb="" if obstacle else "Delete",
        to=PATH,
        done_title="Platform deleted",
        danger=True,
    )


def _found(platform_id: int) -> Platform:
    return find(read_session(), actor(), Platform, platform_id)


def _live(platform_id: int) -> Platform:
    platform = _found(platform_id)
    demand_live(platform)
    return platform
