"""Loan Configuration > Base Rates: the list, one rate with its code's history, a new rate."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.conditions.base_rates import BASE_RATE
from app.conditions.forms import BaseRateForm
from app.conditions.models import BaseRate
from app.conditions.pages import BASE_RATES_PATH, rate_until_then
from app.conditions.withdrawing import (
    WithdrawBaseRate,
    can_be_withdrawn,
    obstacle_to_withdrawal,
)
from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.controls.retiring import demand_live
from app.controls.review import STATUS_NAMES
from app.controls.tenant import Organisation
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.listing import Column, Listing, contains
from app.web.pages import confirm_view, fact, posted_version
from app.web.respond import row_action

blueprint = Blueprint("base_rates", __name__)


def _select(actor: Actor) -> Select[Any]:
    return select(
        BaseRate.id,
        BaseRate.code,
        BaseRate.name,
        BaseRate.rate_percent,
        BaseRate.effective_from,
    ).where(*visible(actor, BaseRate))


_RATES = Listing(
    name="base-rates",
    title="Base Rates",
    section="Loan Configuration",
    path=BASE_RATES_PATH,
    select=_select,
    key=BaseRate.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=BaseRate.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=BaseRate.name, priority=1),
        Column("rate", "Rate (% a year)", lambda row: cells.text(f"{row.rate_percent:f}"),
               numeric=True, priority=1),
        Column("from", "Effective From", lambda row: cells.day(row.effective_from),
               sort=BaseRate.effective_from),
    ),
    search=contains(BaseRate.code, BaseRate.name),
    search_hint="Code or name",
    sort="-from",
    label=lambda row: row.code,
    empty="Create the first base rate: loans and account conditions may lean on it.",
)  # fmt: skip


def _detail(session: Session, who: Actor, record: BaseRate) -> dict[str, Any]:
    query = select(BaseRate).where(
        BaseRate.organisation_id == record.organisation_id,
        BaseRate.code == record.code,
        BaseRate.retired_at.is_(None),
    )
    history = []
    for one in session.scalars(query.order_by(BaseRate.effective_from.desc())):
        shown = f"{one.rate_percent:f} % · {STATUS_NAMES[one.record_status]}"
        href = None if one.id == record.id else f"{BASE_RATES_PATH}/{one.id}"
        history.append(fact(one.effective_from.isoformat(), cells.text(shown, href=href)))
    page: dict[str, Any] = {
        "title": record.name,
        "ident": record.code,
        "rows": [
            fact("Code", cells.ident(record.code)),
            fact("Rate (% a year)", cells.text(f"{record.rate_percent:f}")),
            fact("Effective From", cells.day(record.effective_from)),
            *rate_until_then(session, record),
        ],
        "cards": [{"title": "History", "rows": history, "open": True}],
    }
    if record.is_authorised and holds(who, "base-rates.create"):
        href = f"{BASE_RATES_PATH}/new?code={record.code}"
        page["actions"] = [row_action("New rate", href, "plus", drawer=True)]
    if can_be_withdrawn(record, _today(session, record)) and holds(who, "base-rates.delete"):
        href = f"{BASE_RATES_PATH}/{record.id}/withdraw"
        withdraw = row_action("Withdraw", href, "undo-2", dialog=True, danger=True)
        page["actions"] = [*page.get("actions", ()), withdraw]
    return page


def _today(session: Session, record: BaseRate) -> date:
    return session.get_one(Organisation, record.organisation_id).business_date


def _prepare(form: BaseRateForm, session: Session, who: Actor, record: BaseRate | None) -> None:
    if record is not None:
        del form.code
        if not form.is_posted:
            form.rate.data = format(record.rate_percent, "f")
        return
    code = request.args.get("code", "")
    if code and not form.is_posted:
        query = select(BaseRate.name).where(*visible(who, BaseRate), BaseRate.code == code)
        form.code.data = code
        form.name.data = session.scalars(query).first() or ""


@blueprint.route(f"{BASE_RATES_PATH}/<int:rate_id>/withdraw", methods=["GET", "POST"])
@permit("base-rates.delete")
def withdraw(rate_id: int) -> Response:
    """Take an approved rate back before it begins, after a confirmation."""
    session = read_session()
    record = find(session, actor(), BaseRate, rate_id)
    demand_live(record)
    obstacle = obstacle_to_withdrawal(session, record, _today(session, record))
    return confirm_view(
        command=lambda: WithdrawBaseRate(rate_id, posted_version(), request.form.get("reason", "")),
        title="Withdraw Base Rate",
        body=obstacle
        or "It never begins, and its day can be given again. No interest was worked "
        "out with it yet.",
        verb="" if obstacle else "Withdraw",
        rows=[
            fact("Base rate", cells.text(record.title())),
            fact("Rate (% a year)", cells.text(f"{record.rate_percent:f}")),
            *rate_until_then(session, record),
        ],
        reason=None
        if obstacle
        else {"label": "Reason", "minimum": SHORTEST_REASON, "maximum": LONGEST_REASON},
        to=BASE_RATES_PATH,
        done_title="Base rate withdrawn",
        danger=True,
        version=record.version,
    )


mount_reviewed(
    blueprint, ReviewedPages(BASE_RATE, "Base Rate", _RATES, BaseRateForm, _prepare, _detail)
)
