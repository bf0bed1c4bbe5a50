"""Agents are drafted, approved, bound to hours and a zone, and linked to their account."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.agents import Agent
from app.access.details import personal_details
from app.access.models import User
from app.controls.bounds import Zone
from app.controls.commands import STALE, handles
from app.controls.deciding import OWN_WORK
from app.controls.drafts import draft, drafted
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.numbering import take_from
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.review import ReviewKind, review
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.ledger.closed import demand_not_closed
from app.mandates.commands import write_mandate
from app.mandates.models import PRIMARY_HOLDER
from app.organisation.branches import UNCOUNTED
from app.organisation.models import Branch
from app.records.drafts import demand_not_deleted, retires_while_open

NUMBER_WIDTH = 4
LARGEST_RADIUS_METRES = 1_000_000
IS_AGENT = "User is already an agent"
NOT_AFTER = "End time must be after start time"
NO_ZONE = "allowedGeoZone is required when geoLockEnabled is true"
ACCOUNT_NOT_AUTHORIZED = "Can only link AUTHORIZED accounts"
AGENT_NOT_AUTHORIZED = "Can only link account to AUTHORIZED agent"
AGENT = review(
    ReviewKind(
        key="agent",
        model=Agent,
        name="Agent",
        module="agents",
        path="/admin/agents",
        check=demand_not_deleted,
    )
)
retires_while_open(Agent, "Agent", permission="agents.delete")


@dataclass(frozen=True, slots=True)
class WorkingConfig:
    """When and where an agent may act: hours of the organisation's day, and a zone."""

    start_time: time | None = None
    end_time: time | None = None
    is_geo_locked: bool = False
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class CreateAgent:
    """Make a user an agent of a branch; neither changes afterwards (E26.05)."""

    user_id: int
    branch_id: int
    config: WorkingConfig
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditAgent:
    """Change the hours and the zone of a draft or rejected agent."""

    agent_id: int
    version: int
    config: WorkingConfig
    submit: bool = False


@dataclass(frozen=True, slots=True)
class ConfigureAgent:
    """Change the hours and the zone of an approved agent at once (E26.09)."""

    agent_id: int
    version: int
    config: WorkingConfig


@dataclass(frozen=True, slots=True)
class LinkAgentAccount:
    """Give an approved agent an approved agent account (E26.11)."""

    agent_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class SetAgentActive:
    """Suspend an approved agent, who then cannot act, or let them act again."""

    agent_id: int
    is_active: bool


@handles(CreateAgent, permission="agents.create")
def create_agent(work: Work, command: CreateAgent) -> int:
    """Draft the agent with a number of the branch; returns the id (E26.03-08)."""
    user = _employee(work, command.user_id)
    referred(work, Branch, command.branch_id, field="branch_id")
    branch = work.session.get_one(Branch, command.branch_id)
    config = _checked(command.config)
    agent = work.add(
        Agent(
            organisation_id=work.actor.tenant_id,
            number=take_from(
                work, f"AGENT-{branch.id}", prefix=_numbered(branch), width=NUMBER_WIDTH
            ),
            user_id=user.id,
            branch_id=branch.id,
            maker_id=work.actor.user_id,
            **config,
        )
    )
    return drafted(work, AGENT, agent, "created", hand_in=command.submit)


def _numbered(branch: Branch) -> str:
    """Return how its agents' numbers begin: the last group of its code counts them (E26.04)."""
    return f"{branch.code.removesuffix(UNCOUNTED)}-"


@handles(EditAgent, permission="agents.edit")
def edit_agent(work: Work, command: EditAgent) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409."""
    agent: Agent = draft(work, AGENT, command.agent_id, command.version)
    _configure(agent, command.config)
    return drafted(work, AGENT, agent, "edited", hand_in=command.submit)


@handles(ConfigureAgent, permission="agents.edit")
def configure_agent(work: Work, command: ConfigureAgent) -> int:
    """Save hours and zone without an approval; the log keeps both (E26.09-10).

    Refused (403) to the agent: nobody widens what bounds them.
    """
    agent = find(work.session, work.actor, Agent, command.agent_id)
    if is_ones_own(work.actor, agent):
        raise Forbidden(OWN_WORK)
    if not agent.is_authorised:
        raise Conflict("Only an authorized agent is configured. Edit the draft instead")
    if agent.version != command.version:
        raise Conflict(STALE)
    _configure(agent, command.config)
    return agent.id


@handles(LinkAgentAccount, permission="agents.edit")
def link_agent_account(work: Work, command: LinkAgentAccount) -> int:
    """Link the account, and let the agent sign for it (E26.12-16). Returns the mandate's id.

    It takes the place of an account that was closed; a closed one is never linked (409). Refused
    (403) to the agent: nobody lets themselves sign.
    """
    # Two who link at once take turns: the second is told that there is an account already.
    agent = find_locked(work, Agent, command.agent_id)
    if is_ones_own(work.actor, agent):
        raise Forbidden(OWN_WORK)
    account = find(work.session, work.actor, Account, command.account_id)
    if not agent.is_authorised:
        raise Conflict(AGENT_NOT_AUTHORIZED)
    if open_account_of(work.session, agent) is not None:
        raise Conflict("This agent has an account already")
    if account.holder != "agent":
        raise Refusal("Choose an agent account, which has no customer", field="account_id")
    if not account.is_authorised:
        raise Conflict(ACCOUNT_NOT_AUTHORIZED, field="account_id")
    demand_not_closed(work, account)
    taken = select(Agent.id).where(
        Agent.organisation_id == agent.organisation_id, Agent.account_id == account.id
    )
    if work.session.scalar(taken) is not None:
        raise Conflict("This account is linked to another agent already", field="account_id")
    agent.account_id = account.id
    user = work.session.get_one(User, agent.user_id)
    details = personal_details(work.session, user.id)
    return write_mandate(
        work,
        account,
        kind=PRIMARY_HOLDER,
        name=user.name,
        effective_from=work.business_date,
        email=user.email,
        phone=details.official_phone if details else "",
    )


@handles(SetAgentActive, permission="agents.change-status")
def set_agent_active(work: Work, command: SetAgentActive) -> bool:
    """Set the flag of an approved agent."""
    agent = find(work.session, work.actor, Agent, command.agent_id)
    if not agent.is_authorised:
        raise Conflict("Only an authorized agent is suspended")
    agent.is_active = command.is_active
    return agent.is_active


def open_account_of(session: Session, agent: Agent) -> Account | None:
    """Return the agent's account; one that was closed is none any more."""
    account = session.get(Account, agent.account_id) if agent.account_id else None
    return None if account is None or account.is_closed else account


def is_ones_own(actor: Actor, agent: Agent) -> bool:
    """Tell whether the person is the agent."""
    return agent.user_id == actor.user_id


@used_by(Account, "an agent")
def agent_of_account(row: Account) -> Select[int]:
    """Select the agent whose account it is."""
    return select(Agent.id).where(
        Agent.organisation_id == row.organisation_id, Agent.account_id == row.id
    )


@used_by(Branch, "agents", list_at="/admin/agents?branch={record.id}", permission="agents.view")
def agents_of_branch(row: Branch) -> Select[int]:
    """Select the agents of a branch."""
    return select(Agent.id).where(
        Agent.organisation_id == row.organisation_id,
        Agent.branch_id == row.id,
        Agent.retired_at.is_(None),
    )


def _employee(work: Work, user_id: int) -> User:
    query = select(User).where(
        User.organisation_id == work.actor.tenant_id, User.id == user_id, User.kind == "employee"
    )
    user = work.session.scalars(query).one_or_none()
    if user is None or not user.is_active:
        raise Refusal("Choose an active user", field="user_id")
    taken = select(Agent.id).where(
        Agent.organisation_id == work.actor.tenant_id,
        Agent.user_id == user_id,
        Agent.retired_at.is_(None),
    )
    if work.session.scalar(taken) is not None:
        raise Conflict(IS_AGENT, field="user_id")
    return user


def _configure(agent: Agent, config: WorkingConfig) -> None:
    for key, value in _checked(config).items():
        setattr(agent, key, value)


def _checked(config: WorkingConfig) -> dict[str, Any]:
    """Return the columns; refuses (422) what E26.07-08 name."""
    start, end, zone = config.start_time, config.end_time, config.zone
    if (start is None) != (end is None):
        missing = "start_time" if start is None else "end_time"
        raise Refusal("Start Time and End Time belong together", field=missing)
    if start is not None and end is not None and end <= start:
        raise Refusal(NOT_AFTER, field="end_time")
    if config.is_geo_locked and zone is None:
        raise Refusal(NO_ZONE, field="latitude")
    if zone is not None and not 1 <= zone.radius_metres <= LARGEST_RADIUS_METRES:
        raise Refusal(f"Radius must be 1 to {LARGEST_RADIUS_METRES:,} metres", field="radius")
    return {
        "start_time": start,
        "end_time": end,
        "is_geo_locked": config.is_geo_locked,
        "zone_latitude": zone.latitude if zone else None,
        "zone_longitude": zone.longitude if zone else None,
        "zone_radius_metres": zone.radius_metres if zone else None,
    }
