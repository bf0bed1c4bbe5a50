"""Systems, hooks and postbacks as lists, and what their pages show."""

from typing import Any

from flask import request
from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.integrations.catalogue import EVENT_NAMES
from app.integrations.models import (
    STATES,
    SYSTEM_KINDS,
    Delivery,
    HookConfig,
    ThirdPartySystem,
)
from app.integrations.queries import hook_choices, system_choices
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.records.naming import name_of
from app.transactions.parties import KINDS
from app.web import cells
from app.web.forms import is_id
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days

SYSTEMS_PATH = "/admin/third-party-systems"
HOOKS_PATH = "/admin/hook-configs"
POSTBACKS = "/admin/postbacks"
EVERY_PROJECT = "Every project"


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


def _record(session: Session, who: Actor) -> list[tuple[str, str]]:
    """Return the name of the record that the address names, for the filter's chip."""
    typed = request.args.get("record", "")
    entity, _, number = typed.rpartition("-")
    party = KINDS.get(entity)
    found = name_of(session, who, party.model, number) if party else []
    return [(typed, name) for _number, name in found]


def _speaks(row: Any) -> cells.Cell:
    if row.paused_at is not None:
        return cells.badge("Paused", "warning")
    is_heard = row.record_status == AUTHORIZED
    return cells.badge("Yes", "success") if is_heard else cells.badge("Not yet", "neutral")


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
        Column("speaks", "Speaks", _speaks),
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
        Filter("record", "Record", "text", _of_record, _record),
        Filter("created", "Happened", "dates", within_days(Delivery.created_at)),
    ),
    search=contains(Delivery.label, Delivery.message_id),
    search_hint="Reference or message id",
    sort="-created",
    href=lambda row: f"{POSTBACKS}/{row.id}",
    label=lambda row: f"{row.event} {row.label}",
    empty="A postback is written when something happens that a hook is told of.",
)  # fmt: skip
