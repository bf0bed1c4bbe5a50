"""The forms of codes, commission types with their bands, and company fees."""

from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Optional

from app.fees.bands import Band
from app.fees.codes import LONGEST_CODE, CreateTransactionCode, EditTransactionCode
from app.fees.commissions import Commission
from app.fees.company import Fee, Threshold
from app.fees.models import ANY_CURRENCY_DECIMALS, BASES, FEE_BASES, KINDS, SIDES
from app.kernel.errors import Refusal
from app.records.lines import LinesForm, minor_of, percent_in
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped

_TAX = "Percent of the charge that is owed as tax; empty for none"
_WHOLE_PART = {"whole": "The whole amount", "sliced": "Each band's slice"}
_TAKEN = {"deducted": "Deducted from the amount", "on-top": "On top of the amount"}


def _code() -> StringField:
    return StringField("Code", required("Code", LONGEST_CODE))


class CodeForm(Form):
    """A transaction code (E17.01)."""

    code = _code()
    description = StringField("Description", required("Description"))
    side = RadioField("Used for", chosen("Used for"), choices=options(SIDES))

    def create(self, *, hand_in: bool) -> CreateTransactionCode:
        """Return the command of a new code."""
        return CreateTransactionCode(
            self.code.data, self.side.data, self.description.data, submit=hand_in
        )

    def edit(self, code_id: int, version: int, *, hand_in: bool) -> EditTransactionCode:
        """Return the command that saves a code."""
        return EditTransactionCode(
            code_id, version, self.code.data, self.side.data, self.description.data, submit=hand_in
        )


class CommissionForm(Form):
    """A commission type without its bands (E18.01)."""

    code = _code()
    name = StringField("Name", required("Name"))
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    income_product_id = SelectField(
        "Income account",
        chosen("Income account"),
        validate_choice=False,
        description="A product of type INCOME of the chart of accounts",
    )
    transaction_code_id = SelectField(
        "Transaction code", chosen("Transaction code"), validate_choice=False
    )
    basis = RadioField("Calculation basis", choices=options(BASES), default="FLAT")
    applies = RadioField("A band is charged on", choices=options(_WHOLE_PART), default="whole")
    kinds = SelectMultipleField(
        "Charged on",
        [Optional()],
        choices=options(KINDS),
        description="None chosen: nothing charges it by itself",
    )
    taken = RadioField("Taken", choices=options(_TAKEN), default="deducted")
    tax_percent = StringField("Tax percent", optional("Tax percent"), description=_TAX)

    def commission(self) -> Commission:
        """Return what was typed."""
        return Commission(
            code=self.code.data,
            name=self.name.data,
            currency=self.currency.data,
            income_product_id=as_id(self.income_product_id.data) or 0,
            transaction_code_id=as_id(self.transaction_code_id.data) or 0,
            basis=self.basis.data,
            is_sliced=self.applies.data == "sliced",
            kinds=tuple(self.kinds.data or ()),
            tax_percent=percent_in(self.tax_percent),
            is_on_top=self.taken.data == "on-top",
        )


class BandForm(Form):
    """One band."""

    minimum = StringField("Min Amount", optional("Min Amount"))
    maximum = StringField("Max Amount", optional("Max Amount"))
    currency = SelectField("Currency", [Optional()], validate_choice=False)
    charge = StringField("Charge Amount", optional("Charge Amount"))
    percent = StringField("Charge Percentage", optional("Charge Percentage"))
    min_charge = StringField("Min Charge", optional("Min Charge"))
    max_charge = StringField("Max Charge", optional("Max Charge"))


_OF_A_BAND = ("minimum", "maximum", "charge", "percent", "min_charge", "max_charge")


class BandsForm(LinesForm):
    """All bands of a commission type; a line with nothing typed is left out."""

    lines = FieldList(FormField(BandForm), "Bands")

    def bands(self, exponent: int) -> tuple[Band, ...]:
        """Read the bands; a line keeps its place, so that a refusal finds it."""
        typed = [line.form for line in self.lines]
        while typed and not _is_typed(typed[-1], _OF_A_BAND):
            typed.pop()
        return tuple(_band(form, exponent) for form in typed)


def _band(form: Any, exponent: int) -> Band:
    if not stripped(form.minimum.data):
        raise Refusal("Min Amount is required", field=form.minimum.name)
    return Band(
        min_minor=minor_of(form.minimum, exponent) or 0,
        max_minor=minor_of(form.maximum, exponent),
        currency=form.currency.data or "",
        charge_minor=minor_of(form.charge, exponent),
        percent=percent_in(form.percent),
        min_charge_minor=minor_of(form.min_charge, exponent),
        max_charge_minor=minor_of(form.max_charge, exponent),
    )


def _is_typed(form: Any, names: tuple[str, ...]) -> bool:
    return any(stripped(form[name].data) for name in names)


class GroupForm(Form):
    """A fee group (W04.03)."""

    project_id = SelectField("Project", chosen("Project"), validate_choice=False)
    name = StringField("Name", required("Name"), description="For example Spot Trading Fees")
    is_default = BooleanField(
        "General group",
        description="Its fees hold for every customer of the project whose own group has none",
    )


class ThresholdForm(Form):
    """One line: from, to, and the charge."""

    minimum = StringField("Min. Value", optional("Min. Value"))
    maximum = StringField("Max. Value", optional("Max. Value"))
    amount = StringField("Amount", optional("Amount"))


_OF_A_LINE = ("minimum", "maximum", "amount")


class FeeForm(LinesForm):
    """Fees of a group, one a line (W04.06, W04.15)."""

    group_id = SelectField("Company Fee Group", chosen("Company Fee Group"), validate_choice=False)
    sub_type_id = SelectField(
        "Type of Transaction",
        [Optional()],
        validate_choice=False,
        description="Those of Core Banking > Configurations",
    )
    currency = SelectField(
        "Currency",
        [Optional()],
        validate_choice=False,
        description="Of a static fee: what its amount is in. Of an exchange: Out",
    )
    counter_currency = SelectField(
        "In currency", [Optional()], validate_choice=False, description="Of an exchange: In"
    )
    basis = RadioField("Fee", choices=options(FEE_BASES), default="static")
    lines = FieldList(FormField(ThresholdForm), "Fees")
    taken = RadioField("Taken", choices=options(_TAKEN), default="deducted")
    tax_percent = StringField("Tax percent", optional("Tax percent"), description=_TAX)

    def fee(self) -> Fee:
        """Return what all lines share."""
        return Fee(
            basis=self.basis.data,
            sub_type_id=as_id(self.sub_type_id.data),
            currency=self.currency.data or "",
            counter_currency=self.counter_currency.data or "",
            tax_percent=percent_in(self.tax_percent),
            is_on_top=self.taken.data == "on-top",
        )

    def thresholds(self) -> tuple[Threshold, ...]:
        """Read the lines; empty ones at the end are left out."""
        typed = [line.form for line in self.lines]
        while len(typed) > 1 and not _is_typed(typed[-1], _OF_A_LINE):
            typed.pop()
        return tuple(self._threshold(form) for form in typed)

    def _threshold(self, form: Any) -> Threshold:
        if not stripped(form.amount.data):
            raise Refusal("Amount is required", field=form.amount.name)
        is_percent = self.basis.data == "percent"
        amount = percent_in(form.amount) if is_percent else _units(form.amount)
        return Threshold(amount or Decimal(0), _units(form.minimum), _units(form.maximum))


def _units(field: Any) -> Decimal | None:
    minor = minor_of(field, ANY_CURRENCY_DECIMALS)
    return None if minor is None else Decimal(minor).scaleb(-ANY_CURRENCY_DECIMALS)
