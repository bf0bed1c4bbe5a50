"""Close of Business: the trigger, the runs, and the configuration (E42.38, E43.55)."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app.access.models import User
from app.closing import board
from app.closing.commands import ResumeClose, StartClose
from app.closing.configuration import CONFIGURATION
from app.closing.forms import ConfigurationForm
from app.closing.models import SEVERITIES, ClosingConfiguration, ClosingRun
from app.closing.pages import progress_of, run_detail, start_rows, trigger_page
from app.closing.queries import left_out_by
from app.closing.resource import CONFIGURATIONS, RUNS, shown_time
from app.closing.running import PATH
from app.controls.closing_steps import closing_step
from app.controls.identity import Actor
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.kernel.errors import Missing
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, show_detail
from app.web.respond import render
from app.workspace.dashboard import adds_figures

TRIGGER = "/admin/close-of-business"
CONSEQUENCE = (
    "The steps run one after the other, and you may leave the page. From the cut-off on everybody "
    "books on the next day; when all is done, nothing can be posted into the closed day any more."
)
blueprint = Blueprint("closing", __name__)
register(RUNS)
adds_figures(board.figures)


@blueprint.get(TRIGGER)
@permit("closing.view")
def trigger() -> Response:
    """Show what stands against closing the business date and what will be done, or the progress."""
    page = trigger_page(read_session(), actor(), _tenant())
    return render("closing/trigger.html", page=page, closing=page["progress"])


@blueprint.route(f"{TRIGGER}/start", methods=["GET", "POST"])
@permit("closing.run")
def start() -> BaseResponse:
    """Name the dates, and start the close when that is confirmed."""
    tenant = _tenant()
    on = tenant.business_date
    return confirm_view(
        command=lambda: StartClose(on),
        title=f"Close {on.isoformat()}?",
        body=CONSEQUENCE,
        rows=start_rows(read_session(), tenant),
        verb=f"Close {on.isoformat()}",
        to=TRIGGER,
        done_title="The close has started",
    )


@blueprint.get(PATH)
@permit("closing.view")
def runs() -> BaseResponse:
    """List the closes."""
    return show_list(RUNS)


@blueprint.get(f"{PATH}.csv")
@permit("closing.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(RUNS)


@blueprint.get(f"{PATH}/<int:run_id>")
@permit("closing.view")
def show(run_id: int) -> Response:
    """Show a close with its steps."""
    session, run = read_session(), _found(run_id)
    detail = run_detail(session, actor(), run)
    return show_detail(detail, closing=progress_of(session, run))


@blueprint.get(f"{PATH}/<int:run_id>/progress")
@permit("closing.view")
def progress(run_id: int) -> Response:
    """Tell an open page how far the close is; at its end the page is loaded anew, with its date."""
    run = _found(run_id)
    response = render("closing/_progress.html", closing=progress_of(read_session(), run))
    if run.state != "running":
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.route(f"{PATH}/<int:run_id>/resume", methods=["GET", "POST"])
@permit("closing.resume")
def resume(run_id: int) -> BaseResponse:
    """Go on from the step that was blocked, once its cause is mended."""
    run = _found(run_id)
    return confirm_view(
        command=lambda: ResumeClose(run.id),
        title=f"Resume the close of {run.business_date.isoformat()}?",
        body="The blocked step is taken again, and the others follow.",
        rows=[fact("Blocked by", cells.text(run.refusal))],
        verb="Resume",
        to=f"{PATH}/{run.id}",
        done_title="The close goes on",
    )


def _found(run_id: int) -> ClosingRun:
    organisation()  # its time zone is what the moments are shown in
    return find(read_session(), actor(), ClosingRun, run_id)


def _tenant() -> Organisation:
    tenant = organisation()
    if tenant is None:
        raise Missing
    return tenant


def _prepare(
    form: ConfigurationForm, session: Session, who: Actor, record: ClosingConfiguration | None
) -> None:
    form.offer(session, who, record)


def _detail(session: Session, who: Actor, record: ClosingConfiguration) -> dict[str, Any]:
    del who
    left_out = sorted(left_out_by(record))
    steps = [step.name if (step := closing_step(key)) else key for key in left_out]
    people = select(User).where(
        User.organisation_id == record.organisation_id, User.id.in_(record.notified_ids)
    )
    names = [one.name for one in session.scalars(people.order_by(User.id))]
    return {
        "title": record.name,
        "rows": [
            fact("In force", cells.flag(is_set=record.is_in_force)),
            fact("Closes at", cells.text(shown_time(record))),
            fact("Block on Due FDT Failure", cells.flag(is_set=record.blocks_on_failed_fdt)),
            fact("Transactions waiting for approval", cells.text(SEVERITIES[record.on_pending])),
            fact("Block on breaches of the books", cells.flag(is_set=record.blocks_on_breaches)),
            fact("Steps left out", cells.text(", ".join(steps) or "None")),
            fact("Notify", cells.text(", ".join(names) or "Who started it")),
        ],
    }


mount_reviewed(
    blueprint,
    ReviewedPages(
        CONFIGURATION, "COB Configuration", CONFIGURATIONS, ConfigurationForm, _prepare, _detail
    ),
)
