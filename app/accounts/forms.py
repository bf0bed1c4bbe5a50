"""The forms of an account: opening one, and what of it may change later."""

from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.accounts.commands import EditAccount, OpenAccount
from app.accounts.terms import ANY_ONE, FREQUENCIES, SERVICES, SIGNING_RULES, Terms
from app.clients.picking import client_field
from app.kernel.errors import Refusal
from app.records.judging import JudgedForm
from app.web.forms import Form, as_id, chosen, optional, options, stripped

_PROPERTY = "property_"
# Says of which type the form has asked for the properties.
ASKED = "properties_of"
UNASKED = "This type of account has properties: fill them in, or leave them empty, and save again"


class AccountForm(JudgedForm):
    """A new account of a customer, an agent or the house itself (E33.02-09)."""

    product_id = SelectField("Product", chosen("Product"), validate_choice=False)
    client_id = client_field("Customer", [Optional()])
    is_agent = BooleanField("Agent Account")
    account_type_id = SelectField("Account Type", [Optional()], validate_choice=False)
    branch_id = SelectField("Branch", [Optional()], validate_choice=False)
    currency = SelectField("Currency", chosen("Currency"), validate_choice=False)
    external_id = StringField("External ID", optional("External ID"))
    start_on = DateField("Start Date", [Optional()])
    end_on = DateField("End Date", [Optional()])
    signing_rule = SelectField(
        "Signing Rule", [Optional()], choices=options(SIGNING_RULES), default=ANY_ONE
    )
    sector = StringField("Sector or industry", optional("Sector or industry"))
    interest_condition_id = SelectField(
        "Interest condition",
        [Optional()],
        validate_choice=False,
        description="None chosen: the account follows the one of its product",
    )
    is_schedule_defined = BooleanField("Schedule defined")
    schedule_frequency = SelectField(
        "Schedule frequency", [Optional()], choices=options(FREQUENCIES, empty="Choose a frequency")
    )
    services = SelectMultipleField("Services", [Optional()], choices=options(SERVICES))
    # The type whose properties the form asks for, and their names.
    type_id: int | None = None
    names: tuple[str, ...] = ()

    @property
    def property_fields(self) -> list[StringField]:
        """The fields of the chosen type's properties."""
        return [self[f"{_PROPERTY}{place}"] for place in range(len(self.names))]

    def _demand_asked(self) -> None:
        if self.names and request.form.get(ASKED) != str(self.type_id):
            raise Refusal(UNASKED, field=f"{_PROPERTY}0")

    def command(self, *, hand_in: bool) -> OpenAccount:
        """Return the command; `hand_in` submits the account for approval at once.

        Refused (422), once: an account whose type has properties that nobody saw.
        """
        self._demand_asked()
        return OpenAccount(
            product_id=as_id(self.product_id.data) or 0,
            currency=stripped(self.currency.data),
            client_id=as_id(self.client_id.data),
            is_agent=self.is_agent.data,
            account_type_id=as_id(self.account_type_id.data),
            branch_id=as_id(self.branch_id.data),
            external_id=stripped(self.external_id.data) or None,
            start_on=self.start_on.data,
            end_on=self.end_on.data,
            interest_condition_id=as_id(self.interest_condition_id.data),
            properties={
                name: stripped(one.data)
                for name, one in zip(self.names, self.property_fields, strict=True)
                if stripped(one.data)
            },
            terms=Terms(
                is_schedule_defined=self.is_schedule_defined.data,
                schedule_frequency=self.schedule_frequency.data or "",
                signing_rule=self.signing_rule.data or "",
                sector=stripped(self.sector.data),
                services=tuple(self.services.data or ()),
            ),
            submit=hand_in,
        )


class EditForm(Form):
    """What may change of an account: its type and its external id (W07.18)."""

    account_type_id = SelectField("Type", [Optional()], validate_choice=False)
    external_id = StringField("External ID", optional("External ID"))

    def command(self, account: Any, version: int, names: Sequence[str]) -> EditAccount:
        """Return the command; `names` are the properties of the account's type."""
        typed = {
            name: stripped(self[f"{_PROPERTY}{place}"].data) for place, name in enumerate(names)
        }
        return EditAccount(
            account_id=account.id,
            version=version,
            account_type_id=as_id(self.account_type_id.data),
            external_id=stripped(self.external_id.data) or None,
            properties=account.properties | typed,
        )


class StatusForm(Form):
    """The status that says what may be booked on an account (E21)."""

    status_id = SelectField("Account status", [Optional()], validate_choice=False)


def opening_form(
    type_id: int | None, properties: Sequence[dict[str, str]], **data: Any
) -> AccountForm:
    """Return the form of a new account, with a field for each property of the type chosen."""
    made: AccountForm = type("AccountFormOfType", (AccountForm,), _fields(properties))(**data)
    made.type_id, made.names = type_id, tuple(one["name"] for one in properties)
    return made


def _fields(properties: Sequence[dict[str, str]]) -> dict[str, StringField]:
    return {
        f"{_PROPERTY}{place}": StringField(one["name"], optional(one["name"]))
        for place, one in enumerate(properties)
    }


def edit_form(properties: Sequence[dict[str, str]], **data: Any) -> EditForm:
    """Return the form with a field for each property of the account's type."""
    fields = _fields(properties)
    typed = data.pop("typed", {})
    for place, one in enumerate(properties):
        data[f"{_PROPERTY}{place}"] = typed.get(one["name"], "")
    made: EditForm = type("EditFormOfType", (EditForm,), fields)(**data)
    return made
