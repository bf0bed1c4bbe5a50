"""The pages of a forward-dated transaction and of a standing order."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.calendars.queries import working_days
from app.controls.identity import Actor
from app.controls.permissions import find, holds, visible
from app.controls.review import DENIED
from app.controls.tenant import Organisation
from app.kernel.schedules import rolled
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.mandates.pages import joint_card
from app.organisation.models import Branch
from app.records.pages import with_danger
from app.records.workflow import review_timeline, workflow_panel
from app.schedules.forward import FORWARD, may_cancel
from app.schedules.generation import missed_days
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.orders import ORDER
from app.schedules.reserving import reservations_of
from app.schedules.resource import approval_badge, status_badge
from app.schedules.scheduling import lacks_calendar
from app.schedules.words import (
    ACTIVE,
    CANCELLED,
    DRAFT,
    EXECUTED,
    EXECUTION,
    FORWARD_PATH,
    LIVE,
    ORDERS_PATH,
    PAUSED,
    POLICIES,
    SCHEDULED,
    TYPES,
)
from app.transactions.entries import lines_view
from app.transactions.parties import KINDS, Party, party_cell
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

Row = dict[str, Any]
KINDS[EXECUTION] = Party(
    ForwardDated, FORWARD_PATH, "forward-dated.view", lambda one: str(one.reference)
)


def forward_detail(session: Session, who: Actor, one: ForwardDated) -> dict[str, Any]:
    """Return the page of a forward-dated transaction: its days, its reservation, its lines."""
    cards = [{"title": "General", "rows": _forward_rows(session, who, one), "open": True}]
    if one.standing_order_id is not None:
        cards.append({"title": "Source", "rows": _source(session, who, one), "open": True})
    panel = workflow_panel(session, who, FORWARD, one)
    if panel is not None and one.status == CANCELLED:
        panel["buttons"] = []
    return _detail(session, one, cards, workflow=panel) | {
        "subtitle": TYPES[one.kind],
        "back": {"label": "Forward-Dated", "href": FORWARD_PATH},
        "actions": _forward_actions(who, one),
        "timeline": review_timeline(session, FORWARD, one),
        "reservations": _reservations(session, one),
    }


def order_detail(session: Session, who: Actor, order: StandingOrder) -> dict[str, Any]:
    """Return the page of a standing order: its recurrence, its cursor, its lines."""
    cards = [{"title": "General", "rows": _order_rows(session, order), "open": True}]
    if order.is_authorised:
        rows = _cursor(session, who, order)
        cards.append({"title": "Recurrence Cursor", "rows": rows, "open": True})
    page = _detail(session, order, cards, workflow=workflow_panel(session, who, ORDER, order)) | {
        "subtitle": "Standing order",
        "back": {"label": "Standing Orders", "href": ORDERS_PATH},
        "actions": _order_actions(who, order),
        "timeline": review_timeline(session, ORDER, order),
    }
    # Only a draft can be deleted; the others have no such part at all (E44.55, E44.56).
    if order.is_editable or order.retired_at is not None:
        return with_danger(page, session, who, record=order, path=ORDERS_PATH)
    return page


def _detail(
    session: Session,
    one: ForwardDated | StandingOrder,
    cards: list[dict[str, Any]],
    *,
    workflow: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "title": one.reference,
        "ident": "",
        "badge": None,
        "badges": [approval_badge(one.record_status), status_badge(one.status)],
        "cards": [*cards, *joint_card(session, one)],
        "tabs": [],
        "workflow": workflow,
        "version": one.version,
        "entries": lines_view(session, one.lines, one.organisation_id)
        | {"is_posted": one.status == EXECUTED},
        "reservations": [],
    }


def _forward_rows(session: Session, who: Actor, one: ForwardDated) -> list[Row]:
    is_rolled = one.execution_on != one.scheduled_on
    rows = [
        fact("Forward Reference", cells.ident(one.reference)),
        fact("Transaction Type", cells.text(TYPES[one.kind])),
        fact("Scheduled Date", cells.day(one.scheduled_on)),
        fact(f"Execution Date{' (Rolled)' if is_rolled else ''}", cells.day(one.execution_on)),
        *_late(session, one),
        *_uncertain(session, one),
        fact("Working Day Policy", cells.text(POLICIES[one.policy])),
        *_shared(session, one),
    ]
    if one.transaction_id is not None:
        posted = party_cell(session, who, "transaction", one.transaction_id)
        rows.append(fact("Executed Transaction", posted))
    if one.failure_reason:
        rows.append(fact("Failure reason", cells.text(one.failure_reason)))
    if one.acknowledged_at is not None:
        rows.append(fact("Acknowledged", cells.instant(one.acknowledged_at)))
        rows.append(fact("What becomes of it", cells.text(one.acknowledgement)))
    if one.ended_at is not None:
        rows.append(fact("Ended", cells.instant(one.ended_at)))
    return rows


def _late(session: Session, one: ForwardDated) -> list[Row]:
    """Return when one is booked whose day went by while it waited for its approval: at once."""
    today = session.get_one(Organisation, one.organisation_id).business_date
    is_waiting = one.is_pending and one.status == DRAFT
    if not is_waiting or one.execution_on >= today:
        return []
    return [fact("Booked on, once approved", cells.day(today))]


def _uncertain(session: Session, one: ForwardDated) -> list[Row]:
    """Return why the day it is booked on may yet change (E43.30)."""
    if one.status not in {DRAFT, SCHEDULED} or one.record_status == DENIED:
        return []
    days = one.scheduled_on, one.execution_on
    told = lacks_calendar(session, one.organisation_id, *days)
    return [fact("Working days", cells.text(told))] if told else []


def _order_rows(session: Session, order: StandingOrder) -> list[Row]:
    rows = [
        fact("Reference", cells.ident(order.reference)),
        fact("Frequency", cells.text("Monthly")),
        fact("Day of Month", cells.text(order.day_of_month)),
        fact("Start Date", cells.day(order.start_on)),
        fact("End Date", cells.day(order.end_on) if order.end_on else cells.text("Open-ended")),
        *_shared(session, order),
    ]
    if order.ended_at is not None:
        rows.append(fact("Ended", cells.instant(order.ended_at)))
    return rows


def _shared(session: Session, one: ForwardDated | StandingOrder) -> list[Row]:
    tenant = session.get_one(Organisation, one.organisation_id)
    branch, maker = session.get_one(Branch, one.branch_id), None
    if one.maker_id is not None:
        maker = session.get_one(User, one.maker_id)
    total = cells.money(one.total_minor, tenant.base_exponent, tenant.base_currency)
    return [
        fact("Branch", cells.text(branch.name)),
        fact("Narrative", cells.text(one.narrative)),
        fact("Total LCY", total),
        fact("Rates locked on", cells.day(one.rated_on)),
        fact("Maker", cells.text(maker.name if maker else "The house itself")),
        fact("Created", cells.instant(one.created_at)),
        fact("Updated", cells.instant(one.updated_at)),
        fact("Version", cells.text(one.version)),
    ]


def _source(session: Session, who: Actor, one: ForwardDated) -> list[Row]:
    """Return what made it, as the documents name it (E43.56, E43.57)."""
    order = find(session, who, StandingOrder, one.standing_order_id or 0)
    return [
        fact("Source type", cells.text(one.source_type)),
        fact("Source ID", cells.text(order.id)),
        fact("Standing Order", _link(order.reference, f"{ORDERS_PATH}/{order.id}")),
    ]


def _cursor(session: Session, who: Actor, order: StandingOrder) -> list[Row]:
    following = order.next_scheduled_on
    is_worked = working_days(session, order.organisation_id)
    query = select(ForwardDated).where(
        *visible(who, ForwardDated), ForwardDated.standing_order_id == order.id
    )
    last = session.scalars(query.order_by(ForwardDated.scheduled_on.desc()).limit(1)).first()
    payments = f"{FORWARD_PATH}?order={order.reference}"
    rows = [
        fact("Next Scheduled Date", cells.day(following)),
        fact("Next Resolved Execution Date",
             cells.day(rolled(following, is_worked) if following else None)),
        fact("Last Generated Date", cells.day(order.last_generated_on)),
        fact("Last Generated FDT",
             _link(last.reference, f"{FORWARD_PATH}/{last.id}") if last else cells.text("")),
        fact("Generated Count", _link(order.generated_count, payments)),
    ]  # fmt: skip
    if order.waiting_reason:
        rows.append(fact("Not reserved yet", cells.text(order.waiting_reason)))
    today = session.get_one(Organisation, order.organisation_id).business_date
    missed = ", ".join(day.isoformat() for day in missed_days(session, order, today))
    if missed:
        rows.append(fact("Missed, not paid", cells.text(missed)))
    return rows


def _reservations(session: Session, one: ForwardDated) -> list[dict[str, Any]]:
    """Return what is locked on each debit account while it waits for its day (E43.36, E43.37)."""
    if one.status not in LIVE:
        return []
    tenant = session.get_one(Organisation, one.organisation_id)
    found = []
    for reservation in reservations_of(session, one):
        asset = session.get_one(Asset, reservation.asset_id)
        account = session.get_one(Account, asset.account_id)
        available = cells.money(asset.available_minor, asset.exponent, asset.currency)
        found.append(
            {
                "account": account.number,
                "href": f"/admin/assets/{asset.id}",
                "amount": cells.money(reservation.amount_minor, asset.exponent, asset.currency),
                "base": cells.money(
                    reservation.base_minor, tenant.base_exponent, tenant.base_currency
                ),
                "available": available,
            }
        )
    return found


def _forward_actions(who: Actor, one: ForwardDated) -> list[dict[str, Any]]:
    path, actions = f"{FORWARD_PATH}/{one.id}", []
    if one.is_editable and holds(who, "forward-dated.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", primary=True))
    if one.can_cancel and may_cancel(who, one):
        cancel = row_action("Cancel", f"{path}/cancel", "ban", dialog=True, danger=True)
        actions.append(cancel)
    if one.is_unseen_failure and holds(who, "closing.resume"):
        seen = row_action("Acknowledge", f"{path}/acknowledge", "check", dialog=True, primary=True)
        actions.append(seen)
    return actions


def _order_actions(who: Actor, order: StandingOrder) -> list[dict[str, Any]]:
    path, actions = f"{ORDERS_PATH}/{order.id}", []
    is_open = order.is_editable and order.status == DRAFT and order.retired_at is None
    if is_open and holds(who, "standing-orders.edit"):
        actions.append(row_action("Edit", f"{path}/edit", "pencil", primary=True))
    if order.status == ACTIVE and holds(who, "standing-orders.pause"):
        actions.append(row_action("Pause", f"{path}/pause", "pause", dialog=True))
    if order.status == PAUSED and holds(who, "standing-orders.pause"):
        resume = row_action("Resume", f"{path}/resume", "play", dialog=True, primary=True)
        actions.append(resume)
    if order.status in {ACTIVE, PAUSED} and holds(who, "standing-orders.cancel"):
        cancel = row_action("Cancel", f"{path}/cancel", "ban", dialog=True, danger=True)
        actions.append(cancel)
    return actions


def _link(text: object, href: str) -> cells.Cell:
    return cells.text(text, href=href, drawer=False)
