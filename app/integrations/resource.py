"""Systems, hooks and postbacks as lists, and what their pages show."""

from typing import Any

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.integrations.catalogue import EVENT_NAMES
from app.integrations.models import (
    STATES,
    SYSTEM_KINDS,
    Delivery,
    HookConfig,
    ThirdPartySystem,
)
from app.integrations.queries import attempts_of, counts_of, hook_choices, system_choices
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.web import cells
from app.web.forms import is_id
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.pages import fact
from app.web.respond import row_action

SYSTEMS_PATH = "/admin/third-party-systems"
HOOKS_PATH = "/admin/hook-configs"
POSTBACKS = "/admin/postbacks"
EVERY_PROJECT = "Every project"
# Where the page of a record is that a postback tells of.
_PAGES = {
    "account": "/admin/accounts",
    "client": "/admin/clients",
    "hook_config": HOOKS_PATH,
    "payment_file": "/admin/payments",
    "statement": "/admin/statements",
    "transaction": "/admin/transactions",
}


def related_postbacks(actor: Actor, record: Any) -> list[dict[str, Any]]:
    """Return the action "Related postbacks" of a record's page, for those who may see them."""
    if not holds(actor, "hook-configs.view"):
        return []
    href = f"{POSTBACKS}?record={record.__tablename__}-{record.id}"
    return [row_action("Related postbacks", href, "webhook")]


def _systems(actor: Actor) -> Select[Any]:
    return (
        select(
            ThirdPartySystem.id, ThirdPartySystem.name, ThirdPartySystem.kind,
            ThirdPartySystem.base_url, Project.name.label("project"),
        )
        .outerjoin(Project, Project.id == ThirdPartySystem.project_id)
        .where(*visible(actor, ThirdPartySystem))
    )  # fmt: skip


def _hooks(actor: Actor) -> Select[Any]:
    return (
        select(
            HookConfig.id, HookConfig.name, HookConfig.events, HookConfig.paused_at,
            ThirdPartySystem.name.label("system"), Project.name.label("project"),
        )
        .join(ThirdPartySystem, ThirdPartySystem.id == HookConfig.system_id)
        .outerjoin(Project, Project.id == HookConfig.project_id)
        .where(*visible(actor, HookConfig))
    )  # fmt: skip


def _postbacks(actor: Actor) -> Select[Any]:
    return (
        select(
            Delivery.id, Delivery.event, Delivery.label, Delivery.state, Delivery.attempts,
            Delivery.last_answer, Delivery.next_at, Delivery.created_at,
            HookConfig.name.label("hook"),
        )
        .join(HookConfig, HookConfig.id == Delivery.hook_id)
        .where(*visible(actor, Delivery))
    )  # fmt: skip


def _of_record(value: str) -> ColumnElement[bool]:
    """Read "transaction-42" as the postbacks of that record."""
    entity, _, number = value.rpartition("-")
    if not is_id(number):
        return false()
    return (Delivery.entity == entity) & (Delivery.entity_id == int(number))


def _project(row: Any) -> cells.Cell:
    return cells.text(row.project or EVERY_PROJECT)


SYSTEMS = Listing(
    name="third-party-systems",
    title="Third-Party Systems",
    section="Third Party Delivery",
    path=SYSTEMS_PATH,
    select=_systems,
    key=ThirdPartySystem.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=ThirdPartySystem.name,
               priority=1),
        Column("kind", "Kind", lambda row: cells.text(SYSTEM_KINDS[row.kind]),
               sort=ThirdPartySystem.kind),
        Column("project", "Project", _project),
        Column("url", "URL", lambda row: cells.text(row.base_url), priority=3),
    ),
    filters=(
        Filter("kind", "Kind", "choices", equals(ThirdPartySystem.kind),
               lambda _session, _actor: tuple(SYSTEM_KINDS.items())),
        Filter("project", "Project", "choices", by_id(ThirdPartySystem.project_id),
               project_choices),
    ),
    search=contains(ThirdPartySystem.name, ThirdPartySystem.base_url),
    search_hint="Name or URL",
    sort="name",
    label=lambda row: row.name,
    empty="Add the first system that is to hear of banking events.",
)  # fmt: skip

HOOKS = Listing(
    name="hook-configs",
    title="Hook Configs",
    section="Third Party Delivery",
    path=HOOKS_PATH,
    select=_hooks,
    key=HookConfig.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=HookConfig.name,
               priority=1),
        Column("system", "System", lambda row: cells.text(row.system),
               sort=ThirdPartySystem.name),
        Column("project", "Project", _project),
        Column("events", "Events", lambda row: cells.text(len(row.events)), numeric=True),
        Column("speaks", "Speaks", lambda row: cells.badge(
            *(("Paused", "warning") if row.paused_at else ("Yes", "success"))), priority=2),
    ),
    filters=(
        Filter("system", "System", "choices", by_id(HookConfig.system_id), system_choices),
        Filter("project", "Project", "choices", by_id(HookConfig.project_id), project_choices),
        Filter("paused", "Paused", "flag", lambda _value: HookConfig.paused_at.is_not(None)),
    ),
    search=contains(HookConfig.name, ThirdPartySystem.name),
    search_hint="Name or system",
    sort="name",
    label=lambda row: row.name,
    empty="Say which events a system is told of.",
)  # fmt: skip

DELIVERIES = Listing(
    name="postbacks",
    title="Postbacks",
    section="Third Party Delivery",
    path=POSTBACKS,
    select=_postbacks,
    key=Delivery.id,
    columns=(
        Column("event", "Event", lambda row: cells.text(row.event), sort=Delivery.event,
               priority=1),
        Column("record", "Record", lambda row: cells.text(row.label), sort=Delivery.label,
               priority=1),
        Column("hook", "Hook", lambda row: cells.text(row.hook), sort=HookConfig.name),
        Column("state", "Status", lambda row: cells.badge(*STATES[row.state]),
               sort=Delivery.state, priority=1),
        Column("attempts", "Attempts", lambda row: cells.text(row.attempts),
               sort=Delivery.attempts, numeric=True),
        Column("answer", "Last answer", lambda row: cells.text(row.last_answer), priority=3),
        Column("next", "Next attempt", lambda row: cells.instant(row.next_at), shown=False),
        Column("created", "Happened", lambda row: cells.instant(row.created_at),
               sort=Delivery.id),
    ),
    filters=(
        Filter("event", "Event", "choices", equals(Delivery.event),
               lambda _session, _actor: [(name, name) for name in EVENT_NAMES]),
        Filter("state", "Status", "choices", equals(Delivery.state),
               lambda _session, _actor: [(key, one[0]) for key, one in STATES.items()]),
        Filter("hook", "Hook", "choices", by_id(Delivery.hook_id), hook_choices),
        Filter("record", "Record", "text", _of_record),
        Filter("created", "Happened", "dates", within_days(Delivery.created_at)),
    ),
    search=contains(Delivery.label, Delivery.message_id),
    search_hint="Reference or message id",
    sort="-created",
    href=lambda row: f"{POSTBACKS}/{row.id}",
    label=lambda row: f"{row.event} {row.label}",
    empty="A postback is written when something happens that a hook is told of.",
)  # fmt: skip


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
        fact("Credentials", cells.text("Set" if system.credentials_token else "Not set")),
        fact("Last test", cells.instant(system.tested_at)),
        fact("Result", cells.text(system.test_result or "Not tested yet")),
    ]
    return {"rows": rows, "actions": [test, token] if may else []}


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
    base = _PAGES.get(delivery.entity)
    href = f"{base}/{delivery.entity_id}" if base else None
    rows = [
        fact("Event", cells.text(delivery.event)),
        fact("Record", cells.text(delivery.label, href=href)),
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
        "attempts": [
            {
                "at": cells.instant(one.at),
                "answer": one.error or f"{one.status_code}",
                "is_good": one.status_code is not None and one.status_code < 300,  # noqa: PLR2004
                "took": f"{one.milliseconds:,} ms",
                "request": f"POST {one.url}\n{one.request_head}".strip(),
                "head": one.answer_head.strip(),
            }
            for one in attempts_of(session, delivery)
        ],
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
