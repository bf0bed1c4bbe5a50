"""The form of a charge."""

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from app.charges.commands import ChargeTerms, CreateCharge, EditCharge
from app.charges.ending import EndCharge
from app.charges.models import KINDS, Charge
from app.charges.waiving import WaiveCharges
from app.controls.approvals import LONGEST_REASON, SHORTEST_REASON
from app.kernel.errors import Refusal
from app.kernel.frequencies import FREQUENCIES
from app.kernel.money import plain_decimal
from app.records.judging import JudgedForm, amount_of, is_amount, is_percent
from app.records.lines import percent_in
from app.web.forms import Form, as_id, chosen, optional, options, required, stripped


class ChargeForm(JudgedForm):
    """A charge: what, whom, when (W01.18, W02.10)."""

    code = StringField("Code", required("Code"), description="It cannot be changed later")
    name = StringField(
        "Name", required("Name"), description="Stands on the statements of those who pay it"
    )
    kind = RadioField("Kind", chosen("Kind"), choices=options(KINDS), default="MAINTENANCE")
    frequency = SelectField(
        "Frequency",
        choices=options((one, one.replace("_", "-").capitalize()) for one in FREQUENCIES),
        default="MONTHLY",
        description="Taken at the end of each period; a one-off charge has none",
    )
    effective_from = DateField(
        "Effective From",
        [InputRequired("Effective From is required")],
        description="A one-off charge is taken on this day",
    )
    effective_to = DateField("Effective To", [Optional()])
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    amount = StringField("Amount", [*required("Amount"), is_amount])
    tax_percent = StringField(
        "Tax percent", [*optional("Tax percent"), is_percent], description="On top; empty for none"
    )
    income_product_id = SelectField("Income account", chosen("Income account"),
                                    validate_choice=False)  # fmt: skip
    product_id = SelectField(
        "Accounts of the product",
        [Optional()],
        validate_choice=False,
        description="All of its accounts in this currency are charged",
    )
    account_number = StringField(
        "Or one account", optional("Or one account"), description="Its number, such as ACC-00000001"
    )

    # Decimals of each currency; the page sets them.
    exponents: dict[str, int]

    def create(self, *, hand_in: bool) -> CreateCharge:
        """Return the command of a new charge."""
        return CreateCharge(stripped(self.code.data), self._terms(), submit=hand_in)

    def edit(self, charge_id: int, version: int, *, hand_in: bool) -> EditCharge:
        """Return the command that saves a charge."""
        return EditCharge(charge_id, version, self._terms(), submit=hand_in)

    def show(self, record: Charge, account_number: str) -> None:
        """Write what a saved charge keeps as it is typed."""
        self.amount.data = plain_decimal(record.amount_minor, record.exponent)
        percent = record.tax_percent
        self.tax_percent.data = "" if percent is None else format(percent, "f")
        self.income_product_id.data = str(record.income_product_id)
        self.product_id.data = str(record.product_id or "")
        self.account_number.data = account_number

    def _terms(self) -> ChargeTerms:
        values: dict[str, Any] = {
            name: self[name].data
            for name in ("kind", "frequency", "currency", "effective_from", "effective_to")
        }
        return ChargeTerms(
            **values,
            name=stripped(self.name.data),
            amount_minor=amount_of(self, "amount"),
            tax_percent=None if self.tax_percent.errors else percent_in(self.tax_percent),
            income_product_id=as_id(self.income_product_id.data),
            product_id=as_id(self.product_id.data),
            account_number=stripped(self.account_number.data),
        )


class EndForm(Form):
    """The last day of an authorized charge."""

    last_day = DateField(
        "Last day",
        [Optional()],
        description="On which it falls due; the business date or a later one",
    )
    is_never = BooleanField("Never: it ends before it begins")

    def ask_for_the_day(self) -> None:
        """Leave a charge that has begun its last day alone: it ended not before it began."""
        del self.is_never
        self.last_day.validators = [InputRequired("Last day is required")]
        self.last_day.flags.optional, self.last_day.flags.required = False, True

    def command(self, charge_id: int, version: int) -> EndCharge:
        """Return the command, or refuse where nothing is chosen."""
        is_never = "is_never" in self and self.is_never.data
        if not is_never and self.last_day.data is None:
            raise Refusal("Give the last day, or choose Never", field="last_day")
        return EndCharge(charge_id, version, None if is_never else self.last_day.data)


class WaiveForm(JudgedForm):
    """Which of the charges that wait are forgone, and why."""

    due_ids = SelectMultipleField("Charges", validate_choice=False)
    reason = TextAreaField(
        "Reason", required("Reason", LONGEST_REASON),
        description=f"{SHORTEST_REASON} to {LONGEST_REASON} characters; it is kept in the log",
    )  # fmt: skip

    def command(self, account_id: int) -> WaiveCharges:
        """Return the command for what was ticked."""
        due_ids = tuple(as_id(one) or 0 for one in self.due_ids.data or ())
        return WaiveCharges(account_id, due_ids, stripped(self.reason.data))
