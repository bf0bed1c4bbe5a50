"""The close on the dashboard: the business date, the last close, the next."""

from typing import Any

from sqlalchemy.orm import Session

from app.closing.models import COMPLETED
from app.closing.queries import next_close, standing
from app.closing.running import PATH
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.statements.commands import shown_date
from app.web import cells
from app.workspace.dashboard import figure


def figures(session: Session, who: Actor, tenant: Organisation) -> list[dict[str, Any]]:
    """Return the figure of the business date, for those who may see closes."""
    if not holds(who, "closing.view"):
        return []
    run, rules = standing(session, tenant.id)
    day = shown_date(tenant.business_date)
    if run is not None and run.state != COMPLETED:
        tone = "danger" if run.state == "blocked" else "info"
        note = f"the close of {shown_date(run.business_date)} is {run.state}"
        return [figure("Business date", day, note, "moon", tone=tone, href=f"{PATH}/{run.id}")]
    closed = f"last closed {shown_date(run.business_date)}" if run else "no close yet"
    at = next_close(rules, tenant)
    is_late = at is not None and at < door.clock()
    then = f", next {cells.instant(at)['text']}" if at else ", closed by hand"
    return [
        figure(
            "Business date", day, f"{closed}{then}", "moon",
            tone="warning" if is_late else "", href="/admin/close-of-business",
        )
    ]  # fmt: skip
