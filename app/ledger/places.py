"""Where money moves: the headers that name an asset, the projects and branches that lines reach."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, SelectBase, and_, or_, select
from sqlalchemy.orm import Session

from app.ledger.kinds import TRANSFERS
from app.ledger.models import Asset, Transaction

Places: TypeAlias = Sequence[tuple[int | None, int | None]]


def places_of(session: Session, asset_ids: Iterable[int] | SelectBase) -> Places:
    """Return each project with each branch in it that some of these assets are of."""
    query = select(Asset.project_id, Asset.branch_id).where(Asset.id.in_(asset_ids)).distinct()
    return session.execute(query).all()


def places_of_lines(session: Session, record: Any) -> Places:
    """Return where the lines that a record keeps move money."""
    return places_of(session, {line["asset_id"] for line in record.lines or ()})


def on_a_side(asset_id: Any) -> ColumnElement[bool]:
    """Match the transactions whose header names an asset, also as the other side (W08.34)."""
    other = and_(Transaction.counter_asset_id == asset_id, Transaction.kind.not_in(TRANSFERS))
    return or_(Transaction.asset_id == asset_id, other)
