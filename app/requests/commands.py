"""Requests are opened, assigned, answered and closed; a client opens and answers their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.holders import Place, at_work, demand_holder, holders_of
from app.clients.models import Client
from app.controls.commands import STALE, handles
from app.controls.identity import PLATFORM
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.notices import models as notices
from app.notices.sending import notify, settle
from app.organisation.models import Project
from app.projects.commands import line_of, lines_of, one_of
from app.projects.numbering import REQUEST, take_number
from app.requests.models import (
    CLOSED,
    IN_PROGRESS,
    KINDS,
    OPEN,
    PRIORITIES,
    RESOLVED,
    STATUSES,
    WAITING,
    RequestMessage,
    ServiceRequest,
)
from app.requests.telling import settle_for_client, tell_client

LONGEST_MESSAGE = 5_000
PATH = "/admin/requests"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Open a request about a project, or about a client, whose project it then is of."""

    kind: str
    subject: str
    body: str
    project_id: int | None = None
    client_id: int | None = None
    priority: str = "normal"
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class AskTheHouse:
    """Open a request as the client one is."""

    kind: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Change what it is called, how urgent it is and who sees to it."""

    request_id: int
    version: int
    subject: str
    priority: str
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class SetRequestStatus:
    """Say where a request stands; a closed one stays closed."""

    request_id: int
    status: str


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Write to the client, or a note that only the house reads."""

    request_id: int
    body: str
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class AnswerOwnRequest:
    """Write as the client whose request it is."""

    request_id: int
    body: str


@handles(OpenRequest, permission="requests.create")
def open_request(work: Work, command: OpenRequest) -> int:
    """Open it and tell its assignee; returns its id. Out of sight is missing (404)."""
    if command.client_id is not None:
        client = find(work.session, work.actor, Client, command.client_id)
        if command.project_id not in {None, client.project_id}:
            raise Refusal("The customer belongs to another project", field="client_id")
        project_id = client.project_id
    else:
        if command.project_id is None:
            raise Refusal("Choose a project or a customer", field="project_id")
        project_id = referred(work, Project, command.project_id, field="project_id") or 0
    made = _opened(work, command, project_id=project_id, client_id=command.client_id)
    made.priority = one_of({"priority": command.priority}, "priority", "Priority", PRIORITIES)
    _assign(work, made, command.assignee_id)
    return made.id


@handles(AskTheHouse, permission="portal.view")
def ask_the_house(work: Work, command: AskTheHouse) -> int:
    """Open the client's own request and tell those who look after the client; returns its id."""
    client = _own_client(work)
    made = _opened(work, command, project_id=client.project_id, client_id=client.id)
    _tell(work, made, _keepers(work, client), f"{client.name} asks: {made.subject}")
    return made.id


@handles(EditRequest, permission="requests.edit")
def edit_request(work: Work, command: EditRequest) -> int:
    """Save it; refused (409): a stale form, a closed request."""
    one = _open_one(work, command.request_id)
    if one.version != command.version:
        raise Conflict(STALE)
    one.subject = line_of({"subject": command.subject}, "subject", "Subject")
    one.priority = one_of({"priority": command.priority}, "priority", "Priority", PRIORITIES)
    _assign(work, one, command.assignee_id)
    return one.id


@handles(SetRequestStatus, permission="requests.edit")
def set_request_status(work: Work, command: SetRequestStatus) -> str:
    """Set it; answers how it is called. Refused: an unknown status (422), a closed one (409)."""
    one = _open_one(work, command.request_id)
    one.status = one_of({"status": command.status}, "status", "Status", STATUSES)
    if one.status in {RESOLVED, CLOSED}:
        settle(work, f"{PATH}/{one.id}")
    return STATUSES[one.status]


@handles(AnswerRequest, permission="requests.edit")
def answer_request(work: Work, command: AnswerRequest) -> int:
    """Add the message; one that is no note is told to the client, whom the request waits for."""
    one = _open_one(work, command.request_id)
    _say(work, one, command.body, is_note=command.is_note)
    if not command.is_note:
        one.status = WAITING if one.client_id is not None else IN_PROGRESS
        settle(work, f"{PATH}/{one.id}")
        if one.client_id is not None:
            tell_client(work, one)
    return one.id


@handles(AnswerOwnRequest, permission="portal.view")
def answer_own_request(work: Work, command: AnswerOwnRequest) -> int:
    """Add the client's message, tell who sees to it, and open again what was resolved."""
    client = _own_client(work)
    one = _open_one(work, command.request_id)
    _say(work, one, command.body, is_from_client=True)
    one.status = OPEN if one.status == RESOLVED else one.status
    one.status = IN_PROGRESS if one.status == WAITING else one.status
    settle_for_client(work, one)
    assignee = at_work(work.session, one.organisation_id, one.assignee_id)
    _tell(work, one, assignee or _keepers(work, client), f"{client.name} answered")
    return one.id


def _keepers(work: Work, client: Client) -> Sequence[int]:
    """Return the client's manager, or where that is nobody at work, all who may answer there."""
    place = Place(client.project_id, client.desk_id, client.manager_id)
    return at_work(work.session, client.organisation_id, client.manager_id) or holders_of(
        work.session, client.organisation_id, "requests.edit", place
    )


def _own_client(work: Work) -> Client:
    if work.actor.scope.client_id is None:
        raise Forbidden("You do not have permission to do this.")
    return find(work.session, work.actor, Client, work.actor.scope.client_id)


def _open_one(work: Work, request_id: int) -> ServiceRequest:
    one = find_locked(work, ServiceRequest, request_id)
    if not one.is_open:
        raise Conflict("This request is closed. Open another one")
    return one


def _opened(work: Work, command: Any, *, project_id: int, client_id: int | None) -> ServiceRequest:
    typed = {"kind": command.kind, "subject": command.subject}
    made = work.add(
        ServiceRequest(
            organisation_id=work.actor.tenant_id,
            project_id=project_id,
            client_id=client_id,
            number=take_number(work, project_id, REQUEST),
            kind=one_of(typed, "kind", "Kind", KINDS),
            subject=line_of(typed, "subject", "Subject"),
        )
    )
    _say(work, made, command.body, is_from_client=work.actor.scope.client_id is not None)
    return made


def _say(work: Work, one: ServiceRequest, body: str, **about: bool) -> None:
    """Add a message; lists sort requests by what last happened, and this does."""
    one.updated_at = work.now
    typed: Mapping[str, Any] = {"body": body}
    work.session.add(
        RequestMessage(
            organisation_id=one.organisation_id,
            request_id=one.id,
            # People of the platform are not among the organisation's: their name stands alone.
            author_id=None if work.actor.may(PLATFORM) else work.actor.user_id,
            author=work.actor.name,
            body=lines_of(typed, "body", "Message", longest=LONGEST_MESSAGE),
            created_at=work.now,
            **about,
        )
    )


def _assign(work: Work, one: ServiceRequest, assignee_id: int | None) -> None:
    """Give it to an employee who sees it (422) and is told of it unless they took it."""
    if assignee_id == one.assignee_id:
        return
    if assignee_id is not None:
        demand_holder(work.session, assignee_id, "requests.view", one, field="assignee_id")
    one.assignee_id = assignee_id
    _tell(work, one, [assignee_id], f"Assigned to you: {one.subject}")


def _tell(work: Work, one: ServiceRequest, people: Sequence[int | None], title: str) -> None:
    notify(
        work,
        [person for person in people if person != work.actor.user_id],
        kind=notices.WAITING,
        title=title,
        text=one.title(),
        href=f"{PATH}/{one.id}",
        project_id=one.project_id,
    )
