"""What a movement of money costs the client, as legs of the same transaction."""

from dataclasses import replace

from app.controls.work import Work
from app.transactions.houses import house_side
from app.transactions.movement import Leg, Movement
from app.transactions.settings import settings_of


def charged(work: Work, movement: Movement) -> Movement:
    """Return the movement with what it costs the asset it is of (W03.16, W04.02).

    Each charge is a leg to the house's income, and a line of `charges` that names its rule.
    """
    asset = movement.asset
    if movement.kind != "withdrawal":
        return movement
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    fee_minor = settings.network_fees.get((asset.project_id or 0, asset.currency), 0)
    if not fee_minor:
        return movement
    income = house_side(work, asset, "fees")
    return replace(
        movement,
        legs=(*movement.legs, Leg(asset, income, fee_minor, narrative="Network fee")),
        fee_minor=fee_minor,
        charges=({"name": "Network fee", "amount_minor": fee_minor},),
    )
