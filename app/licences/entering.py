"""Platform people work inside an organisation: they go in, which is logged there, and leave."""

from dataclasses import dataclass

from app.access.models import LoginSession
from app.controls.audit import RecordChange
from app.controls.commands import handles
from app.controls.identity import PLATFORM
from app.controls.licensing import demand_standing
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class EnterOrganisation:
    """Work inside an organisation, in this browser alone."""

    session_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class LeaveOrganisation:
    """Be back at the platform."""

    session_id: int


@handles(EnterOrganisation, permission=PLATFORM)
def enter_organisation(work: Work, command: EnterOrganisation) -> int:
    """Go in; where the licence is not good there is no work to be done (403)."""
    own = _own_session(work, command.session_id)
    tenant = work.session.get(Organisation, command.organisation_id)
    if tenant is None:
        raise Missing
    demand_standing(tenant, work.now)
    own.organisation_id, own.project_id = tenant.id, None
    _log(work, tenant, "entered")
    return tenant.id


@handles(LeaveOrganisation, permission=PLATFORM)
def leave_organisation(work: Work, command: LeaveOrganisation) -> None:
    """Go out; who is out already stays there."""
    own = _own_session(work, command.session_id)
    if own.organisation_id is None:
        return
    tenant = work.session.get_one(Organisation, own.organisation_id)
    own.organisation_id, own.project_id = None, None
    _log(work, tenant, "left")


def _own_session(work: Work, session_id: int) -> LoginSession:
    own = work.session.get(LoginSession, session_id)
    if own is None or own.user_id != work.actor.user_id:
        raise Missing
    return own


def _log(work: Work, tenant: Organisation, operation: str) -> None:
    """Write into the organisation's own log that somebody of the platform came or went."""
    work.actor = work.actor.within(tenant.id)
    work.changes.append(
        RecordChange("organisation", tenant.id, tenant.title(), operation, tenant.id)
    )
