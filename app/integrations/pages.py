"""The pages of a system, a hook and a postback.

Records lead to their postbacks by `/admin/postbacks?record=invoice-7`: most stand on floors below.
"""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import review_kinds
from app.integrations.models import (
    STATES,
    SYSTEM_KINDS,
    Delivery,
    DeliveryAttempt,
    HookConfig,
    ThirdPartySystem,
)
from app.integrations.queries import attempts_of, counts_of
from app.integrations.resource import EVERY_PROJECT, HOOKS_PATH, POSTBACKS, SYSTEMS_PATH
from app.invoices.models import Invoice
from app.invoices.resource import PATH as INVOICES_PATH
from app.organisation.models import Project
from app.statements.models import Statement
from app.statements.resource import PATH as STATEMENTS_PATH
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def system_detail(session: Session, who: Actor, system: ThirdPartySystem) -> dict[str, Any]:
    """Return what the page of a system has of its own; its credentials are never shown."""
    path = f"{SYSTEMS_PATH}/{system.id}"
    test = row_action("Test connection", f"{path}/test", "plug-zap", dialog=True, primary=True)
    token = row_action("Replace credentials", f"{path}/credentials", "key-round", drawer=True)
    may = holds(who, "third-party-systems.edit") and system.retired_at is None
    rows = [
        fact("Name", cells.text(system.name)),
        fact("Kind", cells.text(SYSTEM_KINDS[system.kind])),
        fact("URL", cells.text(system.base_url)),
        fact("Project", cells.text(_project_name(session, system.project_id))),
        fact("Description", cells.text(system.description)),
        fact("Identity checks", cells.text(system.checks_path or "None")),
        fact("Credentials", cells.text("Set" if system.credentials_token else "Not set")),
        fact("Last test", cells.instant(system.tested_at)),
        fact("Result", cells.text(system.test_result or "Not tested yet")),
    ]
    actions = [test, token]
    if system.checks_identity:
        actions.append(row_action("Stop identity checks", f"{path}/checks/stop", "pause",
                                  dialog=True))  # fmt: skip
    elif system.checks_stopped_at is not None:
        rows.insert(0, fact("Checks stopped", cells.instant(system.checks_stopped_at)))
        actions.append(row_action("Resume identity checks", f"{path}/checks/resume", "play",
                                  dialog=True))  # fmt: skip
    return {"rows": rows, "actions": actions if may else []}


def hook_detail(session: Session, who: Actor, hook: HookConfig) -> dict[str, Any]:
    """Return what the page of a hook has of its own: where it speaks, of what, and how it went."""
    system = session.get_one(ThirdPartySystem, hook.system_id)
    counts = counts_of(session, hook)
    rows = [
        fact("Name", cells.text(hook.name)),
        fact("System", cells.text(system.name, href=f"{SYSTEMS_PATH}/{system.id}")),
        fact("Address", cells.text(f"{system.base_url}{hook.path}")),
        fact("Project", cells.text(_project_name(session, hook.project_id))),
        fact("Events", cells.text(", ".join(hook.events))),
    ]
    if hook.paused_at is not None:
        rows.insert(0, fact("Paused since", cells.instant(hook.paused_at)))
        rows.insert(1, fact("Why", cells.text(hook.paused_reason)))
    told = [
        fact(name, cells.text(f"{counts.get(key, 0):,}",
                              href=f"{POSTBACKS}?hook={hook.id}&state={key}", drawer=False))
        for key, (name, _tone) in STATES.items()
    ]  # fmt: skip
    return {
        "rows": rows,
        "cards": [{"title": "Postbacks", "rows": told, "open": True}],
        "actions": _hook_actions(who, hook),
    }


def delivery_detail(session: Session, who: Actor, delivery: Delivery) -> dict[str, Any]:
    """Return the page of a postback: what was told, how often, and what was answered."""
    hook = session.get_one(HookConfig, delivery.hook_id)
    rows = [
        fact("Event", cells.text(delivery.event)),
        fact("Record", cells.text(delivery.label, href=_record_href(delivery))),
        fact("Hook", cells.text(hook.name, href=f"{HOOKS_PATH}/{hook.id}")),
        fact("Happened", cells.instant(delivery.created_at)),
        fact("Attempts", cells.text(delivery.attempts)),
        fact("Last answer", cells.text(delivery.last_answer)),
        fact("Next attempt", cells.instant(delivery.next_at)),
    ]
    text, tone = STATES[delivery.state]
    again = row_action("Send again", f"{POSTBACKS}/{delivery.id}/redeliver", "send", dialog=True,
                       primary=True)  # fmt: skip
    may = delivery.state in {"delivered", "failed"} and holds(who, "hook-configs.redeliver")
    return {
        "title": delivery.event,
        "subtitle": f"Postback of {delivery.label}",
        "ident": delivery.message_id,
        "badge": {"text": text, "tone": tone},
        "back": {"label": "Postbacks", "href": POSTBACKS},
        "actions": [again] if may else [],
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": 1,
        "extra": "integrations/_attempts.html",
        "payload": delivery.payload,
        "attempts": [_attempt(one) for one in attempts_of(session, delivery)],
    }


def _record_href(delivery: Delivery) -> str | None:
    """Return the page of the record that a postback tells of."""
    paths = {kind.model.__tablename__: kind.path for kind in review_kinds.values()}
    paths |= {Statement.__tablename__: STATEMENTS_PATH, Invoice.__tablename__: INVOICES_PATH}
    base = paths.get(delivery.entity)
    return f"{base}/{delivery.entity_id}" if base else None


def _attempt(one: DeliveryAttempt) -> dict[str, Any]:
    return {
        "at": cells.instant(one.at),
        "answer": one.error or f"{one.status_code}",
        "is_good": one.is_good,
        "took": f"{one.milliseconds:,} ms",
        "request": f"POST {one.url}\n{one.request_head}".strip(),
        "head": one.answer_head.strip(),
    }


def _hook_actions(who: Actor, hook: HookConfig) -> list[dict[str, Any]]:
    path = f"{HOOKS_PATH}/{hook.id}"
    if hook.retired_at is not None or not holds(who, "hook-configs.edit"):
        return []
    actions = [row_action("New secret", f"{path}/secret", "key-round", dialog=True)]
    if hook.is_authorised and hook.paused_at is None:
        actions.insert(0, row_action("Send test", f"{path}/test", "send", dialog=True,
                                     primary=True))  # fmt: skip
        actions.append(row_action("Pause", f"{path}/pause", "pause", dialog=True))
    elif hook.paused_at is not None:
        actions.insert(0, row_action("Resume", f"{path}/resume", "play", dialog=True,
                                     primary=True))  # fmt: skip
    return actions


def _project_name(session: Session, project_id: int | None) -> str:
    return session.get_one(Project, project_id).name if project_id else EVERY_PROJECT
