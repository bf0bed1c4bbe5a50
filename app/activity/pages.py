"""One row of the log as cards: what, who, from where, with what outcome."""

from typing import Any

from sqlalchemy.orm import Session

from app.activity.queries import others_of
from app.activity.resource import ACTOR_TONES, PATH, STATUS_TONES, entity_name
from app.controls.audit import Activity
from app.controls.identity import PLATFORM, Actor
from app.controls.review import STATUS_NAMES
from app.controls.review import STATUS_TONES as RECORD_TONES
from app.controls.secrecy import cipher
from app.controls.tenant import Organisation
from app.trail.changes import changed_rows
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def activity_detail(session: Session, actor: Actor, row: Activity) -> dict[str, Any]:
    """Return the page of an event with its cards (E39.11-18)."""
    actions = []
    if row.changes:
        count = len(diff_rows(row))
        link = row_action("View Changes", f"{PATH}/{row.id}/changes", "file-diff", dialog=True)
        actions = [{**link, "primary": True, "count": count}]
    cards = [
        _summary(session, actor, row),
        _actor(row),
        _request(row),
        *_record_status(row),
        _trace(row),
        _timestamps(row),
        *_others(session, actor, row),
    ]
    return {
        "title": row.action,
        "subtitle": entity_name(row.entity, row.entity_label, row.entity_id),
        "ident": "",
        "badge": {"text": row.status, "tone": STATUS_TONES[row.status]},
        "back": {"label": "Activity Logs", "href": PATH},
        "actions": actions,
        "cards": cards,
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": 1,
    }


def diff_rows(row: Activity) -> list[dict[str, Any]]:
    """Return the changed fields as people read them."""
    return changed_rows(row.changes)


def decrypted_rows(row: Activity) -> list[dict[str, Any]]:
    """Return the same with the personal fields in the clear; what was redacted stays so."""
    return changed_rows([_opened(one) for one in row.changes])


def _opened(one: dict[str, Any]) -> dict[str, Any]:
    if one.get("guard") != "encrypted":
        return one
    sides = {side: cipher.decrypt(one[side]) if one.get(side) else None for side in ("old", "new")}
    return {**one, **sides, "guard": "decrypted"}


def _summary(session: Session, actor: Actor, row: Activity) -> dict[str, Any]:
    rows = [
        fact("Action", cells.text(row.action)),
        fact("Entity type", cells.text(row.entity.replace("_", " ").capitalize())),
        fact("Entity ID", cells.ident(str(row.entity_id)) if row.entity_id else cells.text("")),
        fact("Entity", cells.text(row.entity_label)),
        fact("Status", cells.badge(row.status, STATUS_TONES[row.status])),
        fact("Module", cells.text(row.module.capitalize())),
        fact("Tags", cells.text(row.tags)),
        fact("Sensitive", cells.badge("Sensitive", "warning")
             if row.is_sensitive else cells.text("No")),
    ]  # fmt: skip
    if row.reason:
        rows.append(fact("Reason", cells.text(row.reason)))
    if actor.may(PLATFORM):
        found = session.get(Organisation, row.organisation_id) if row.organisation_id else None
        rows.append(fact("Company", cells.text(found.name if found else "")))
    return _card("Event Summary", rows)


def _actor(row: Activity) -> dict[str, Any]:
    rows = [
        fact("Who", cells.text(row.actor_name)),
        fact("Kind", cells.badge(row.actor_kind, ACTOR_TONES[row.actor_kind])),
        fact("Role", cells.text(row.actor_role)),
        fact("Branch", cells.text(row.actor_branch)),
    ]
    return _card("Actor", rows)


def _request(row: Activity) -> dict[str, Any]:
    rows = [
        fact("Request", cells.text(f"{row.method} {row.path}".strip())),
        fact("IP address", cells.text(row.address)),
        fact("Browser", cells.text(row.browser)),
    ]
    return _card("Request Context", rows)


def _record_status(row: Activity) -> list[dict[str, Any]]:
    if not row.status_before and not row.status_after:
        return []
    rows = [
        fact(label, cells.badge(STATUS_NAMES[status], RECORD_TONES[status]))
        for label, status in (("Before", row.status_before), ("After", row.status_after))
        if status in STATUS_NAMES
    ]
    return [_card("Record Status", rows)]


def _trace(row: Activity) -> dict[str, Any]:
    rows = [
        fact("Request ID", cells.ident(row.request_id) if row.request_id else cells.text("")),
        fact("Session ID", cells.text(row.session_id)),
        fact("Operation", cells.ident(row.operation_id)),
        fact("Service", cells.text(row.service)),
        fact("Environment", cells.text(row.environment)),
    ]
    return _card("Trace & System", rows)


def _timestamps(row: Activity) -> dict[str, Any]:
    rows = [
        fact("Happened", cells.instant(row.occurred_at)),
        fact("Logged", cells.instant(row.logged_at)),
    ]
    return _card("Timestamps", rows)


def _others(session: Session, actor: Actor, row: Activity) -> list[dict[str, Any]]:
    rows = [
        fact(
            other.tags.capitalize(),
            cells.text(
                entity_name(other.entity, other.entity_label, other.entity_id),
                href=f"{PATH}/{other.id}",
                drawer=False,
            ),
        )
        for other in others_of(session, actor, row)
    ]
    return [_card("Also changed by this", rows)] if rows else []


def _card(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "rows": rows, "open": True}
