"""The form that adds an asset to an account."""

from wtforms import SelectField, StringField
from wtforms.validators import Optional

from app.assets.commands import AddAsset
from app.assets.terms import EditAsset
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero
from app.web.forms import Form, as_id, chosen, optional, stripped


class AssetForm(Form):
    """A currency for an account; its type is the currency's own (W07.23-27)."""

    currency = SelectField(
        "Currency",
        chosen("Currency"),
        validate_choice=False,
        description="Its type, fiat or crypto, is that of the currency",
    )
    balance = StringField(
        "Balance",
        [Optional()],
        description="The initial balance: a deposit that is posted when the asset is activated",
    )
    address = StringField(
        "Address", optional("Address"), description="Fiat only: the IBAN, unless a bank is linked"
    )
    external_id = StringField("External ID", optional("External ID"), description="Fiat only")
    bank_id = SelectField(
        "Bank",
        [Optional()],
        validate_choice=False,
        description="Fiat only; its IBAN fills an address that is left empty",
    )
    platform_id = SelectField("Platform", [Optional()], validate_choice=False)
    external_balance_id = StringField(
        "Entity balance id",
        optional("Entity balance id"),
        description="The balance's id at the platform: without it no money moves there",
    )

    def command(self, account_id: int, exponents: dict[str, int]) -> AddAsset:
        """Return the command; refuses (422) a balance that is no amount of the currency."""
        currency = stripped(self.currency.data)
        return AddAsset(
            account_id,
            currency,
            opening_minor=self._opening_minor(exponents.get(currency, 0)),
            address=stripped(self.address.data),
            bank_id=as_id(self.bank_id.data),
            platform_id=as_id(self.platform_id.data),
            external_id=stripped(self.external_id.data) or None,
            external_balance_id=stripped(self.external_balance_id.data) or None,
        )

    def _opening_minor(self, exponent: int) -> int:
        typed = stripped(self.balance.data) if self.balance else ""
        try:
            return parse_minor_or_zero(typed, exponent, name="Balance") if typed else 0
        except Refusal as refusal:
            refusal.field = "balance"
            raise


class TermsForm(Form):
    """What may change of an asset by hand (W01.05, V03.03)."""

    iban = StringField("IBAN", optional("IBAN"), description="The asset's own, if it has one")
    address = StringField("Address", optional("Address"))
    bank_id = SelectField("Bank", [Optional()], validate_choice=False)
    external_id = StringField(
        "Entity id", optional("Entity id"), description="The customer's id at the wallet service"
    )
    external_balance_id = StringField(
        "Entity balance id",
        optional("Entity balance id"),
        description="The balance's id at the wallet service",
    )
    platform_id = SelectField("Platform", [Optional()], validate_choice=False)

    def command(self, asset_id: int, version: int) -> EditAsset:
        """Return the command."""

        def typed(name: str) -> str:
            return stripped(self[name].data) if name in self else ""

        return EditAsset(
            asset_id,
            version,
            iban=typed("iban"),
            address=typed("address"),
            bank_id=as_id(self.bank_id.data) if self.bank_id else None,
            external_id=typed("external_id") or None,
            external_balance_id=typed("external_balance_id") or None,
            platform_id=as_id(self.platform_id.data),
        )
