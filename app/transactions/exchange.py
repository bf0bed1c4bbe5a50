"""An exchange: a client gives one currency of theirs for another, through the house's position.

Each currency balances by itself: what the client gives is credited to the house's position in
that currency, what the client receives is debited to its position in the other, both valued at
mid. What the position gains between the two is the spread: it leaves the position in base
currency for the house's income, and what the rounding left follows on a line of its own. So the
positions of a branch sum to zero in base at the rates they were dealt at; what they are worth
later is the matter of a revaluation.
"""

from dataclasses import dataclass, field
from typing import Any

from app.controls.work import Work
from app.db.types import plain_rate
from app.kernel.errors import Refusal
from app.kernel.exchange import Conversion, Quote, convert_given, convert_received
from app.ledger.locking import LockedAsset, lock_assets
from app.transactions.charging import charged
from app.transactions.houses import house_assets
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement
from app.transactions.settings import settings_of

SAME_CURRENCY = "Choose an asset in another currency"
OTHER_OWNER = "Both assets of an exchange belong to one customer"
ONE_AMOUNT = "Type either the amount given or the amount received"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Give an amount of one asset for another currency, or for an amount of it, in minor units."""

    asset_id: int
    counter_asset_id: int
    amount_minor: int | None = None
    received_minor: int | None = None
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class Deal:
    """The terms of an exchange: what is worked out, from which quotes."""

    conversion: Conversion
    given: Quote
    received: Quote


def exchanged(work: Work, command: Exchange) -> tuple[Movement, None]:
    """Lock both assets and return the exchange at the rates of this moment, with its fees.

    Refused (422): one currency, two owners, both amounts or none, what is too small to buy
    anything, a currency without a rate; (409) an asset that may not be transacted.
    """
    assets = lock_assets(work, (command.asset_id, command.counter_asset_id))
    asset, counter = assets[command.asset_id], assets[command.counter_asset_id]
    if asset.currency == counter.currency:
        raise Refusal(SAME_CURRENCY, field="counter_asset_id")
    if asset.client_id is None or asset.client_id != counter.client_id:
        raise Refusal(OTHER_OWNER, field="counter_asset_id")
    counter.demand_usable("C")
    deal = dealt(work, command, asset, counter)
    movement = Movement(
        "exchange",
        "both",
        asset,
        counter,
        _legs(work, asset, counter, deal.conversion),
        command.particulars,
        more=_settlement(counter, deal),
    )
    return charged(work, movement), None


def dealt(work: Work, command: Exchange, asset: LockedAsset, counter: LockedAsset) -> Deal:
    """Work the exchange out from the rates in force, whichever of its amounts was typed."""
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    given, received = settings.quote(asset.currency), settings.quote(counter.currency)
    if (command.amount_minor is None) == (command.received_minor is None):
        raise Refusal(ONE_AMOUNT, field="amount")
    if command.amount_minor is not None:
        conversion = convert_given(command.amount_minor, given, received, asset.base_exponent)
    else:
        typed = command.received_minor or 0
        conversion = convert_received(typed, given, received, asset.base_exponent)
    return Deal(conversion, given, received)


def _legs(
    work: Work, asset: LockedAsset, counter: LockedAsset, conversion: Conversion
) -> tuple[Leg, ...]:
    base = (asset.base_currency, asset.base_exponent)
    bought, sold, position, income = house_assets(
        work,
        work.actor.branch_id or asset.branch_id,
        (
            ("position", asset.currency, asset.exponent),
            ("position", counter.currency, counter.exponent),
            ("position", *base),
            ("exchange", *base),
        ),
    )
    legs = [
        Leg(asset, bought, conversion.given_minor, narrative=f"Exchange to {counter.currency}"),
        Leg(sold, counter, conversion.received_minor, narrative=f"Exchange from {asset.currency}"),
    ]
    if conversion.spread_minor:
        legs.append(Leg(position, income, conversion.spread_minor, narrative="Exchange spread"))
    if conversion.rounding_minor:
        legs.append(Leg(position, income, conversion.rounding_minor, narrative="Rounding"))
    return tuple(legs)


def _settlement(counter: LockedAsset, deal: Deal) -> dict[str, Any]:
    """Return what the header keeps of the deal (L05.03), dated by the older of its rates."""
    foreign = [one for one in (deal.given, deal.received) if one.code != counter.base_currency]
    oldest = min(foreign, key=lambda quote: quote.on)
    return {
        "settled_minor": deal.conversion.received_minor,
        "settled_currency": counter.currency,
        "settled_exponent": counter.exponent,
        "exchange_rate": plain_rate(deal.conversion.rate),
        "rate_source": oldest.source,
        "rated_on": oldest.on,
    }
