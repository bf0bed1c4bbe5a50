"""What is typed of a mandate."""

from typing import Any

from wtforms import DateField, EmailField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.access.forms import valid_address
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.mandates.commands import AddMandate, EditMandate, Terms
from app.mandates.models import KINDS
from app.records.judging import JudgedForm
from app.web.forms import optional, options, required, stripped


class TermsForm(JudgedForm):
    """What may be changed of a mandate later."""

    effective_to = DateField(
        "Effective To", [Optional()], description="The last day. Left empty, it has none"
    )
    limit = StringField(
        "Transaction Limit", optional("Transaction Limit", 40),
        description="The most one transaction may come to. Left empty, there is no limit",
    )  # fmt: skip
    email = EmailField("Email", [Optional(), valid_address])
    phone = TelField("Phone", optional("Phone", 40))
    identity_type = StringField("Identity document", optional("Identity document", 60))
    identity_reference = StringField("Identity reference", optional("Identity reference", 64))

    # Decimals of the account's currency; the page sets them.
    exponent: int

    def validate_limit(self, field: Any) -> None:
        """Refuse what is no amount in the account's currency."""
        try:
            parse_minor(field.data, self.exponent, name="Transaction Limit")
        except Refusal as refusal:
            raise ValidationError(refusal.sentence) from refusal

    def terms(self) -> Terms:
        """Return what was typed; the limit in minor units of the account's currency."""
        typed = "" if self.limit.errors else stripped(self.limit.data)
        return Terms(
            effective_to=self.effective_to.data,
            limit_minor=parse_minor(typed, self.exponent) if typed else None,
            email=stripped(self.email.data),
            phone=stripped(self.phone.data),
            identity_type=stripped(self.identity_type.data),
            identity_reference=stripped(self.identity_reference.data),
        )

    def edit(self, mandate: Any, version: int) -> EditMandate:
        """Return the command that saves a mandate."""
        return EditMandate(mandate.id, version, self.terms())


class MandateForm(TermsForm):
    """A new mandate (E34.02)."""

    name = StringField("Signatory Name", required("Signatory Name"))
    kind = SelectField("Signatory Type", choices=options(KINDS), default="JOINT_HOLDER")
    effective_from = DateField("Effective From", [InputRequired("Effective From is required")])
    signatory_number = StringField(
        "Signatory Customer",
        optional("Signatory Customer", 40),
        description="The customer number, where the signatory is a customer",
    )

    def command(self, account_id: int) -> AddMandate:
        """Return the command that adds it to an account."""
        return AddMandate(
            account_id,
            stripped(self.name.data),
            stripped(self.kind.data),
            self.effective_from.data,
            self.terms(),
            signatory_number=stripped(self.signatory_number.data).upper(),
        )
