"""What a page shows of charges."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.charges.models import Charge, ChargeDue


def charges_of_assets(
    session: Session, organisation_id: int, asset_ids: Sequence[int], *, limit: int
) -> list[tuple[ChargeDue, Charge]]:
    """Return the newest charges of some assets, for a page."""
    query = (
        select(ChargeDue, Charge)
        .join(Charge, Charge.id == ChargeDue.charge_id)
        .where(ChargeDue.organisation_id == organisation_id, ChargeDue.asset_id.in_(asset_ids))
        .order_by(ChargeDue.due_on.desc(), ChargeDue.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]
