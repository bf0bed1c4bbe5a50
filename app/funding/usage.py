"""A funding source as a movement of money names it."""

from typing import Any

from app.controls.permissions import find
from app.controls.work import Work
from app.funding.models import REJECTED, VERIFIED, FundingSource
from app.kernel.errors import Conflict, Refusal

NOT_VERIFIED = "This funding source is not verified"


def funded(
    work: Work, asset_id: int, funding_source_id: int | None, *, only_verified: bool = False
) -> dict[str, Any]:
    """Return the header's column for a funding source of the asset; none is no column.

    Refused: one of another asset (422), one that is rejected or, where asked, not verified (409).
    """
    if funding_source_id is None:
        return {}
    source = find(work.session, work.actor, FundingSource, funding_source_id)
    if source.asset_id != asset_id or source.retired_at is not None:
        raise Refusal("Choose a funding source of this wallet", field="funding_source_id")
    if source.status == REJECTED or (only_verified and source.status != VERIFIED):
        raise Conflict(NOT_VERIFIED, field="funding_source_id")
    return {"funding_source_id": source.id}


def demand_payable(work: Work, funding_source_id: int | None) -> None:
    """Refuse (409) to pay out to a source that is verified no more, or no longer linked."""
    if funding_source_id is None:
        return
    source = work.session.get_one(FundingSource, funding_source_id)
    if source.status != VERIFIED or source.retired_at is not None:
        raise Conflict(f"{source.title()} is not verified any more: nothing is paid out to it")
