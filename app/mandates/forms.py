"""What is typed of a mandate."""

from typing import Any

from wtforms import DateField, EmailField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Optional

from app.access.forms import valid_address
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.mandates.commands import AddMandate, EditMandate, Terms
from app.mandates.models import KINDS
from app.web.forms import Form, optional, options, required, stripped


class TermsForm(Form):
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

    def terms(self, exponent: int) -> Terms:
        """Return what was typed; the limit in minor units of the account's currency."""
        limit_minor = None
        if stripped(self.limit.data):
            try:
                limit_minor = parse_minor(self.limit.data, exponent, name="Transaction Limit")
            except Refusal as refusal:
                refusal.field = "limit"
                raise
        return Terms(
            effective_to=self.effective_to.data,
            limit_minor=limit_minor,
            email=stripped(self.email.data),
            phone=stripped(self.phone.data),
            identity_type=stripped(self.identity_type.data),
            identity_reference=stripped(self.identity_reference.data),
        )

    def edit(self, mandate: Any, version: int, exponent: int) -> EditMandate:
        """Return the command that saves a mandate."""
        return EditMandate(mandate.id, version, self.terms(exponent))


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

    def command(self, account_id: int, exponent: int) -> AddMandate:
        """Return the command that adds it to an account."""
        return AddMandate(
            account_id,
            stripped(self.name.data),
            stripped(self.kind.data),
            self.effective_from.data,
            self.terms(exponent),
            signatory_number=stripped(self.signatory_number.data).upper(),
        )
