"""The Amendments card of a facility's page: what its terms were, and what they shall be."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.amendments.commands import PATH
from app.amendments.models import FacilityAmendment
from app.amendments.terms import changes
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import DENIED
from app.credit.facility import CANCELLED, Facility
from app.web import cells

MOST = 20


def amendments_card(session: Session, who: Actor, facility: Facility) -> dict[str, Any]:
    """Return the newest amendments; Amend is there where none is open."""
    query = (
        select(FacilityAmendment)
        .where(
            FacilityAmendment.organisation_id == facility.organisation_id,
            FacilityAmendment.facility_id == facility.id,
            FacilityAmendment.retired_at.is_(None),
        )
        .order_by(FacilityAmendment.id.desc())
        .limit(MOST)
    )
    rows = session.scalars(query).all()
    is_settled = all(one.is_authorised or one.record_status == DENIED for one in rows)
    may_amend = is_settled and facility.status != CANCELLED and holds(who, "facilities.create")
    return {
        "amend_href": f"{PATH}/new?facility={facility.id}" if may_amend else None,
        "rows": [
            {
                "made": cells.text(cells.instant(one.created_at)["text"], href=f"{PATH}/{one.id}"),
                "status": cells.record_status(one.record_status),
                "reason": one.reason,
                "changes": changes(one),
            }
            for one in rows
        ],
    }
