"""The drawers of the configuration panels; each form makes the command it is sent with."""

from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero, plain_decimal
from app.kernel.rates import parse_rate
from app.reference.commands import (
    CreateAccountType,
    CreateProjectCurrency,
    CreateTransactionStatus,
    CreateTransactionSubType,
    EditAccountType,
    EditProjectCurrency,
    EditTransactionStatus,
    EditTransactionSubType,
)
from app.reference.models import PALETTE, PROCESSING
from app.reference.sections import LONGEST_NAME
from app.reference.types import DIRECTIONS, PROPERTY_KINDS, Property
from app.web.forms import LONGEST_NOTE, Form, chosen, optional, options, required, stripped

EMPTY_LINES = 2


def _label(example: str) -> StringField:
    hint = f"A unique identifier, e.g. {example}"
    return StringField("Label", required("Label"), description=hint)


def _name(example: str) -> StringField:
    return StringField("Name", required("Name"), description=f"What people read, e.g. {example}")


class PropertyForm(Form):
    """One custom metadata field."""

    name = StringField("Field name", optional("Field name", LONGEST_NAME))
    kind = SelectField("Kind", choices=options(PROPERTY_KINDS), default="text")


class AccountTypeForm(Form):
    """A type of account (W03.04)."""

    fields_template = "reference/_account_type_fields.html"

    label = _label("corporate")
    name = _name("Corporate Account")
    properties = FieldList(FormField(PropertyForm), "Properties")
    is_default = BooleanField("Make as default")

    def given_properties(self) -> tuple[Property, ...]:
        """Return the lines that have a name."""
        return tuple(
            Property(stripped(line.form.name.data), line.form.kind.data)
            for line in self.properties
            if stripped(line.form.name.data)
        )

    def create(self, project_id: int) -> CreateAccountType:
        """Return the command of a new type."""
        return CreateAccountType(
            project_id,
            self.label.data,
            self.name.data,
            self.given_properties(),
            is_default=self.is_default.data,
        )

    def edit(self, row: Any, version: int) -> EditAccountType:
        """Return the command that saves a type."""
        return EditAccountType(
            row.id, version, self.label.data, self.name.data, self.given_properties()
        )


class SubTypeForm(Form):
    """A sub-type of transaction (W03.26)."""

    label = _label("fee")
    name = _name("Fee")
    direction = SelectField("Used for", choices=options(DIRECTIONS), default="both")

    def create(self, project_id: int) -> CreateTransactionSubType:
        """Return the command of a new sub-type."""
        return CreateTransactionSubType(
            project_id, self.label.data, self.name.data, self.direction.data
        )

    def edit(self, row: Any, version: int) -> EditTransactionSubType:
        """Return the command that renames a sub-type."""
        return EditTransactionSubType(row.id, version, self.name.data)


class StatusForm(Form):
    """A transaction status with its colour (W03.30)."""

    fields_template = "reference/_status_fields.html"

    label = _label("reversed")
    name = _name("Reversed")
    processing = SelectField("Stands for", choices=options(PROCESSING))
    colour = RadioField(
        "Color", chosen("Color"), choices=options((one, one.capitalize()) for one in PALETTE)
    )
    is_default = BooleanField(
        "Make as default", description="New transactions start in this status"
    )

    def create(self, project_id: int) -> CreateTransactionStatus:
        """Return the command of a new status."""
        return CreateTransactionStatus(
            project_id,
            self.label.data,
            self.name.data,
            self.processing.data,
            self.colour.data,
            is_default=self.is_default.data,
        )

    def edit(self, row: Any, version: int) -> EditTransactionStatus:
        """Return the command that saves a status; what the form leaves out stays."""
        return EditTransactionStatus(
            row.id,
            version,
            self.label.data if self.label else row.label,
            self.name.data if self.name else row.name,
            self.processing.data if self.processing else row.processing,
            self.colour.data,
            is_default=bool(self.is_default and self.is_default.data),
        )


class CurrencyForm(Form):
    """A currency of a project; fields that its type does not have are left out (W03.11-19)."""

    fields_template = "reference/_currency_fields.html"

    code = SelectField("Currency", chosen("Currency"), validate_choice=False)
    label = StringField("Label", required("Label"), description="A unique code, e.g. PTS")
    name = StringField("Name", required("Name"))
    exponent = SelectField("Decimals", choices=options(map(str, range(9))), default="2")
    limit = StringField("Limit", [Optional()], description="The smallest amount to transact")
    network_fee = StringField(
        "Network fee", [Optional()], description="The on-chain fee, charged additionally"
    )
    networks = StringField(
        "Networks",
        optional("Networks"),
        description="Separated by commas, e.g. ERC20, TRC20. They decide which wallets are valid",
    )
    network = StringField("Network", optional("Network", 40))
    description = TextAreaField("Description", optional("Description", LONGEST_NOTE))
    rate = StringField("Rate", [Optional()])
    creates_asset = BooleanField(
        "Create asset within condition",
        description="Every account that is opened in this project gets an asset in this currency",
    )
    is_default = BooleanField("Make as default")

    def create(self, project_id: int, kind: str, exponent: int, rate_name: str) -> Any:
        """Return the command of a new currency; amounts and the rate are read strictly."""
        return CreateProjectCurrency(
            project_id,
            self.label.data if self.label else self.code.data,
            self._minor("limit", exponent),
            is_default=self.is_default.data,
            kind=kind,
            name=self.name.data if self.name else "",
            exponent=exponent,
            network_fee_minor=self._minor("network_fee", exponent) or 0,
            networks=self._networks() or None,
            description=self.description.data if self.description else "",
            creates_asset=bool(self.creates_asset and self.creates_asset.data),
            rate=self._rate(rate_name),
        )

    def edit(self, row: Any, version: int) -> EditProjectCurrency:
        """Return the command that saves a currency."""
        return EditProjectCurrency(
            row.id,
            version,
            self.name.data,
            self._minor("limit", row.exponent),
            network_fee_minor=self._minor("network_fee", row.exponent) or 0,
            networks=self._networks(),
            description=self.description.data if self.description else row.description,
            creates_asset=bool(self.creates_asset and self.creates_asset.data),
            is_default=bool(self.is_default and self.is_default.data),
        )

    def show_amounts(self, row: Any) -> None:
        """Fill in the amounts of a saved currency as decimals."""
        if row.limit_minor is not None:
            self.limit.data = plain_decimal(row.limit_minor, row.exponent)
        if self.network_fee and row.network_fee_minor:
            self.network_fee.data = plain_decimal(row.network_fee_minor, row.exponent)
        joined = ", ".join(row.networks)
        for field in (self.networks, self.network):
            if field:
                field.data = joined

    def _minor(self, name: str, exponent: int) -> int | None:
        field = self._fields.get(name)
        typed = stripped(field.data) if field else ""
        if not typed:
            return None
        try:
            return parse_minor_or_zero(typed, exponent, name=field.label.text)
        except Refusal as refusal:
            raise Refusal(refusal.sentence, field=name) from refusal

    def _networks(self) -> tuple[str, ...]:
        field = self.networks or self.network
        typed = stripped(field.data) if field else ""
        return tuple(one.strip() for one in typed.split(",") if one.strip())

    def _rate(self, name: str) -> Any:
        typed = stripped(self.rate.data)
        if not typed:
            return None
        try:
            return parse_rate(typed, name=name)
        except Refusal as refusal:
            raise Refusal(refusal.sentence, field="rate") from refusal


class CloneForm(Form):
    """The project to copy from."""

    source_id = SelectField("Project", chosen("Project"), validate_choice=False)
