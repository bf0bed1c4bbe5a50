"""The side panels of collateral: adding it, describing it anew, valuing it again."""

from collections.abc import Mapping
from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.collateral.checks import (
    LONGEST_DESCRIPTION,
    LONGEST_REFERENCE,
    LONGEST_REMARKS,
    LONGEST_VALUER,
    SHORTEST_VALUER,
    Described,
    Worth,
)
from app.collateral.commands import AddCollateral, AddValuation, EditCollateral
from app.collateral.models import METHODS
from app.records.judging import JudgedForm, amount_of, is_amount
from app.web.forms import as_id, chosen, optional, options, required, stripped


class EditCollateralForm(JudgedForm):
    """What is told of a collateral besides its worth (E28.18)."""

    collateral_type_id = SelectField(
        "Collateral Type", chosen("Collateral Type"), validate_choice=False
    )
    reference = StringField(
        "Collateral Ref", required("Collateral Ref", LONGEST_REFERENCE),
        description="Its number elsewhere, such as that of a title deed or a logbook",
    )  # fmt: skip
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    description = TextAreaField("Description", required("Description", LONGEST_DESCRIPTION))
    expires_on = DateField(
        "Expiry Date", [Optional()], description="For what ends by itself, such as a fixed deposit"
    )
    remarks = TextAreaField("Remarks", optional("Remarks", LONGEST_REMARKS))

    def described(self) -> Described:
        """Return what was typed."""
        return Described(
            collateral_type_id=as_id(self.collateral_type_id.data) or 0,
            reference=stripped(self.reference.data),
            currency=stripped(self.currency.data),
            description=stripped(self.description.data),
            expires_on=self.expires_on.data,
            remarks=stripped(self.remarks.data),
        )

    def edit(self, collateral_id: int, version: int) -> EditCollateral:
        """Return the command that saves it."""
        return EditCollateral(collateral_id, version, self.described())


class CollateralForm(EditCollateralForm):
    """A new collateral, with what it is worth (E28.04-12)."""

    market = StringField("Market Value", [*required("Market Value"), is_amount])
    forced = StringField(
        "Forced Sale Value", [*required("Forced Sale Value"), is_amount],
        description="What a forced sale would bring; at most the market value",
    )  # fmt: skip
    valued_on = DateField("Last Valuation Date", [InputRequired("Last Valuation Date is required")])

    # Decimals of each currency; the page sets them.
    exponents: Mapping[str, int]

    def create(self, facility_id: int) -> AddCollateral:
        """Return the command that adds it."""
        return AddCollateral(facility_id, self.described(), _worth(self))


class ValuationForm(JudgedForm):
    """A valuation (E29.04-11)."""

    valued_on = DateField("Valuation Date", [InputRequired("Valuation Date is required")])
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    market = StringField("Market Value", [*required("Market Value"), is_amount])
    forced = StringField(
        "Forced Sale Value", [*required("Forced Sale Value"), is_amount],
        description="At most the market value",
    )  # fmt: skip
    method = SelectField(
        "Valuation Method", [Optional()],
        choices=options(METHODS, empty="Not stated"),
    )  # fmt: skip
    valuer = StringField(
        "Valuer Name", required("Valuer Name", LONGEST_VALUER),
        description=f"The valuer or the firm, {SHORTEST_VALUER} characters at least",
    )  # fmt: skip
    reference = StringField("Valuer Reference", optional("Valuer Reference", LONGEST_REFERENCE))
    remarks = TextAreaField("Remarks", optional("Remarks", LONGEST_REMARKS))

    # As above.
    exponents: Mapping[str, int]

    def create(self, collateral_id: int) -> AddValuation:
        """Return the command that adds it."""
        return AddValuation(
            collateral_id,
            _worth(self),
            valuer=stripped(self.valuer.data),
            method=self.method.data or "",
            reference=stripped(self.reference.data),
            remarks=stripped(self.remarks.data),
        )


def _worth(form: Any) -> Worth:
    return Worth(
        valued_on=form.valued_on.data,
        currency=form.currency.data,
        market_minor=amount_of(form, "market"),
        forced_minor=amount_of(form, "forced"),
    )
