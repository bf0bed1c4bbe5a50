"""Calendar & Operations > Work Day Years: list, one year, creating and configuring it (E14)."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.calendars.commands import WORK_DAY_YEAR, AmendWorkDayYear, DeleteWorkDayYear
from app.calendars.forms import MonthsForm, YearForm, months_of
from app.calendars.models import WorkDayYear
from app.calendars.pages import holiday_facts, year_facts
from app.calendars.queries import amendment_of
from app.calendars.resource import PATH, YEARS
from app.controls.identity import Actor
from app.controls.permissions import find, holds
from app.controls.review import demand_editable
from app.records.pages import inactive, record_badge
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import row_action

blueprint = Blueprint("calendars", __name__)
_YEARS_BACK, _YEARS_AHEAD = 2, 8
_DRAFT = {"name": "draft", "value": "1", "label": "Save as Draft"}
LEAVES = "The year leaves the list, and may be created again."
NOT_DELETED = (
    "A work day year can only be deleted in Draft or Rejected. This one was handed in or approved."
)


@blueprint.get(PATH)
@permit("calendars.view")
def index() -> Response:
    """List the years."""
    may = holds(actor(), "calendars.create")
    create = {"label": "Create work day year", "href": f"{PATH}/new"} if may else None
    return show_list(YEARS, create=create)


@blueprint.get(f"{PATH}.csv")
@permit("calendars.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(YEARS)


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("calendars.create")
def new() -> Response:
    """Create a year by choosing it; it opens as a draft to be configured."""
    form, tenant = YearForm(), organisation()
    now = tenant.business_date.year if tenant else 0
    years = [(one, str(one)) for one in range(now - _YEARS_BACK, now + _YEARS_AHEAD + 1)]
    set_choices(form.year, years, empty="Choose a year")
    return form_view(
        form,
        command=form.create,
        title="Create work day year",
        submit_label="Create",
        to=PATH,
        done_title="Work day year created",
        done_text="It is a draft: look at its months, then submit it.",
        opened=lambda year_id: f"{PATH}/{year_id}",
        intro="It begins with the public holidays and the weekend of your country.",
    )


@blueprint.get(f"{PATH}/<int:year_id>")
@permit("calendars.view")
def show(year_id: int) -> Response:
    """Show a year: its twelve months, its holidays, its workflow."""
    record = _found(year_id)
    detail = _detail(record) | {"extra": "calendars/_months.html"}
    return show_detail(detail, months=months_of(record.year, record.weekends, record.holidays))


@blueprint.route(f"{PATH}/<int:year_id>/edit", methods=["GET", "POST"])
@permit("calendars.edit")
def edit(year_id: int) -> Response:
    """Configure the months of a draft or rejected year (E14.03)."""
    record = _found(year_id)
    form = MonthsForm()
    if not form.is_posted:
        demand_editable(record, WORK_DAY_YEAR.name)
    form.offer(record)
    hand_in = "draft" not in request.form
    return form_view(
        form,
        command=lambda: form.edit(year_id, posted_version(), hand_in=hand_in),
        title=f"Configure {record.year}",
        submit_label="Submit for approval",
        secondary=_DRAFT,
        to=f"{PATH}/{year_id}",
        done_title="Work day year saved",
        record=record,
        form_fields="calendars/_fields.html",
        months=months_of(record.year, record.weekends, record.holidays),
    )


@blueprint.route(f"{PATH}/<int:year_id>/amend", methods=["GET", "POST"])
@permit("calendars.edit")
def amend(year_id: int) -> Response:
    """Draft an amendment of a year in force."""
    record = _found(year_id)
    return confirm_view(
        command=lambda: AmendWorkDayYear(year_id),
        title=f"Amend {record.year}",
        body="A draft with the same months opens. What is changed in it counts from its approval"
        " on, for days that have not begun.",
        verb="Amend",
        to=f"{PATH}/{year_id}",
        leads=lambda amendment_id: f"{PATH}/{amendment_id}",
        done_title="Amendment drafted",
        done_text="Configure its months, then submit it.",
    )


@blueprint.route(f"{PATH}/<int:year_id>/delete", methods=["GET", "POST"])
@permit("calendars.delete")
def delete(year_id: int) -> Response:
    """Delete a draft or rejected year (E40.24)."""
    record = _found(year_id)
    return confirm_view(
        command=lambda: DeleteWorkDayYear(year_id),
        title="Delete work day year",
        body=LEAVES if record.is_editable else NOT_DELETED,
        verb="Delete" if record.is_editable else "",
        rows=[fact("Year", cells.text(record.year))],
        to=PATH,
        done_title="Work day year deleted successfully",
        danger=True,
    )


def _found(year_id: int) -> WorkDayYear:
    return find(read_session(), actor(), WorkDayYear, year_id)


def _may_amend(session: Session, who: Actor, record: WorkDayYear) -> bool:
    return (
        record.is_authorised
        and record.retired_at is None
        and holds(who, "calendars.edit")
        and amendment_of(session, record) is None
    )


def _detail(record: WorkDayYear) -> dict[str, Any]:
    session, who = read_session(), actor()
    path = f"{PATH}/{record.id}"
    actions = []
    is_open = record.is_editable and record.retired_at is None
    if is_open and holds(who, "calendars.edit"):
        actions.append(row_action("Configure months", f"{path}/edit", "pencil", primary=True))
    if _may_amend(session, who, record):
        actions.append(row_action("Amend", f"{path}/amend", "calendar-plus", dialog=True))
    kept = [
        fact("Created", cells.instant(record.created_at)),
        fact("Version", cells.text(record.version)),
    ]
    page = {
        "title": record.title(),
        "subtitle": "Calendar & Operations",
        "ident": "",
        "badge": record_badge(record),
        "back": {"label": "Work Day Years", "href": PATH},
        "actions": actions,
        "cards": [
            {"title": "General", "rows": [*year_facts(session, record), *kept], "open": True},
            {"title": "Public holidays", "rows": holiday_facts(record), "open": False},
        ],
        "tabs": [],
        "workflow": workflow_panel(session, who, WORK_DAY_YEAR, record),
        "timeline": review_timeline(session, WORK_DAY_YEAR, record),
        "version": record.version,
    }
    if record.retired_at is not None:
        return inactive(page, record)
    if not holds(who, "calendars.delete"):
        return page
    href = f"{path}/delete" if record.is_editable else None
    return page | {"danger": {"text": LEAVES if href else NOT_DELETED, "href": href}}
