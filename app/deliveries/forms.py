"""What is typed of an account's statements."""

from wtforms import BooleanField, SelectField

from app.deliveries.commands import ConfigureStatement
from app.deliveries.models import METHODS
from app.deliveries.periods import FREQUENCIES
from app.web.forms import Form, chosen, options


class ConfigForm(Form):
    """How often and by which way statements are delivered (E35.02-03)."""

    frequency = SelectField(
        "Statement Frequency", chosen("Statement Frequency"),
        choices=options(FREQUENCIES), default="MONTHLY",
    )  # fmt: skip
    method = SelectField(
        "Delivery Method", chosen("Delivery Method"), choices=options(METHODS),
        description="A mail leads to the statement in the client area; it does not carry the file",
    )  # fmt: skip
    is_active = BooleanField("Statements are made", default=True)

    def command(self, account_id: int, version: int | None) -> ConfigureStatement:
        """Return the command."""
        return ConfigureStatement(
            account_id,
            version,
            self.frequency.data,
            self.method.data,
            is_active=self.is_active.data,
        )
