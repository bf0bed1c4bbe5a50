"""The forms of a card and of a payment made with one."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Optional

from app.cards.commands import CardTerms
from app.cards.models import PRIORITIES
from app.clients.picking import client_field
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped

_PAY_FROM = "Choose what to pay from"


class CardForm(Form):
    """A card (W11.05); the owner decides the accounts, the account the assets."""

    number = StringField(
        "Card number",
        required("Card number"),
        description="Kept encrypted; people see its first six and last four digits",
    )
    client_id = client_field("Owner", chosen("Owner"))
    account_id = SelectField("Account ID", chosen("Account ID"), validate_choice=False)
    fiat_asset_id = SelectField("Fiat asset ID", [Optional()], validate_choice=False)
    crypto_asset_id = SelectField("Crypto asset ID", [Optional()], validate_choice=False)
    priority = SelectField(
        "Priority",
        [Optional()],
        choices=options(PRIORITIES, empty="Not set"),
        description="Asked for where a card has two assets",
    )
    bank_id = SelectField("Bank", [Optional()], validate_choice=False)
    external_id = StringField("External ID", optional("External ID"))

    def terms(self) -> CardTerms:
        """Return what the card is linked to."""
        return CardTerms(
            account_id=as_id(self.account_id.data) or 0,
            fiat_asset_id=as_id(self.fiat_asset_id.data),
            crypto_asset_id=as_id(self.crypto_asset_id.data),
            priority=self.priority.data or "",
            bank_id=as_id(self.bank_id.data),
            external_id=stripped(self.external_id.data) or None,
        )


class PaymentForm(Form):
    """A payment that a card made."""

    asset_id = SelectField(
        "Pay from", [InputRequired("Choose what to pay from")], validate_choice=False
    )
    amount = StringField("Amount", required("Amount"))
    merchant = StringField("Merchant", required("Merchant"))
    reference = StringField(
        "Reference", required("Reference"), description="The payment's own at the card scheme"
    )

    def minor(self, exponent: int) -> int:
        """Read the amount in the currency's decimals; what is refused stands beside it."""
        try:
            return parse_minor(self.amount.data or "", exponent, name="Amount")
        except Refusal as refusal:
            refusal.field = "amount"
            raise


def from_card(card: Any) -> dict[str, str]:
    """Return a saved card's links as its form takes them."""
    names = ("account_id", "fiat_asset_id", "crypto_asset_id", "bank_id", "client_id")
    return {name: str(getattr(card, name) or "") for name in names}
