"""The inbox of what waits, a record's review, and the pages that decide it."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.access.step_up import stepped_up_when
from app.approvals.decisions import (
    DECISIONS,
    command_of,
    consequence_of,
    status_after,
)
from app.approvals.pages import PATH, inbox_columns, inbox_pager, inbox_row, review_href
from app.approvals.queries import (
    TABS,
    changes_of,
    counts,
    inbox,
    neighbours,
    place_of,
    waiting_for,
)
from app.approvals.subjects import balances_after, currency_of, named, subject_detail, told
from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.controls.deciding import find_reviewed, judge
from app.controls.permissions import demand, holds
from app.controls.review import STATUS_NAMES, ReviewKind, kind_of
from app.invoices.telling import is_told
from app.kernel.errors import Missing
from app.trail.changes import changed_rows
from app.web.context import actor, organisation, read_session
from app.web.guard import permit, signed_in
from app.web.pages import confirm_view, posted_version, show_detail
from app.web.respond import render, row_action

blueprint = Blueprint("approvals", __name__)
MOVED = "This record has changed since you opened it. Look at it again before you decide."
_TAB_NAMES = {"mine": "Waiting for me", "by-me": "Sent in by me", "others": "Waiting for others"}
_MOST_PAGES = 100


@blueprint.get(PATH)
@permit("approvals.view")
def show_inbox() -> Response:
    """List what waits, oldest first."""
    session, who, tenant = read_session(), actor(), organisation()
    tab, page = _tab(), _page()
    rows, more = inbox(session, who, tab, page)
    totals = counts(session, who)
    return render(
        "approvals/inbox.html",
        tabs=[
            {
                "label": _TAB_NAMES[one],
                "href": f"{PATH}?tab={one}",
                "current": one == tab,
                "count": totals[one],
            }
            for one in TABS
        ],
        columns=inbox_columns(),
        rows=[inbox_row(one, tab, tenant.reminder_days if tenant else 0) for one in rows],
        pager=inbox_pager(tab, page, len(rows), totals[tab], more=more),
    )


@blueprint.get(f"{PATH}/count")
@signed_in
def count() -> Response:
    """Count what waits for this person: the sidebar's badge and the bell ask for it."""
    who = actor()
    may_see = who.organisation_id is not None and holds(who, "approvals.view")
    waiting = waiting_for(read_session(), who) if may_see else 0
    return render("approvals/_count.html", shell_waiting=waiting)


@blueprint.get(f"{PATH}/<kind>/<int:record_id>")
@signed_in
def review(kind: str, record_id: int) -> Response:
    """Show a record of the inbox, with the ones before and after it."""
    session, who = read_session(), actor()
    found, record = _found(kind, record_id)
    tab = _tab("inbox")
    detail = subject_detail(session, who, found, record)
    for button in detail["workflow"]["buttons"]:
        button["href"] += f"&{urlencode({'inbox': tab})}"
    before, after, number, total = neighbours(session, who, tab, place_of(found, record))
    walk = [("Previous", before, "arrow-left"), ("Next", after, "arrow-right")]
    detail["actions"] = [
        *(row_action(label, review_href(place, tab), icon) for label, place, icon in walk if place),
        row_action("Open record", f"{found.path}/{record.id}", "external-link"),
    ]
    detail["back"] = {"label": _TAB_NAMES[tab], "href": f"{PATH}?tab={tab}"}
    if number:
        detail["subtitle"] += f" · {number} of {total}"
    return show_detail(
        detail,
        detail_extra="approvals/_review.html",
        changes=_changes(found, record),
        balances=balances_after(session, record),
    )


@blueprint.route(f"{PATH}/<kind>/<int:record_id>/<verb>", methods=["GET", "POST"])
@signed_in
@stepped_up_when(lambda verb, **_place: verb == "deny")
def decide(kind: str, record_id: int, verb: str) -> BaseResponse:
    """Ask about a decision and carry it out (E42.10-27)."""
    if verb not in DECISIONS:
        raise Missing
    found, record = _found(kind, record_id)
    decision = DECISIONS[verb]
    session, who, seen = read_session(), actor(), request.args.get("version", "")
    if request.method == "GET":
        judge(session, who, found, record, verb=verb)
    following = status_after(found, record, verb)
    back = f"{found.path}/{record.id}"
    checking = verb in {"approve", "submit"}
    return confirm_view(
        command=lambda: command_of(
            verb,
            kind,
            record_id,
            version=posted_version(),
            reason=request.form.get("reason", ""),
        ),
        title=decision.title,
        body=decision.body or consequence_of(found, record, following),
        verb=decision.verb,
        to=review_href(place_of(found, record), _tab("inbox")) if "inbox" in request.args else back,
        done_title=f"{found.name} {decision.done}",
        done_text=f"{record.title()} moved to {STATUS_NAMES[following]}." if following else "",
        rows=[] if checking else named(session, record),
        reason=_reason(record, verb) if decision.asks_reason else None,
        danger=decision.danger,
        version=record.version,
        cards=told(session, who, found, record) if checking else [],
        changes=_changes(found, record) if checking else [],
        balances=balances_after(session, record) if checking else [],
        moved=MOVED if seen and seen != str(record.version) and request.method == "GET" else "",
    )


def _reason(record: Any, verb: str) -> dict[str, Any]:
    """Return what asks for a reason, and says who reads it besides the house."""
    is_read = verb == "reject" and is_told(read_session(), record)
    label = "Reason (the client reads this)" if is_read else "Reason"
    return {"label": label, "minimum": SHORTEST_REASON, "maximum": LONGEST_REASON}


def _found(key: str, record_id: int) -> tuple[ReviewKind, Any]:
    kind = kind_of(key)
    demand(actor(), f"{kind.module}.view")
    return kind, find_reviewed(read_session(), actor(), kind, record_id)


def _changes(kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    changes = changes_of(read_session(), kind, record)
    kept = [one for one in changes if one["field"] not in {"lines", "base_minor"}]
    return changed_rows(kept, currency=currency_of(record))


def _tab(name: str = "tab") -> str:
    asked = request.args.get(name, TABS[0])
    return asked if asked in TABS else TABS[0]


def _page() -> int:
    asked = request.args.get("page", "1")
    known = asked.isascii() and asked.isdigit() and len(asked) <= len(str(_MOST_PAGES))
    return min(max(int(asked), 1), _MOST_PAGES) if known else 1
