"""Pages of the activity logs."""

from flask import Blueprint, Response
from werkzeug.wrappers import Response as BaseResponse

from app.activity.pages import activity_detail, diff_rows
from app.activity.queries import found_activity
from app.activity.resource import ACTIVITY, ALL_ACTIVITY, PATH, entity_name
from app.controls.identity import PLATFORM
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import Listing
from app.web.listpage import send_csv, show_list
from app.web.pages import show_detail
from app.web.respond import render

blueprint = Blueprint("activity", __name__)


@blueprint.get(PATH)
@permit("activity.view")
def show_all() -> BaseResponse:
    """List who did what, when."""
    return show_list(_listing())


@blueprint.get(f"{PATH}.csv")
@permit("activity.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(_listing())


@blueprint.get(f"{PATH}/<int:activity_id>")
@permit("activity.view")
def show(activity_id: int) -> Response:
    """Show one event."""
    row = found_activity(read_session(), actor(), activity_id)
    return show_detail(activity_detail(read_session(), actor(), row))


@blueprint.get(f"{PATH}/<int:activity_id>/changes")
@permit("activity.view")
def changes(activity_id: int) -> Response:
    """Show what the event changed, field by field (E39.19)."""
    row = found_activity(read_session(), actor(), activity_id)
    return render(
        "activity/changes.html",
        fragment="activity/_changes.html",
        event=row,
        subject=entity_name(row.entity, row.entity_label, row.entity_id),
        rows=diff_rows(row),
        back_href=f"{PATH}/{row.id}",
    )


def _listing() -> Listing:
    return ALL_ACTIVITY if actor().may(PLATFORM) else ACTIVITY
