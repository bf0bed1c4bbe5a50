"""Where money moves: the projects and branches of the assets that a record's lines name."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session

from app.ledger.models import Asset

Places: TypeAlias = Sequence[tuple[int | None, int | None]]


def places_of(session: Session, asset_ids: Iterable[int] | SelectBase) -> Places:
    """Return each project with each branch in it that some of these assets are of."""
    query = select(Asset.project_id, Asset.branch_id).where(Asset.id.in_(asset_ids)).distinct()
    return session.execute(query).tuples().all()


def places_of_lines(session: Session, record: Any) -> Places:
    """Return where the lines that a record keeps move money."""
    return places_of(session, {line["asset_id"] for line in record.lines or ()})
