"""CRM > Requests: the list, and one request with what was said about it."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from app.access.models import User
from app.clients.models import Client
from app.clients.resource import managers
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.organisation.models import Project
from app.projects.pages import project_column, project_filter
from app.requests.commands import PATH
from app.requests.models import KINDS, PRIORITIES, STATUSES, TONES, RequestMessage, ServiceRequest
from app.requests.queries import conversation
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.pages import fact
from app.web.respond import row_action

_URGENT = {"high": "warning", "urgent": "danger"}
_Assignee = aliased(User)


def _select(who: Actor) -> Select[Any]:
    return (
        select(
            ServiceRequest.id, ServiceRequest.number, ServiceRequest.subject, ServiceRequest.kind,
            ServiceRequest.status, ServiceRequest.priority, ServiceRequest.client_id,
            ServiceRequest.created_at, ServiceRequest.updated_at,
            Client.name.label("client"), Project.name.label("project"),
            _Assignee.first_name, _Assignee.last_name,
        )
        .join(Project, Project.id == ServiceRequest.project_id)
        .outerjoin(Client, Client.id == ServiceRequest.client_id)
        .outerjoin(_Assignee, _Assignee.id == ServiceRequest.assignee_id)
        .where(*visible(who, ServiceRequest))
    )  # fmt: skip


def _client(row: Any) -> cells.Cell:
    if row.client_id is None:
        return cells.text("Whole project")
    return cells.text(row.client, href=f"/admin/clients/{row.client_id}")


def _priority(row: Any) -> cells.Cell:
    return cells.badge(PRIORITIES[row.priority], _URGENT.get(row.priority, "neutral"))


def _status(row: Any) -> cells.Cell:
    return cells.badge(STATUSES[row.status], TONES[row.status])


def _offer(names: dict[str, str]) -> Any:
    return lambda _session, _actor: list(names.items())


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    if row.status == "closed" or not holds(who, "requests.edit"):
        return []
    return [
        row_action("Answer", f"{PATH}/{row.id}/answer", "message-square", drawer=True),
        row_action("Edit", f"{PATH}/{row.id}/edit", "pencil", drawer=True),
    ]


REQUESTS = Listing(
    name="requests",
    title="Requests",
    section="CRM",
    path=PATH,
    select=_select,
    key=ServiceRequest.id,
    columns=(
        Column("number", "Number", lambda row: cells.ident(row.number),
               sort=ServiceRequest.number, priority=1),
        Column("subject", "Subject", lambda row: cells.text(row.subject),
               sort=ServiceRequest.subject, priority=1),
        Column("client", "Customer", _client),
        project_column(),
        Column("status", "Status", _status, sort=ServiceRequest.status, priority=1),
        Column("priority", "Priority", _priority),
        Column("assignee", "Assignee",
               lambda row: cells.text(f"{row.first_name or ''} {row.last_name or ''}".strip())),
        Column("kind", "Kind", lambda row: cells.text(KINDS[row.kind]), shown=False),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=ServiceRequest.created_at, shown=False),
        Column("changed", "Last changed", lambda row: cells.instant(row.updated_at),
               sort=ServiceRequest.updated_at),
    ),
    filters=(
        Filter("status", "Status", "choices", equals(ServiceRequest.status), _offer(STATUSES)),
        Filter("priority", "Priority", "choices", equals(ServiceRequest.priority),
               _offer(PRIORITIES)),
        Filter("assignee", "Assignee", "choices", by_id(ServiceRequest.assignee_id), managers),
        Filter("kind", "Kind", "choice", equals(ServiceRequest.kind), _offer(KINDS)),
        project_filter(ServiceRequest),
        Filter("created", "Created", "dates", within_days(ServiceRequest.created_at)),
    ),
    search=contains(ServiceRequest.number, ServiceRequest.subject, Client.name),
    search_hint="Number, subject or customer",
    sort="-changed",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.number,
    actions=_actions,
    empty="Open a request about a project or a customer, and follow it here until it is solved.",
)  # fmt: skip


def request_page(session: Session, who: Actor, one: ServiceRequest) -> dict[str, Any]:
    """Return the page of a request: its facts, and the conversation."""
    row = session.execute(_select(who).where(ServiceRequest.id == one.id)).one()
    facts = [
        fact("Status", _status(row)),
        fact("Priority", _priority(row)),
        fact("Kind", cells.text(KINDS[row.kind])),
        fact("Project", cells.text(row.project)),
        fact("Customer", _client(row)),
        fact("Assignee", cells.text(f"{row.first_name or ''} {row.last_name or ''}".strip())),
        fact("Created", cells.instant(row.created_at)),
        fact("Last changed", cells.instant(row.updated_at)),
    ]
    actions = _actions(row, who)
    if actions:
        status = row_action("Change status", f"{PATH}/{one.id}/status", "circle-dot", dialog=True)
        actions = [actions[0] | {"primary": True}, status, actions[1]]
    return {
        "title": row.subject,
        "subtitle": f"{KINDS[row.kind]} of {row.client or row.project}",
        "ident": row.number,
        "badge": {"text": STATUSES[row.status], "tone": TONES[row.status]},
        "back": {"label": "Requests", "href": PATH},
        "actions": actions,
        "cards": [{"title": "General", "rows": facts, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": one.version,
        "extra": "requests/_conversation.html",
        "conversation": [said(message) for message in conversation(session, one)],
    }


def said(message: RequestMessage) -> dict[str, Any]:
    """Return a message as a line of the conversation."""
    when = cells.instant(message.created_at)
    by = "Customer" if message.is_from_client else "Note" if message.is_note else ""
    tone = "info" if message.is_from_client else "warning" if message.is_note else "success"
    icon = "user" if message.is_from_client else "lock" if message.is_note else "message-square"
    return {
        "title": message.author,
        "text": message.body,
        "who": by,
        "when": when["text"],
        "when_title": when["title"],
        "tone": tone,
        "icon": icon,
    }
