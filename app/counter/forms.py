"""What a teller types to move money; amounts are read strictly in the asset's own decimals."""

from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import (
    DateField,
    EmailField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from app.access.password_forms import valid_address
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.transactions.exchange import Exchange
from app.transactions.kinds import Particulars
from app.transactions.statuses import LONGEST_DESCRIPTION
from app.web.forms import (
    LONGEST_NOTE,
    Form,
    as_id,
    chosen,
    optional,
    options,
    required,
    set_choices,
    stripped,
)

# The name of the button that only asks what it would cost.
PREVIEW = "preview"
# What it says where the box of the costs asks for itself alone, while one types.
LIVE = "1"


class MovementForm(Form):
    """What every movement of money asks for."""

    asset_id = SelectField("Asset", chosen("Asset"), validate_choice=False)
    amount = StringField("Amount", required("Amount"))

    @property
    def is_posted(self) -> bool:
        """Whether the form is sent to move money, not only to ask what that costs."""
        return super().is_posted and PREVIEW not in request.form

    def offer(self, assets: Sequence[Any]) -> None:
        """Let the teller choose among several assets; one alone is not asked for."""
        if len(assets) == 1:
            del self.asset_id
        else:
            set_choices(self.asset_id, [(row.id, f"{row.currency} · {row.uid}") for row in assets])

    def chosen_asset(self, assets: Sequence[Any]) -> Any:
        """Return the asset that is meant; refuses (422) one that was not offered."""
        if len(assets) == 1:
            return assets[0]
        typed = self.asset_id.data if self.asset_id else ""
        for row in assets:
            if str(row.id) == typed:
                return row
        raise Refusal("Choose an asset from the list", field="asset_id")

    def offer_sub_types(self, own: str, added: Sequence[tuple[str, str]]) -> None:
        """Let the teller classify the movement; where the project added none it is not asked."""
        if "sub_type" in self and added:
            set_choices(self["sub_type"], added, empty=own)
        elif "sub_type" in self:
            del self["sub_type"]

    def offer_sources(self, sources: Sequence[tuple[int, str]], *, empty: str = "None") -> None:
        """Let the teller choose a bank account; where there is none it is not asked for."""
        if sources:
            set_choices(self.funding_source_id, sources, empty=empty)
        else:
            del self.funding_source_id

    def funding_source(self) -> int | None:
        """Return the chosen bank account."""
        return as_id(self.funding_source_id.data) if self.funding_source_id else None

    def minor(self, name: str, exponent: int) -> int:
        """Read an amount into minor units; what is refused stands beside its field."""
        field = self[name]
        try:
            return parse_minor(field.data or "", exponent, name=field.label.text)
        except Refusal as refusal:
            refusal.field = name
            raise

    def particulars(self) -> Particulars:
        """Return the texts and dates that were typed."""

        def typed(name: str) -> str:
            return stripped(self[name].data) if name in self else ""

        return Particulars(
            description=typed("description"),
            source=typed("source"),
            beneficiary=typed("beneficiary"),
            source_email=typed("source_email"),
            sub_type=typed("sub_type"),
            value_date=self["value_date"].data,
        )


def description_field() -> TextAreaField:
    """Return the field of what a movement is for."""
    return TextAreaField("Description", optional("Description", LONGEST_DESCRIPTION))


def sub_type_field() -> SelectField:
    """Return the field of what a movement is classified as (W03.24)."""
    return SelectField("Sub-type", [Optional()])


def value_date_field() -> DateField:
    """Return the field of the day the money counts from."""
    return DateField("Value date", [Optional()], description="The business date, if left empty")


class DepositForm(MovementForm):
    """Money paid in, with the bonus it qualifies for (W08.39, W08.49)."""

    bonus = StringField(
        "Bonus amount",
        [Optional()],
        description="Promotional credit that this deposit earns",
    )
    sub_type = sub_type_field()
    description = description_field()
    source = StringField(
        "Source", optional("Source"), description="Where it comes from: a company, an IBAN"
    )
    source_email = EmailField(
        "Source email",
        [*optional("Source email"), valid_address],
        description="The email of whoever pays it in",
    )
    funding_source_id = SelectField("Source funding", [Optional()], validate_choice=False)
    value_date = value_date_field()

    def bonus_minor(self, exponent: int) -> int:
        """Read the bonus; nothing typed is none."""
        return self.minor("bonus", exponent) if self.bonus and stripped(self.bonus.data) else 0


def signed_by_field() -> SelectMultipleField:
    """Return the field of those who signed."""
    return SelectMultipleField(
        "Signed by", validate_choice=False, description="Tick who signed the slip"
    )


class SignedForm(MovementForm):
    """A movement out of an account, which those who hold a mandate sign for (E34.08-12)."""

    signed_by = signed_by_field()

    def who_signed(self) -> tuple[int, ...]:
        """Return the mandates that were ticked; nobody signs for the house's own accounts."""
        ticked = self.signed_by.data or () if self.signed_by else ()
        return tuple(sorted({as_id(one) or 0 for one in ticked}))


class WithdrawForm(SignedForm):
    """Money paid out (W08.41)."""

    bucket = SelectField("From", choices=options({"real": "Available", "bonus": "Bonus"}))
    sub_type = sub_type_field()
    description = description_field()
    beneficiary = StringField(
        "Destination", optional("Destination"), description="Where it goes: a company, an IBAN"
    )
    funding_source_id = SelectField("Destination funding", [Optional()], validate_choice=False)
    value_date = value_date_field()


class TransferForm(SignedForm):
    """Money moved to another asset of the same currency."""

    counter_asset_id = StringField(
        "To",
        required("To"),
        description="An account number, the UID or ID of an asset, or a scanned QR code",
    )
    sub_type = sub_type_field()
    description = description_field()
    value_date = value_date_field()


class CodeForm(TransferForm):
    """Money paid to whoever's QR code the scanner reads."""

    counter_asset_id = StringField(
        "QR code",
        required("QR code", LONGEST_NOTE),
        description="Scan the code of the account or the customer that is paid",
        render_kw={"autofocus": True},
    )


class ExchangeForm(MovementForm):
    """One currency given for another; either amount is typed, the other is worked out."""

    amount = StringField("Given", [Optional()], description="What is taken from this asset")
    counter_asset_id = SelectField("To", chosen("To"), validate_choice=False)
    received = StringField("Received", [Optional()], description="Or what is to be received")
    description = description_field()
    value_date = value_date_field()

    @property
    def is_posted(self) -> bool:
        """Whether the exchange is to be made; a preview asks for the form again."""
        return super().is_posted and not request.form.get("preview")

    @property
    def has_amount(self) -> bool:
        """Whether one of the amounts was typed."""
        return bool(stripped(self.amount.data) or stripped(self.received.data))

    def exchange(self, assets: Sequence[Any], counters: Sequence[Any]) -> Exchange:
        """Return the command that is meant; refuses (422) what was not offered."""
        asset = self.chosen_asset(assets)
        counter = next((row for row in counters if str(row.id) == self.counter_asset_id.data), None)
        if counter is None:
            raise Refusal("Choose an asset from the list", field="counter_asset_id")
        given, received = stripped(self.amount.data), stripped(self.received.data)
        return Exchange(
            asset.id,
            counter.id,
            self.minor("amount", asset.exponent) if given else None,
            self.minor("received", counter.exponent) if received else None,
            particulars=self.particulars(),
        )


class BonusForm(MovementForm):
    """Promotional credit of a programme (W08.51)."""

    description = description_field()
    source = StringField(
        "Programme", optional("Programme"), description="First deposit, loyalty, campaign"
    )
    value_date = value_date_field()
