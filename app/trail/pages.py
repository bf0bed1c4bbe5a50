"""The tabs of a record's page, and the rows of History and Logs as they show them."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.controls.audit import Activity
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.service_log import entries_of
from app.trail.changes import changed_rows
from app.trail.queries import changes_of
from app.web import cells
from app.web.pages import show_detail

Tab = tuple[str, str]
_MOST_FIELDS = 12


def tabs_of(actor: Actor, path: str, current: str, *between: Tab) -> list[dict[str, Any]]:
    """Return General, the slice's own tabs, History, and Logs for those who read the log.

    A tab is a label and the end of its address, empty for General; `current` is that end.
    """
    tabs = [("General", ""), *between, ("History", "/history")]
    if holds(actor, "activity.view"):
        tabs.append(("Logs", "/logs"))
    return [
        {"label": label, "href": f"{path}{end}", "current": end == current} for label, end in tabs
    ]


def show_history(
    session: Session, actor: Actor, record: Any, detail: dict[str, Any], *, currency: str = ""
) -> Response:
    """Show what people changed: when, who, what they did, the fields with their new values."""
    rows = [
        {
            "when": cells.instant(row.occurred_at),
            "who": row.actor_name,
            "role": row.actor_role,
            "what": row.action,
            "fields": changed_rows(row.changes, currency=currency)[:_MOST_FIELDS],
        }
        for row in changes_of(session, actor, record, "Human")
    ]
    return show_detail(
        detail | {"workflow": None, "timeline": None},
        detail_extra="trail/_history.html",
        history=rows,
    )


def show_logs(
    session: Session, actor: Actor, record: Any, detail: dict[str, Any], *, currency: str = ""
) -> Response:
    """Show what services did: their own entries, and the changes that the system made."""
    lines: list[tuple[datetime, str, str]] = [
        (one.at, one.service, one.message) for one in entries_of(session, actor, record)
    ]
    lines += [
        (row.occurred_at, row.actor_name or row.service, _told(row, currency))
        for row in changes_of(session, actor, record, "System")
    ]
    lines.sort(key=lambda line: line[0], reverse=True)
    return show_detail(
        detail | {"workflow": None, "timeline": None},
        detail_extra="trail/_logs.html",
        logs=[
            {"when": cells.instant(at), "service": service, "message": message}
            for at, service, message in lines
        ],
    )


def _told(row: Activity, currency: str) -> str:
    fields = changed_rows(row.changes, currency=currency)[:_MOST_FIELDS]
    told = "; ".join(f"{one['label']}: {one['guard'] or one['after'] or '—'}" for one in fields)
    return f"{row.action} ({told})" if told else row.action
