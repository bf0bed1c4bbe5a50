"""Carries a movement out on assets as they were read, writing nothing."""

from app.controls.work import Work
from app.kernel.errors import INSUFFICIENT, Conflict
from app.transactions.movement import Movement, demand_limit
from app.transactions.settings import settings_of


def rehearse(
    work: Work, movement: Movement, receiving: Movement | None, available: dict[int, int]
) -> None:
    """Take from and add to `available`, minor units by asset, what posting a movement would.

    An asset that is not in it yet has what it had when it was read. Refuses as posting does
    (409, 422), and then leaves `available` as it was.
    """
    asset = movement.asset
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    demand_limit(settings, asset, movement.legs[0].amount_minor)
    after: dict[int, int] = {}
    for part in (movement, receiving):
        if part is not None:
            _carry_out(part, available, after)
    available |= after


def _carry_out(movement: Movement, available: dict[int, int], after: dict[int, int]) -> None:
    for leg in movement.legs:
        for side, asset, signed in (
            ("D", leg.debit, -leg.amount_minor),
            ("C", leg.credit, leg.amount_minor),
        ):
            asset.demand_usable(side)
            if asset.is_limited:
                had = after.get(asset.id, available.get(asset.id, asset.available_minor))
                after[asset.id] = had + signed
    if any(after.get(leg.debit.id, 0) < 0 for leg in movement.legs):
        raise Conflict(INSUFFICIENT)
