"""What a movement of money costs, as legs of the same transaction."""

from dataclasses import replace
from typing import Any

from app.controls.work import Work
from app.fees.prices import prices_of
from app.fees.pricing import Charge, price
from app.fees.rules import Asked
from app.kernel.errors import Refusal
from app.ledger.house import purpose_of
from app.ledger.locking import LockedAsset
from app.transactions.houses import house_sides
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement

FEES, TAX = "fees", "tax"


def charged(work: Work, movement: Movement) -> Movement:
    """Return the movement with what it costs (W03.16, W04.02, E18.12).

    Each charge is a leg to its rule's income, its tax a leg to what is owed for taxes. What is
    on top is paid by the asset the movement is of; what is deducted by the side that receives.
    """
    asset = movement.asset
    if asset.client_id is None or asset.project_id is None:
        return movement
    prices = prices_of(lambda: work.session, asset.organisation_id, asset.configuration_version)
    quote = price(prices, _asked(movement, asset, asset.project_id))
    if not quote.charges:
        return movement
    return replace(
        movement,
        legs=(*movement.legs, *_legs(work, movement, quote.charges)),
        fee_minor=quote.fee_minor,
        tax_minor=quote.tax_minor,
        charges=tuple(charge.as_text() for charge in quote.charges),
    )


def transferred(
    work: Work,
    sending: tuple[LockedAsset, LockedAsset],
    receiving: tuple[LockedAsset, LockedAsset],
    amount_minor: int,
    *,
    particulars: Particulars,
    more: dict[str, Any] | None = None,
) -> tuple[Movement, Movement]:
    """Return both halves of a transfer with what it costs (L02.04).

    Each side is an asset and the clearing account of its branch, so that each branch's books
    balance: what one owes another stands on its clearing. What is deducted is not received.
    Refused (422): fees that leave nothing.
    """
    (asset, sent), (counter, received) = sending, receiving
    out = (Leg(asset, sent, amount_minor),)
    movement = charged(
        work, Movement("transfer_out", "out", asset, counter, out, particulars, more=more)
    )
    left_minor = amount_minor - _deducted_minor(movement)
    if left_minor == 0:
        raise Refusal("Nothing is left to transfer after the fees", field="amount")
    into = (Leg(received, counter, left_minor),)
    # Who receives it reads whom it came from (W09.03).
    particulars = replace(particulars, source_email=asset.client_email or "")
    return movement, Movement("transfer_in", "in", counter, asset, into, particulars, more=more)


def _deducted_minor(movement: Movement) -> int:
    """Return what the receiving side of an outgoing movement pays of its charges."""
    receiver = movement.legs[0].credit.id
    return sum(leg.amount_minor for leg in movement.legs[1:] if leg.debit.id == receiver)


def _asked(movement: Movement, asset: LockedAsset, project_id: int) -> Asked:
    currency = movement.counter.currency
    return Asked(
        kind=movement.kind.removesuffix("_out"),
        sub_type=movement.particulars.sub_type,
        currency=asset.currency,
        exponent=asset.exponent,
        amount_minor=movement.legs[0].amount_minor,
        project_id=project_id,
        group_id=asset.fee_group_id,
        counter_currency=currency if currency != asset.currency else "",
    )


def _legs(work: Work, movement: Movement, charges: tuple[Charge, ...]) -> list[Leg]:
    purposes = {_income(charge) for charge in charges}
    if any(charge.tax_minor for charge in charges):
        purposes.add(TAX)
    houses = house_sides(work, movement.asset, purposes)
    legs = []
    for charge in charges:
        is_of_asset = charge.is_on_top or movement.direction != "out"
        payer = movement.asset if is_of_asset else movement.legs[0].credit
        texts = {"code": charge.code, "narrative": charge.name}
        legs.append(Leg(payer, houses[_income(charge)], charge.amount_minor, **texts))
        if charge.tax_minor:
            texts["narrative"] = f"Tax on {charge.name}"
            legs.append(Leg(payer, houses[TAX], charge.tax_minor, **texts))
    return legs


def _income(charge: Charge) -> str:
    return FEES if charge.product_id is None else purpose_of(charge.product_id)
