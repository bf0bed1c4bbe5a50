"""The bell's count, the notices as a drawer or a page, and reading them."""

from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.kernel.errors import Forbidden
from app.notices.commands import ChooseNotices, ReadAllNotices, ReadNotice
from app.notices.models import Notice
from app.notices.queries import found_notice, is_told_of_postings, notices_of, unread_of
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.guard import signed_in
from app.web.respond import done, render, submit, wants_fragment

blueprint = Blueprint("notices", __name__)
PATH = "/admin/notices"
_ICONS = {
    "waiting": "circle-check",
    "failed": "circle-alert",
    "finished": "badge-check",
    "posted": "arrow-up-down",
    "reminder": "bell",
}


@blueprint.get(PATH)
@signed_in
def show_all() -> Response:
    """List one's own notices, the newest first; `?unread=1` leaves out what was read."""
    _demand_staff()
    return _shown()


@blueprint.get(f"{PATH}/bell")
@signed_in
def bell() -> Response:
    """Count what is unread, for the bell, in one query."""
    _demand_staff()
    return render("layout/_bell.html", shell_unread=unread_of(read_session(), actor()))


@blueprint.post(f"{PATH}/<int:notice_id>/open")
@signed_in
def open_notice(notice_id: int) -> BaseResponse:
    """Mark a notice as read and go to what it is about."""
    notice = found_notice(read_session(), actor(), notice_id)
    target = notice.href or PATH
    submit(ReadNotice(notice_id))
    return redirect(target, 303)


@blueprint.post(f"{PATH}/read")
@signed_in
def read_all() -> BaseResponse:
    """Mark all of them as read."""
    _demand_staff()
    submit(ReadAllNotices())
    return _shown() if wants_fragment() else redirect(PATH, 303)


@blueprint.post(f"{PATH}/choice")
@signed_in
def choose() -> BaseResponse:
    """Keep what one wants to be told of (W01.11)."""
    _demand_staff()
    submit(ChooseNotices(on_posting=bool(request.form.get("on_posting"))))
    return done("Choice saved", to=PATH)


def _demand_staff() -> None:
    if actor().scope.client_id is not None:
        raise Forbidden("You do not have permission to do this.")


def _shown() -> Response:
    session, who = read_session(), actor()
    unread_only = bool(request.args.get("unread"))
    organisation()  # its time zone is what the moments are shown in
    return render(
        "notices/notices.html",
        fragment="notices/_notices.html",
        notices=[_line(one) for one in notices_of(session, who, unread_only=unread_only)],
        unread=unread_of(session, who),
        unread_only=unread_only,
        on_posting=is_told_of_postings(session, who),
        may_choose=who.organisation_id is not None,
    )


def _line(notice: Notice) -> dict[str, Any]:
    return {
        "href": f"{PATH}/{notice.id}/open",
        "icon": _ICONS[notice.kind],
        "kind": notice.kind,
        "title": notice.title,
        "text": notice.text,
        "when": cells.instant(notice.created_at),
        "is_unread": notice.read_at is None,
    }
