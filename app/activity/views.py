"""Pages of the activity logs."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.access.step_up import stepped_up
from app.activity.commands import LONGEST_REASON, SHORTEST_REASON, DecryptPersonalFields
from app.activity.pages import activity_detail, decrypted_rows, diff_rows
from app.activity.queries import found_activity
from app.activity.resource import ACTIVITY, ALL_ACTIVITY, PATH, entity_name
from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.identity import PLATFORM
from app.controls.permissions import holds
from app.kernel.errors import Refusal
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
    return _show_changes(row, diff_rows(row))


@blueprint.post(f"{PATH}/<int:activity_id>/decrypt")
@permit("activity.decrypt")
@stepped_up
def decrypt(activity_id: int) -> Response:
    """Show the personal fields once, on this answer alone (E39.26-30)."""
    row = found_activity(read_session(), actor(), activity_id)
    reason = request.form.get("reason", "")
    try:
        # Without a key: one sent again must not show the values again without a row in the log.
        perform(DecryptPersonalFields(activity_id, reason), actor())
    except Refusal as refusal:
        return _show_changes(
            row, diff_rows(row), refusal.status, reason=reason, error=refusal.sentence
        )
    return _show_changes(row, decrypted_rows(row), is_open=True)


def _show_changes(
    row: Activity,
    rows: list[dict[str, Any]],
    status: int = 200,
    *,
    is_open: bool = False,
    reason: str = "",
    error: str = "",
) -> Response:
    path = f"{PATH}/{row.id}"
    may_open = row.is_sensitive and holds(actor(), "activity.decrypt")
    decrypting = {
        "is_open": is_open,
        "href": f"{path}/changes" if is_open else f"{path}/decrypt",
        "minimum": SHORTEST_REASON,
        "maximum": LONGEST_REASON,
        "reason": reason,
        "error": error,
    }
    return render(
        "activity/changes.html",
        fragment="activity/_changes.html",
        status=status,
        event=row,
        subject=entity_name(row.entity, row.entity_label, row.entity_id),
        rows=rows,
        back_href=path,
        decrypting=decrypting if may_open else None,
    )


def _listing() -> Listing:
    return ALL_ACTIVITY if actor().may(PLATFORM) else ACTIVITY
