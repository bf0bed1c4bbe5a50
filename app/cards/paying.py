"""A payment made with a card is taken from the asset it draws on, at once (W01.09)."""

from dataclasses import dataclass

from sqlalchemy import select

from app.cards.commands import live_card
from app.cards.models import Card
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.models import Asset
from app.transactions.charging import charged
from app.transactions.houses import with_house
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, record


@dataclass(frozen=True, slots=True)
class PayByCard:
    """Take a card payment, in minor units of the currency; without one, of the first asset's.

    `reference` is the payment's at the card scheme; a second one with it is refused.
    """

    card_id: int
    amount_minor: int
    merchant: str
    reference: str
    currency: str = ""


@handles(PayByCard, permission="cards.charge")
def pay_by_card(work: Work, command: PayByCard) -> int:
    """Debit the asset against the branch's clearing; returns the transaction's id.

    Refused (422): a currency the card has no asset in, no merchant, no reference; whatever a
    payment out of the asset is refused for.
    """
    card = live_card(work, command.card_id)
    for name in ("merchant", "reference"):
        if not getattr(command, name):
            raise Refusal(f"{name.capitalize()} is required", field=name)
    asset_id = _asset_of(work, card, command.currency)
    asset, clearing = with_house(work, asset_id, "clearing")
    particulars = Particulars(
        description=f"Card payment {card.masked}",
        source=card.masked,
        beneficiary=command.merchant,
        external_id=command.reference,
    )
    told = f"Card payment to {command.merchant} · {card.masked}"
    legs = (Leg(asset, clearing, command.amount_minor, narrative=told),)
    movement = Movement("payout", "out", asset, clearing, legs, particulars)
    return record(work, charged(work, movement), None)


def _asset_of(work: Work, card: Card, currency: str) -> int:
    """Return the asset in the currency, the preferred one where two have it or none is named."""
    if not currency:
        return card.asset_ids[0]
    query = select(Asset.id, Asset.currency).where(Asset.id.in_(card.asset_ids))
    held = {row.id: row.currency for row in work.session.execute(query)}
    for asset_id in card.asset_ids:
        if held[asset_id] == currency:
            return asset_id
    raise Refusal(f"The card has no asset in {currency}", field="currency")
