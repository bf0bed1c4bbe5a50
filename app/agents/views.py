"""CRM > Agents: the list, one agent, hours and zone, the account, suspending."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.agents import Agent
from app.access.models import User
from app.agents.commands import AGENT, SetAgentActive, is_ones_own, open_account_of
from app.agents.forms import AgentForm, ConfigForm, LinkForm
from app.controls.bounds import shown_degrees
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.controls.review import AUTHORIZED
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.organisation.models import Branch
from app.organisation.queries import branch_choices
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import confirm_view, fact, form_view, posted_version
from app.web.respond import row_action

PATH = "/admin/agents"
NO_ACCOUNT = (
    "No approved agent account is free. Open one without a customer, and let it be approved."
)
blueprint = Blueprint("agents", __name__)
_NAME = User.first_name + " " + User.last_name


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Agent.id,
            Agent.number,
            Agent.is_active,
            Agent.start_time,
            Agent.end_time,
            Agent.is_geo_locked,
            _NAME.label("user"),
            Branch.name.label("branch"),
            Account.number.label("account"),
        )
        .join(User, User.id == Agent.user_id)
        .join(Branch, Branch.id == Agent.branch_id)
        .outerjoin(Account, and_(Account.id == Agent.account_id, Account.closed_on.is_(None)))
        .where(*visible(actor, Agent))
    )


def _hours(row: Any) -> cells.Cell:
    if row.start_time is None:
        return cells.text("Any time")
    return cells.text(f"{row.start_time:%H:%M} to {row.end_time:%H:%M}")


def _active(row: Any) -> cells.Cell:
    """Say whether the agent may act; one that was deleted never does."""
    return cells.flag(is_set=row.is_active and row.retired_at is None)


_AGENTS = Listing(
    name="agents",
    title="Agents",
    section="CRM",
    path=PATH,
    select=_select,
    key=Agent.id,
    columns=(
        Column("number", "Agent Number", lambda row: cells.ident(row.number), sort=Agent.number,
               priority=1),
        Column("user", "User", lambda row: cells.text(row.user), sort=_NAME, priority=1),
        Column("branch", "Branch", lambda row: cells.text(row.branch), sort=Branch.name),
        Column("hours", "Working hours", _hours),
        Column("geo-lock", "Geo-lock", lambda row: cells.flag(is_set=row.is_geo_locked),
               shown=False),
        Column("account", "Account", lambda row: cells.text(row.account)),
        Column("active", "Active", _active, sort=Agent.is_active),
    ),
    filters=(
        Filter("branch", "Branch", "choices", by_id(Agent.branch_id), branch_choices),
        Filter("suspended", "Suspended agents", "flag", lambda _value: ~Agent.is_active),
    ),
    search=contains(Agent.number, User.first_name, User.last_name, User.email),
    search_hint="Number, name or email",
    sort="number",
    label=lambda row: row.number,
    empty="Create the first agent: a user who serves customers outside of the branch.",
)  # fmt: skip


def _detail(session: Session, who: Actor, agent: Agent) -> dict[str, Any]:
    user = session.get_one(User, agent.user_id)
    branch = session.get_one(Branch, agent.branch_id)
    return {
        "title": f"{agent.number} {user.name}",
        "subtitle": f"Agent · {branch.name}",
        "ident": agent.number,
        "rows": [
            fact("Agent Number", cells.ident(agent.number)),
            fact("User", cells.text(user.name)),
            fact("Email", cells.text(user.email)),
            fact("Branch", cells.text(branch.title())),
            fact("Active", _active(agent)),
        ],
        "cards": [_working(agent), *_account(session, who, agent)],
        "actions": _actions(session, who, agent),
    }


def _working(agent: Agent) -> dict[str, Any]:
    zone = "Anywhere"
    if agent.zone is not None:
        centre = f"{shown_degrees(agent.zone_latitude)}, {shown_degrees(agent.zone_longitude)}"
        zone = f"{agent.zone_radius_metres:,} m around {centre}"
    rows = [
        fact("Working hours", _hours(agent)),
        fact("Geo-lock", cells.flag(is_set=agent.is_geo_locked)),
        fact("Allowed zone", cells.text(zone)),
    ]
    return {"title": "Working configuration", "rows": rows, "open": True}


def _account(session: Session, who: Actor, agent: Agent) -> list[dict[str, Any]]:
    if not agent.is_authorised:
        return []
    account = session.get(Account, agent.account_id) if agent.account_id else None
    shown = cells.text("Not linked yet")
    if account is not None:
        href = f"/admin/accounts/{account.id}" if holds(who, "accounts.view") else None
        named = f"{account.title()} (closed)" if account.is_closed else account.title()
        shown = cells.text(named, href=href, drawer=False)
    return [{"title": "Account", "rows": [fact("Agent account", shown)], "open": True}]


def _actions(session: Session, who: Actor, agent: Agent) -> list[dict[str, Any]]:
    if not agent.is_authorised:
        return []
    path, actions = f"{PATH}/{agent.id}", []
    if holds(who, "agents.edit"):
        if not is_ones_own(who, agent):
            actions.append(row_action("Edit Config", f"{path}/config", "clock", drawer=True))
        if open_account_of(session, agent) is None:
            link = row_action("Link Account", f"{path}/account", "link", drawer=True, primary=True)
            actions.append(link)
    if holds(who, "agents.change-status"):
        word, icon = ("Suspend", "ban") if agent.is_active else ("Reactivate", "play")
        status = row_action(word, f"{path}/{word.lower()}", icon, dialog=True,
                            danger=agent.is_active)  # fmt: skip
        actions.append(status)
    return actions


def _prepare(form: AgentForm, session: Session, who: Actor, agent: Agent | None) -> None:
    if agent is not None:
        del form.user_id
        del form.branch_id
        if not form.is_posted:
            form.show(agent)
        return
    users = select(User).where(
        User.organisation_id == who.tenant_id, User.kind == "employee", User.is_active
    )
    named = [(one.id, f"{one.name} · {one.email}") for one in
             session.scalars(users.order_by(User.first_name, User.last_name))]  # fmt: skip
    set_choices(form.user_id, named, empty="Choose a user")
    set_choices(form.branch_id, branch_choices(session, who), empty="Choose a branch")


@blueprint.route(f"{PATH}/<int:agent_id>/config", methods=["GET", "POST"])
@permit("agents.edit")
def configure(agent_id: int) -> Response:
    """Change hours and zone of an approved agent at once (E26.09)."""
    agent = find(read_session(), actor(), Agent, agent_id)
    form = ConfigForm(obj=agent)
    if not form.is_posted:
        form.show(agent)
    return form_view(
        form,
        command=lambda: form.configure(agent_id, posted_version()),
        title="Edit Config",
        submit_label="Save changes",
        to=f"{PATH}/{agent_id}",
        done_title="Working configuration saved",
        record=agent,
        form_fields="agents/_fields.html",
        summary=[fact("Agent", cells.text(agent.title()))],
    )


@blueprint.route(f"{PATH}/<int:agent_id>/account", methods=["GET", "POST"])
@permit("agents.edit")
def link(agent_id: int) -> Response:
    """Link an agent account, which has no customer (E26.11)."""
    session, who = read_session(), actor()
    agent, form = find(session, who, Agent, agent_id), LinkForm()
    linked = select(Agent.account_id).where(
        Agent.organisation_id == who.tenant_id, Agent.account_id.is_not(None)
    )
    query = select(Account).where(
        *visible(who, Account),
        Account.holder == "agent",
        Account.id.not_in(linked),
        Account.record_status == AUTHORIZED,
        Account.closed_on.is_(None),
    )
    offered = [(one.id, one.title()) for one in session.scalars(query.order_by(Account.number))]
    set_choices(form.account_id, offered, empty="Choose an account")
    return form_view(
        form,
        command=lambda: form.command(agent_id),
        title="Link Account",
        submit_label="Link Account",
        to=f"{PATH}/{agent_id}",
        done_title="Account linked",
        done_text="The agent holds a mandate for it.",
        obstacle="" if offered else NO_ACCOUNT,
        summary=[fact("Agent", cells.text(agent.title()))],
    )


@blueprint.route(f"{PATH}/<int:agent_id>/suspend", methods=["GET", "POST"])
@permit("agents.change-status")
def suspend(agent_id: int) -> Response:
    """Let an agent do nothing until they are reactivated."""
    return _set_active(agent_id, is_active=False)


@blueprint.route(f"{PATH}/<int:agent_id>/reactivate", methods=["GET", "POST"])
@permit("agents.change-status")
def reactivate(agent_id: int) -> Response:
    """Let a suspended agent act again."""
    return _set_active(agent_id, is_active=True)


def _set_active(agent_id: int, *, is_active: bool) -> Response:
    agent = find(read_session(), actor(), Agent, agent_id)
    if not agent.is_authorised:
        raise Conflict("Only an authorized agent is suspended")
    word = "Reactivate" if is_active else "Suspend"
    return confirm_view(
        command=lambda: SetAgentActive(agent_id, is_active=is_active),
        title=f"{word} Agent",
        body="The agent can act again, within hours and zone." if is_active
        else "Whatever the agent does is refused until they are reactivated.",
        rows=[fact("Agent", cells.text(agent.title()))],
        verb=word,
        to=f"{PATH}/{agent_id}",
        done_title="Agent reactivated" if is_active else "Agent suspended",
        danger=not is_active,
    )  # fmt: skip


mount_reviewed(
    blueprint,
    ReviewedPages(
        AGENT, "Agent", _AGENTS, AgentForm, _prepare, _detail, form_fields="agents/_fields.html"
    ),
)
