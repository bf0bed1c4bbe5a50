"""What an exchange would be, worked out by the code that does it and then undone."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.controls.commands import handles
from app.controls.rehearsing import undone
from app.controls.work import Work
from app.transactions.exchange import Exchange, exchanged


@dataclass(frozen=True, slots=True)
class PreviewExchange:
    """Work an exchange out without making it."""

    is_rehearsal: ClassVar[bool] = True
    exchange: Exchange


@handles(PreviewExchange, permission="assets.exchange")
def preview_exchange(work: Work, command: PreviewExchange) -> dict[str, Any]:
    """Return given, received, rate, spread, fees and what is missing, in minor units.

    What working it out wrote (a house account opened at first use) is taken back: nothing is
    changed and nothing logged.
    """
    with undone(work):
        movement, _none = exchanged(work, command.exchange)
        return _told(movement)


def _told(movement: Any) -> dict[str, Any]:
    asset, more = movement.asset, movement.more
    given, received = movement.legs[0].amount_minor, movement.legs[1].amount_minor
    earned = [leg for leg in movement.legs if leg.credit.account_purpose == "exchange"]
    cost = sum(leg.amount_minor for leg in movement.legs if leg.debit.id == asset.id)
    return {
        "given_minor": given,
        "received_minor": received,
        "rate": format(more["exchange_rate"], "f"),
        "rate_source": more["rate_source"],
        "rated_on": more["rated_on"].isoformat(),
        "spread_minor": sum(leg.amount_minor for leg in earned),
        "charges": list(movement.charges),
        "fee_minor": movement.fee_minor,
        "tax_minor": movement.tax_minor,
        "missing_minor": max(0, cost - asset.available_minor),
        "base_currency": asset.base_currency,
        "base_exponent": asset.base_exponent,
    }
