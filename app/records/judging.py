"""Forms that say all that is wrong at one press: what their fields refuse, and their command."""

from collections.abc import Callable
from typing import Any, TypeVar

from wtforms.validators import ValidationError

from app.controls.commands import perform
from app.controls.rehearsing import Rehearse
from app.kernel.errors import Refusal
from app.records.lines import minor_of, percent_in
from app.web.context import actor
from app.web.forms import Form

_MOST_DECIMALS = 8
Command = TypeVar("Command")


class JudgedForm(Form):
    """A form whose command can be made of what is not complete, and is tried with it.

    The page sets `judge`, which returns the command. What it is refused for stands beside the
    fields that are not refused already; what it says of the form as a whole waits for them.
    """

    judge: Callable[[], Any] | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields; where one is wrong, hear what the command says of the others."""
        is_valid = super().validate(extra_validators)
        if not is_valid:
            self.hear()
        return is_valid

    def hear(self) -> None:
        """Try the command; what it refuses stands beside the fields that are not refused yet."""
        if self.judge is None:
            return
        try:
            perform(Rehearse(self.judge()), actor())
        except Refusal as refusal:
            self._attach_more(refusal)

    def _attach_more(self, refusal: Refusal) -> None:
        sound = {name: field for name, field in self._fields.items() if not field.errors}
        for one in (refusal, *refusal.others):
            field = sound.get(one.field or "")
            if field is not None:
                field.errors = [*field.errors, one.sentence]


def judged(form: Form, command: Callable[[], Command]) -> Callable[[], Command]:
    """Let a form that can be tried be tried with its command; returns the command."""
    if isinstance(form, JudgedForm):
        form.judge = command
    return command


def amount_of(form: Any, name: str) -> int:
    """Read an amount in the currency that is chosen, in minor units; 0 if it was refused already.

    The form's `exponents` are the decimals of each currency that may be chosen.
    """
    field = form[name]
    return 0 if field.errors else _minor_of(form, field)


def is_amount(form: Any, field: Any) -> None:
    """Refuse, as a field's own validator, what `amount_of` could not read."""
    try:
        _minor_of(form, field)
    except Refusal as refusal:
        raise ValidationError(refusal.sentence) from refusal


def is_percent(form: Any, field: Any) -> None:
    """Refuse, in the same way, a percentage that is none."""
    del form
    try:
        percent_in(field)
    except Refusal as refusal:
        raise ValidationError(refusal.sentence) from refusal


def _minor_of(form: Any, field: Any) -> int:
    # A currency that is none is refused by the command; until then its decimals do not matter.
    return minor_of(field, form.exponents.get(form.currency.data, _MOST_DECIMALS)) or 0
