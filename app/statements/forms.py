"""The period of a statement: a month at one choice, or any first and last day."""

from datetime import date, timedelta

from wtforms import DateField, SelectField
from wtforms.validators import Optional

from app.kernel.errors import Refusal
from app.web.forms import Form, options

OTHER_DAYS = "days"
_MONTHS_OFFERED = 12
_NOT_A_DATE = "Enter a date such as 2026-11-20"


class _DayField(DateField):
    """A day, refused in words when what was typed is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day, or say how one is written."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_NOT_A_DATE) from error


class PeriodForm(Form):
    """A month, or a first and a last day, both included."""

    period = SelectField("Period", validate_choice=False)
    first_day = _DayField("First day", [Optional()])
    last_day = _DayField("Last day", [Optional()])

    def offer_months(self, today: date) -> None:
        """Offer the month of the business date and the ones before it."""
        months = enumerate(_months_until(today))
        named = {f"{first:%Y-%m}": _named(first, number) for number, first in months}
        self.period.choices = options(named | {OTHER_DAYS: "Other days"})
        if not self.is_posted:
            self.period.data = f"{today:%Y-%m}"
            self.first_day.data, self.last_day.data = today.replace(day=1), today

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for both days where no month is chosen."""
        fine: bool = super().validate(extra_validators)
        if self.period.data not in {one.value for one in self.period.choices}:
            self.period.errors = ["Choose a period from the list"]
            return False
        if self.period.data == OTHER_DAYS:
            for field in (self.first_day, self.last_day):
                if field.data is None and not field.errors:
                    field.errors = [f"{field.label.text} is required"]
                    fine = False
        return fine

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day; the present month ends at the business date."""
        if self.period.data == OTHER_DAYS:
            return self.first_day.data, self.last_day.data
        first = date.fromisoformat(f"{self.period.data}-01")
        following = (first + timedelta(days=31)).replace(day=1)
        return first, min(following - timedelta(days=1), today)

    def attach(self, refusal: Refusal) -> None:
        """Put a refusal of a day beside the choice of the month, where a month was chosen."""
        if self.period.data != OTHER_DAYS and refusal.field in {"first_day", "last_day"}:
            refusal = Refusal(refusal.sentence, field="period")
        super().attach(refusal)


def _months_until(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < _MONTHS_OFFERED:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def _named(first: date, number: int) -> str:
    hint = ("This month: ", "Last month: ", "")[min(number, 2)]
    return f"{hint}{first:%B %Y}"
