"""The form of an activity rule: the threshold is days or an amount, by the type (E22.02-05)."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import Optional

from app.accounts.rules.commands import CreateActivityRule, EditActivityRule
from app.accounts.rules.decision import IDLE, ZERO
from app.accounts.rules.models import KIND_NAMES
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor
from app.web.context import organisation
from app.web.forms import Form, as_id, chosen, options, required, stripped

_LONGEST_NUMBER = 9


class RuleForm(Form):
    """A rule: what must be true of an account, and which status it goes to."""

    kind = SelectField(
        "Rule type",
        chosen("Rule type"),
        choices=options(KIND_NAMES, empty="Choose a rule type"),
    )
    threshold = StringField(
        "Threshold",
        [Optional()],
        description="A number of days, or an amount in base currency; none for a balance of zero. "
        "An account that is overdrawn owes money: it is below no threshold",
    )
    status_id = SelectField("Target status", chosen("Target status"), validate_choice=False)
    priority = StringField(
        "Priority",
        required("Priority"),
        default="1",
        description="1 is the highest: it goes first where several rules apply",
    )

    def create(self, *, hand_in: bool) -> CreateActivityRule:
        """Return the command of a new rule."""
        return CreateActivityRule(**self._values(), submit=hand_in)

    def edit(self, rule_id: int, version: int, *, hand_in: bool) -> EditActivityRule:
        """Return the command that saves a rule."""
        return EditActivityRule(rule_id, version, **self._values(), submit=hand_in)

    def _values(self) -> dict[str, Any]:
        return {
            "kind": self.kind.data,
            "threshold": self._threshold(),
            "status_id": as_id(self.status_id.data) or 0,
            "priority": _number(self.priority.data, "Priority", field="priority"),
        }

    def _threshold(self) -> int | None:
        typed = stripped(self.threshold.data)
        if self.kind.data == ZERO:
            return None
        if self.kind.data == IDLE:
            return _number(typed, "Threshold", field="threshold")
        tenant = organisation()
        try:
            return parse_minor(typed, tenant.base_exponent if tenant else 0, name="Threshold")
        except Refusal as refusal:
            raise Refusal(refusal.sentence, field="threshold") from refusal


def _number(text: str | None, label: str, *, field: str) -> int:
    typed = stripped(text)
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_NUMBER):
        raise Refusal(f"{label} must be a whole number such as 90", field=field)
    return int(typed)
