"""What a dialog says of the money that is planned: how much, of whom, to whom, and on which day."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.tenant import Organisation
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.words import LIVE
from app.transactions.entries import lines_view
from app.web import cells
from app.web.pages import fact

_MOST_LINES = 5


def money_asked(session: Session, one: ForwardDated | StandingOrder) -> list[dict[str, Any]]:
    """Return its total in base currency, and its lines: who pays and who is paid."""
    tenant = session.get_one(Organisation, one.organisation_id)
    total = cells.money(one.total_minor, tenant.base_exponent, tenant.base_currency)
    rows = [fact("Each payment" if isinstance(one, StandingOrder) else "Amount", total)]
    batches = lines_view(session, one.lines, one.organisation_id)["batches"]
    for side, word in (("D", "From"), ("C", "To")):
        lines = [line for batch in batches for line in batch[side]]
        rows += [
            fact(f"{word} {line['owner']} · {line['account']}", line["amount"])
            for line in lines[:_MOST_LINES]
        ]
        if len(lines) > _MOST_LINES:
            rows.append(fact(word, cells.text(f"{len(lines) - _MOST_LINES} more")))
    return rows


def scheduled_payments(session: Session, who: Actor, order: StandingOrder) -> list[dict[str, Any]]:
    """Return the payments of an order that wait for their day."""
    query = select(ForwardDated).where(
        *visible(who, ForwardDated),
        ForwardDated.standing_order_id == order.id,
        ForwardDated.status.in_(LIVE),
    )
    return [
        fact(f"Scheduled payment {one.reference}", cells.day(one.execution_on))
        for one in session.scalars(query.order_by(ForwardDated.execution_on, ForwardDated.id))
    ]
