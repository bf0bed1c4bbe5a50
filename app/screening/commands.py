"""Checks begin when a customer is approved, or by hand; a worker keeps what services answer."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, or_, select

from app.access.holders import Place, at_work, holders_of
from app.clients.models import Client
from app.controls.commands import SYSTEM_ONLY, follows, handles
from app.controls.due import enqueue
from app.controls.locking import find_locked
from app.controls.review import AUTHORIZED, just_authorised
from app.controls.work import Work
from app.integrations.models import ThirdPartySystem
from app.kernel.codes import new_public_id
from app.kernel.errors import Conflict
from app.notices import models as notices
from app.notices.sending import notify
from app.screening.models import FAILED, REVIEW, SETTLED, STOPPED, WAITING, IdentityCheck

KIND = "identity-check"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 6 * 3600
LONGEST_WAIT = timedelta(days=30)
NOBODY = "No service checks the identity of this project's customers"
NOT_APPROVED = "A customer is checked once they are approved"
UNDER_WAY = "This customer is being checked already"
GIVEN_UP = "No service settled it within {days} days"
GONE = "The service is not used any more"


@dataclass(frozen=True, slots=True)
class CheckIdentity:
    """Ask all services of a customer's project again who the customer is."""

    client_id: int


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """Keep what one attempt came to: a status of the service's, or none and why."""

    check_id: int
    status: str
    reason: str = ""


@follows
def plan_checks(work: Work) -> None:
    """Leave the question to the worker: no service holds an approval up (W02.02)."""
    for client_id in just_authorised(work, Client.__tablename__):
        _begin(work, work.session.get_one(Client, client_id))


@handles(CheckIdentity, permission="clients.edit")
def check_identity(work: Work, command: CheckIdentity) -> int:
    """Begin a check at each service; returns how many.

    Refused (409): a customer who is not approved, one who is being checked, nobody to ask.
    """
    # Who asks in the same moment waits here, and then finds the checks that this one began.
    client = find_locked(work, Client, command.client_id)
    if not client.is_authorised:
        raise Conflict(NOT_APPROVED)
    open_one = select(IdentityCheck.id).where(
        IdentityCheck.organisation_id == client.organisation_id,
        IdentityCheck.client_id == client.id,
        IdentityCheck.state.not_in(SETTLED),
    )
    if work.session.scalar(open_one.limit(1)) is not None:
        raise Conflict(UNDER_WAY)
    begun = _begin(work, client)
    if not begun:
        raise Conflict(NOBODY)
    return begun


@handles(RecordVerdict, permission=SYSTEM_ONLY)
def record_verdict(work: Work, command: RecordVerdict) -> str:
    """Keep the answer, ask again later where it settles nothing, and tell of what went wrong."""
    check = find_locked(work, IdentityCheck, command.check_id)
    if check.state in SETTLED:
        return check.state
    before = check.state
    check.attempts += 1
    check.state, check.reason = command.status or check.state, command.reason
    if check.state not in SETTLED and work.now - check.created_at > LONGEST_WAIT:
        check.state, check.reason = STOPPED, GIVEN_UP.format(days=LONGEST_WAIT.days)
    if check.state in SETTLED:
        check.settled_at = work.now
    else:
        _ask(work, check)
    if check.state != before and check.state in {FAILED, REVIEW, STOPPED}:
        _tell(work, check)
    return check.state


def services_of(client: Client) -> Select[ThirdPartySystem]:
    """Select the authorised systems that check the identity of a customer's project."""
    return (
        select(ThirdPartySystem)
        .where(
            ThirdPartySystem.organisation_id == client.organisation_id,
            ThirdPartySystem.record_status == AUTHORIZED,
            ThirdPartySystem.retired_at.is_(None),
            ThirdPartySystem.checks_path.is_not(None),
            ThirdPartySystem.checks_stopped_at.is_(None),
            or_(
                ThirdPartySystem.project_id.is_(None),
                ThirdPartySystem.project_id == client.project_id,
            ),
        )
        .order_by(ThirdPartySystem.id)
    )


def _begin(work: Work, client: Client) -> int:
    systems = work.session.scalars(services_of(client)).all()
    for system in systems:
        check = IdentityCheck(
            organisation_id=client.organisation_id,
            reference=new_public_id(),
            client_id=client.id,
            project_id=client.project_id,
            system_id=system.id,
            state=WAITING,
            attempts=0,
        )
        _ask(work, work.add(check))
    return len(systems)


def _ask(work: Work, check: IdentityCheck) -> None:
    """Let the service be asked: at once the first time, then twice as late each time."""
    pause = min(FIRST_PAUSE_SECONDS * 2 ** max(check.attempts - 1, 0), LONGEST_PAUSE_SECONDS)
    due_at = work.now + timedelta(seconds=pause) if check.attempts else work.now
    occasion = f"identity-check-{check.id}-{check.attempts}"
    enqueue(work, KIND, occasion, {"check_id": check.id}, due_at=due_at)


def _tell(work: Work, check: IdentityCheck) -> None:
    """Tell the customer's manager, and all who look after compliance where the customer is."""
    client = work.session.get_one(Client, check.client_id)
    system = work.session.get_one(ThirdPartySystem, check.system_id)
    place = Place(client.project_id, client.desk_id, client.manager_id)
    people = holders_of(work.session, client.organisation_id, "compliance.edit", place)
    words = {FAILED: "failed", REVIEW: "is looked at by people", STOPPED: "was given up"}
    notify(
        work,
        [*at_work(work.session, client.organisation_id, client.manager_id), *people],
        kind=notices.FAILED,
        title=f"Identity check of {client.name} {words[check.state]}",
        text=f"{system.name}: {check.reason}" if check.reason else system.name,
        href=f"/admin/clients/{client.id}",
        project_id=client.project_id,
    )
