"""Pages of delegations: who approves in whose place, from when to when."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from app.access.delegations import LEVELS, DelegateApproval, Delegation, RevokeDelegation, lent
from app.access.models import User
from app.access.queries import running
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.tenant import calendar_date
from app.kernel.errors import Missing
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import Form, as_id, chosen, set_choices
from app.web.guard import permit
from app.web.listing import Column, Filter, Listing, contains, register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view
from app.web.respond import row_action

PATH = "/admin/delegations"
blueprint = Blueprint("delegations", __name__)
_Lender, _StandIn = aliased(User), aliased(User)
_LENDER = _Lender.first_name + " " + _Lender.last_name
_STAND_IN = _StandIn.first_name + " " + _StandIn.last_name
_STATES: dict[str, tuple[str, str]] = {
    "running": ("Running", "success"),
    "coming": ("Coming", "info"),
    "ended": ("Ended", "neutral"),
    "revoked": ("Revoked", "danger"),
}


class DelegationForm(Form):
    """Who approves in whose place; the days are the organisation's."""

    from_user_id = SelectField("In the place of", [Optional()], validate_choice=False)
    to_user_id = SelectField("Who stands in", chosen("Who stands in"), validate_choice=False)
    first_day = DateField("First day", [InputRequired("First day is required")])
    last_day = DateField("Last day", [InputRequired("Last day is required")])
    levels = SelectMultipleField("Levels", [InputRequired("Choose at least one level")])


def _select(actor: Actor) -> Select[Any]:
    """Select one's own delegations, given and received; who may see users sees everyone's."""
    query = (
        select(
            Delegation.id,
            Delegation.from_user_id,
            Delegation.first_day,
            Delegation.last_day,
            Delegation.levels,
            Delegation.revoked_at,
            _LENDER.label("lender"),
            _STAND_IN.label("stand_in"),
        )
        .join(_Lender, _Lender.id == Delegation.from_user_id)
        .join(_StandIn, _StandIn.id == Delegation.to_user_id)
        .where(*visible(actor, Delegation))
    )
    if holds(actor, "users.view"):
        return query
    mine = (Delegation.from_user_id == actor.user_id, Delegation.to_user_id == actor.user_id)
    return query.where(or_(*mine))


def _state(row: Any) -> str:
    if row.revoked_at is not None:
        return "revoked"
    today = _today()
    if row.last_day < today:
        return "ended"
    return "coming" if row.first_day > today else "running"


def _when(state: str) -> ColumnElement[bool]:
    today, is_valid = _today(), Delegation.revoked_at.is_(None)
    clauses = {
        "running": and_(*running(today)),
        "coming": and_(is_valid, Delegation.first_day > today),
        "ended": and_(is_valid, Delegation.last_day < today),
        "revoked": Delegation.revoked_at.is_not(None),
    }
    return clauses.get(state, false())


def _today() -> date:
    """Return the day on the calendar where the organisation is."""
    tenant = organisation()
    return calendar_date(tenant, door.clock()) if tenant else date.min


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    is_theirs = row.from_user_id == actor.user_id or holds(actor, "users.edit")
    if not is_theirs or _state(row) not in {"running", "coming"}:
        return []
    href = f"{PATH}/{row.id}/revoke"
    return [row_action("Revoke", href, "ban", dialog=True, danger=True)]


DELEGATIONS = register(
    Listing(
        name="delegations",
        title="Delegations",
        section="Approvals",
        path=PATH,
        select=_select,
        key=Delegation.id,
        columns=(
            Column("from", "In the place of", lambda row: cells.text(row.lender), priority=1),
            Column("to", "Who stands in", lambda row: cells.text(row.stand_in), priority=1),
            Column("first", "First day", lambda row: cells.day(row.first_day),
                   sort=Delegation.first_day),
            Column("last", "Last day", lambda row: cells.day(row.last_day),
                   sort=Delegation.last_day),
            Column("levels", "Levels",
                   lambda row: cells.text(", ".join(f"L{one}" for one in row.levels))),
            Column("state", "Status", lambda row: cells.badge(*_STATES[_state(row)]), priority=1),
        ),
        filters=(
            Filter(
                "state",
                "Status",
                "choice",
                _when,
                lambda _session, _actor: [(key, name) for key, (name, _) in _STATES.items()],
            ),
        ),
        search=contains(_LENDER, _STAND_IN),
        search_hint="Name of a person",
        sort="-first",
        label=lambda row: f"{row.stand_in} for {row.lender}",
        actions=_actions,
        empty="Name a colleague who approves in your place while you are away.",
    )
)  # fmt: skip


@blueprint.get(PATH)
@permit("approvals.view")
def delegations() -> Response:
    """List who approves in whose place."""
    who = actor()
    may_name = bool(_levels(who)) or holds(who, "users.edit")
    create = {"label": "Name a stand-in", "href": f"{PATH}/new"} if may_name else None
    return show_list(DELEGATIONS, create=create)


@blueprint.get(f"{PATH}.csv")
@permit("approvals.view")
def delegations_csv() -> Response:
    """Send the list as a file."""
    return send_csv(DELEGATIONS)


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("approvals.view")
def delegate() -> Response:
    """Name who approves in one's own place; who edits users may name it for others."""
    session, who = read_session(), actor()
    form = DelegationForm()
    people = _people(session, who)
    set_choices(form.to_user_id, [one for one in people if one[0] != who.user_id],
                empty="Choose a colleague")  # fmt: skip
    if holds(who, "users.edit"):
        set_choices(form.from_user_id, people, empty="My own place")
        set_choices(form.levels, _named(LEVELS))
    else:
        del form.from_user_id
        set_choices(form.levels, _named(_levels(who)))
    if not form.is_posted:
        form.first_day.data = form.last_day.data = _today()
    return form_view(
        form,
        command=lambda: DelegateApproval(
            to_user_id=as_id(form.to_user_id.data) or 0,
            first_day=form.first_day.data,
            last_day=form.last_day.data,
            levels=tuple(int(one) for one in form.levels.data),
            from_user_id=as_id(form.from_user_id.data) if "from_user_id" in form else None,
        ),
        title="Name a stand-in",
        submit_label="Save",
        to=PATH,
        done_title="Stand-in named",
        intro="They approve what you could approve, and never what either of you worked on.",
    )


@blueprint.route(f"{PATH}/<int:delegation_id>/revoke", methods=["GET", "POST"])
@permit("approvals.view")
def revoke(delegation_id: int) -> Response:
    """End a delegation at once, after a confirmation."""
    query = _select(actor()).where(Delegation.id == delegation_id)
    one = read_session().execute(query).one_or_none()
    if one is None:
        raise Missing
    return confirm_view(
        command=lambda: RevokeDelegation(delegation_id),
        title="Revoke delegation",
        body="They can no longer approve in this place, from now on.",
        rows=[
            fact("In the place of", cells.text(one.lender)),
            fact("Who stands in", cells.text(one.stand_in)),
            fact("Until", cells.day(one.last_day)),
        ],
        verb="Revoke",
        to=PATH,
        done_title="Delegation revoked",
        danger=True,
    )


def _levels(who: Actor) -> list[int]:
    """Return the levels that a person approves at of themselves, and may lend."""
    return [level for level in LEVELS if lent(who.permissions, (level,))]


def _named(levels: Iterable[int]) -> list[tuple[int, str]]:
    return [(one, f"Level {one}") for one in levels]


def _people(session: Session, who: Actor) -> Sequence[tuple[int, str]]:
    query = (
        select(User)
        .where(*visible(who, User), User.kind == "employee", User.is_active)
        .order_by(User.first_name, User.last_name, User.id)
    )
    return [(one.id, one.name) for one in session.scalars(query)]
