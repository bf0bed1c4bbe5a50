"""The head of a journal as it is typed: dates, branch, narrative."""

from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from app.journals.lines import LONGEST_NARRATIVE, NO_BRANCH, NO_POSTING_DATE, NO_VALUE_DATE
from app.web.forms import Form, optional


class LinesForm(Form):
    """What may still be changed of a draft, beside its lines (E41.38)."""

    value_date = DateField(
        "Value date", [InputRequired(NO_VALUE_DATE)], description="Interest is counted from it"
    )
    narrative = TextAreaField("Narrative", optional("Narrative", LONGEST_NARRATIVE))


class JournalForm(LinesForm):
    """What is said once of the whole transaction; its lines are read by `sheet.read_sheet`."""

    posting_date = DateField("Posting date", [InputRequired(NO_POSTING_DATE)])
    branch_id = SelectField("Branch", [InputRequired(NO_BRANCH)], validate_choice=False)
