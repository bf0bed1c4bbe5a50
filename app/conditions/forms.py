"""The forms of account conditions and base rates."""

from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from app.conditions.base_rates import MOST_PERCENT, CreateBaseRate, EditBaseRate
from app.conditions.checks import LONGEST_COMMENTS, PRODUCTS, Terms, TierLine
from app.conditions.commands import (
    CreateAccountCondition,
    EditAccountCondition,
    SupersedeAccountCondition,
)
from app.conditions.linking import LinkConditionProducts
from app.conditions.models import BALANCE_TYPES, METHODS, SIDES, TAX_TYPES, AccountCondition
from app.kernel.day_counts import DAY_COUNTS
from app.kernel.errors import Refusal
from app.kernel.frequencies import FREQUENCIES
from app.kernel.interest import Tier
from app.kernel.money import plain_decimal
from app.records.lines import LinesForm, minor_of, percent_in
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped

_OFTEN = options((one, one.replace("_", "-").capitalize()) for one in FREQUENCIES)
_MOST_TAX = 999
_AMOUNTS = ("credit_min", "credit_max", "debit_min", "debit_max", "de_minimis")
_CODE_HINT = "Capital letters, digits and dashes, such as SAV-STD-01. It cannot be changed later"


def _product(name: str, kind: str) -> SelectField:
    return SelectField(
        name,
        [Optional()],
        validate_choice=False,
        description=f"A product of type {kind.upper()} of the chart of accounts",
    )


class TierForm(Form):
    """One tier of one side."""

    side = SelectField("Balance", choices=options(SIDES))
    minimum = StringField("Min Amount", optional("Min Amount"))
    maximum = StringField("Max Amount", optional("Max Amount"))
    rate = StringField("Rate (% a year)", optional("Rate"))


class ConditionForm(LinesForm):
    """An account condition (E32.02-06)."""

    code = StringField("Code", required("Code"), description=_CODE_HINT)
    name = StringField("Condition Name", required("Condition Name"))
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    effective_from = DateField("Effective From", [InputRequired("Effective From is required")])
    effective_to = DateField(
        "Effective To", [Optional()], description="Left empty, the condition is open-ended"
    )
    day_count = SelectField("Interest Basis", choices=options([*DAY_COUNTS]))
    balance_type = SelectField("Balance Type", choices=options(BALANCE_TYPES))
    base_rate_id = SelectField(
        "Base rate",
        [Optional()],
        validate_choice=False,
        description="With a base rate, the rates of the tiers are margins above it",
    )
    credit_method = SelectField("Credit Calculation Method", choices=options(METHODS))
    debit_method = SelectField("Debit Calculation Method", choices=options(METHODS))
    accrual_frequency = SelectField("Accrual Frequency", choices=_OFTEN, default="DAILY")
    posting_frequency = SelectField("Posting Frequency", choices=_OFTEN, default="MONTHLY")
    capitalisation_frequency = SelectField(
        "Capitalization Frequency", choices=_OFTEN, default="MONTHLY"
    )
    lines = FieldList(FormField(TierForm), "Tiers")
    credit_min = StringField("Credit Min Interest", optional("Credit Min Interest"))
    credit_max = StringField("Credit Max Interest", optional("Credit Max Interest"))
    debit_min = StringField("Debit Min Interest", optional("Debit Min Interest"))
    debit_max = StringField("Debit Max Interest", optional("Debit Max Interest"))
    penalty = StringField(
        "Overdraft Penalty (% a year)",
        optional("Overdraft Penalty"),
        description="On top, on what is overdrawn beyond the permitted overdraft",
    )
    de_minimis = StringField(
        "De Minimis Threshold",
        optional("De Minimis Threshold"),
        description="Interest of a posting below this amount is waived",
    )
    tax_type = SelectField("Tax Type", [Optional()], choices=options(TAX_TYPES, empty="None"))
    tax_rate = StringField("Tax Rate (%)", optional("Tax Rate"))
    expense_product_id = _product(*PRODUCTS["expense_product_id"])
    liability_product_id = _product(*PRODUCTS["liability_product_id"])
    income_product_id = _product(*PRODUCTS["income_product_id"])
    receivable_product_id = _product(*PRODUCTS["receivable_product_id"])
    tax_product_id = _product(*PRODUCTS["tax_product_id"])
    comments = TextAreaField("Comments", optional("Comments", LONGEST_COMMENTS))

    # Decimals of each currency, and the currency of a saved condition; the page sets them.
    exponents: dict[str, int]
    kept_currency: str = ""

    def create(self, *, hand_in: bool) -> CreateAccountCondition:
        """Return the command of a new condition."""
        return CreateAccountCondition(
            self.code.data, self.currency.data, self._terms(), submit=hand_in
        )

    def edit(self, condition_id: int, version: int, *, hand_in: bool) -> EditAccountCondition:
        """Return the command that saves a condition."""
        return EditAccountCondition(condition_id, version, self._terms(), submit=hand_in)

    def show(self, record: AccountCondition) -> None:
        """Write what a saved condition keeps as it is typed."""

        def typed(minor: int | None) -> str:
            return "" if minor is None else plain_decimal(minor, record.exponent)

        for name in _AMOUNTS:
            self[name].data = typed(getattr(record, f"{name}_minor"))
        for name, percent in (
            ("tax_rate", record.tax_percent),
            ("penalty", record.penalty_percent),
        ):
            self[name].data = "" if percent is None else format(percent, "f")
        for name in ("base_rate_id", *PRODUCTS):
            self[name].data = str(getattr(record, name) or "")
        for one in record.tiers:
            line = {
                "side": one["side"],
                "minimum": typed(one["low_minor"]),
                "maximum": typed(one["high_minor"]),
                "rate": one["rate_percent"],
            }
            self.lines.append_entry(line)

    def _terms(self) -> Terms:
        exponent = self.exponents.get(self.kept_currency or self.currency.data, 2)
        as_typed = (
            "effective_from", "effective_to", "day_count", "balance_type", "credit_method",
            "debit_method", "accrual_frequency", "posting_frequency", "capitalisation_frequency",
        )  # fmt: skip
        ids = {name: as_id(self[name].data) for name in ("base_rate_id", *PRODUCTS)}
        amounts = {f"{name}_minor": minor_of(self[name], exponent) for name in _AMOUNTS}
        return Terms(
            name=self.name.data,
            **{name: self[name].data for name in as_typed},
            **ids,
            **amounts | {"de_minimis_minor": amounts["de_minimis_minor"] or 0},
            tiers=self._tiers(exponent),
            penalty_percent=percent_in(self.penalty, most=MOST_PERCENT),
            tax_type=self.tax_type.data or "",
            tax_percent=percent_in(self.tax_rate, most=_MOST_TAX),
            comments=stripped(self.comments.data),
        )

    def _tiers(self, exponent: int) -> tuple[TierLine, ...]:
        """Read the tiers; a line with nothing typed is left out."""
        found = []
        for number, line in enumerate(self.lines):
            form = line.form
            if any(stripped(form[name].data) for name in ("minimum", "maximum", "rate")):
                rate = percent_in(form.rate, most=MOST_PERCENT)
                if rate is None:
                    raise Refusal("Rate is required", field=form.rate.name)
                low_minor = minor_of(form.minimum, exponent) or 0
                tier = Tier(low_minor, minor_of(form.maximum, exponent), rate)
                found.append(TierLine(form.side.data, tier, f"lines-{number}"))
        return tuple(found)


class SupersedeForm(Form):
    """When the next version of a condition begins, and why (E32.21)."""

    effective_from = DateField(
        "New Effective From",
        [InputRequired("New Effective From is required")],
        description="Tomorrow or later; this version ends the day before",
    )
    comments = TextAreaField("Comments", optional("Comments", LONGEST_COMMENTS))

    def command(self, condition_id: int) -> SupersedeAccountCondition:
        """Return the command."""
        return SupersedeAccountCondition(
            condition_id, self.effective_from.data, stripped(self.comments.data)
        )


class ProductsForm(Form):
    """Whose accounts follow a condition."""

    product_ids = SelectMultipleField(
        "Products",
        [Optional()],
        validate_choice=False,
        description="Authorized contract products; their accounts in this currency follow it",
    )

    def command(self, condition_id: int) -> LinkConditionProducts:
        """Return the command."""
        ids = tuple(as_id(one) or 0 for one in self.product_ids.data or ())
        return LinkConditionProducts(condition_id, ids)


class PreviewForm(Form):
    """What a condition would bear: a balance, days, and whether tax is shown (E32.27)."""

    balance = StringField(
        "Balance", required("Balance"), description="Above zero for credit, below for debit"
    )
    days = StringField("Days", required("Days"), default="30")
    with_tax = BooleanField("Include Tax")


class BaseRateForm(Form):
    """A base rate from a date on (E42.37)."""

    code = StringField("Code", required("Code"), description="Capital letters, digits and dashes")
    name = StringField("Name", required("Name"))
    rate = StringField("Rate (% a year)", required("Rate"))
    effective_from = DateField("Effective From", [InputRequired("Effective From is required")])

    def create(self, *, hand_in: bool) -> CreateBaseRate:
        """Return the command of a new rate."""
        return CreateBaseRate(code=self.code.data, **self._values(), submit=hand_in)

    def edit(self, rate_id: int, version: int, *, hand_in: bool) -> EditBaseRate:
        """Return the command that saves a rate."""
        return EditBaseRate(rate_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        rate: Decimal | None = percent_in(self.rate, most=MOST_PERCENT)
        return {
            "name": self.name.data,
            "rate_percent": rate or Decimal(0),
            "effective_from": self.effective_from.data,
        }
