"""The heads of forward-dated transactions and standing orders; their lines are a sheet."""

from typing import Any

from sqlalchemy.orm import Session
from wtforms import DateField, IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.calendars.queries import years_in_force
from app.journals.lines import LONGEST_NARRATIVE, NO_BRANCH
from app.records.judging import JudgedForm
from app.schedules.forward import NO_DATE
from app.schedules.orders import NO_START
from app.schedules.scheduling import lacks_calendar
from app.schedules.words import CHOSEN_TYPES, DAY_RANGE, NO_TYPE, POLICIES, TYPES
from app.web.forms import optional, set_choices

CALENDARS = (
    "Calendars in force: {years}. In other years Monday to Friday count as worked, until one is."
)


class DayField(IntegerField):
    """A day of the month; what is no number is told as a number out of range is (E44.21)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(DAY_RANGE) from None


class ForwardForm(JudgedForm):
    """What is said once of a forward-dated transaction (E43.10-14)."""

    kind = SelectField("Transaction type", [InputRequired(NO_TYPE)])
    branch_id = SelectField("Branch", [InputRequired(NO_BRANCH)], validate_choice=False)
    scheduled_on = DateField("Scheduled date", [InputRequired(NO_DATE)])
    policy = SelectField(
        "Working day policy",
        default="forward",
        description="On a weekend or public holiday: to the next working day, or the one before",
    )
    narrative = TextAreaField("Narrative", optional("Narrative", LONGEST_NARRATIVE))

    def offer(self, branches: list[tuple[int, str]]) -> None:
        """Offer the types that people choose from, the branches and the policies."""
        types = [(one, TYPES[one]) for one in CHOSEN_TYPES]
        set_choices(self.kind, types, empty="Choose a type")
        set_choices(self.branch_id, branches, empty="Choose a branch")
        set_choices(self.policy, POLICIES)

    def tell_calendars(self, session: Session, organisation_id: int) -> None:
        """Say below the date that the calendar of its year is not in force, or which ones are."""
        day = self.scheduled_on.data
        if day is not None:
            told = lacks_calendar(session, organisation_id, day)
        else:
            years = years_in_force(session, organisation_id)
            told = CALENDARS.format(years=", ".join(map(str, years)) or "none")
        self.scheduled_on.description = told


class OrderForm(JudgedForm):
    """What is said once of a standing order, whose frequency is always monthly (E44.07-13)."""

    branch_id = SelectField("Branch", [InputRequired(NO_BRANCH)], validate_choice=False)
    day_of_month = DayField("Day of month", [InputRequired(DAY_RANGE)], description="1 to 31")
    start_on = DateField("Start date", [InputRequired(NO_START)])
    end_on = DateField("End date", [Optional()], description="Empty: until it is cancelled")
    narrative = TextAreaField("Narrative", optional("Narrative", LONGEST_NARRATIVE))
