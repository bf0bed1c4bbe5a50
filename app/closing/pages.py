"""What the close's pages show: what stands against it, its steps, how far each is."""

from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.queries import next_working_day
from app.closing.models import (
    BLOCKED,
    COMPLETED,
    DONE,
    LEFT_OUT,
    STEP_STATES,
    UNDER_WAY,
    ClosingConfiguration,
    ClosingRun,
    ClosingRunStep,
)
from app.closing.queries import (
    Found,
    found_against,
    in_force,
    last_completed,
    left_out_by,
    next_close,
    open_run,
    steps_of,
)
from app.closing.resource import shown_seconds, shown_state, took
from app.closing.running import PATH
from app.controls.audit import Activity
from app.controls.closing_steps import closing_steps
from app.controls.commands import door
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import holds, known_permission
from app.controls.tenant import Organisation, calendar_date
from app.statements.commands import shown_date
from app.web import cells
from app.web.guard import permission_of
from app.web.pages import fact
from app.web.respond import row_action

_ICONS = {
    DONE: "check",
    UNDER_WAY: "loader-circle",
    BLOCKED: "circle-alert",
    LEFT_OUT: "minus",
}


def trigger_page(session: Session, who: Actor, tenant: Organisation) -> dict[str, Any]:
    """Return what will happen when the business date is closed, or how far its close is."""
    run = open_run(session, tenant.id)
    rules = in_force(session, tenant.id)
    on = tenant.business_date
    page: dict[str, Any] = {
        "stats": _stats(session, tenant, rules),
        "day": on.isoformat(),
        "progress": progress_of(session, run) if run else None,
        "run_href": f"{PATH}/{run.id}" if run else "",
        "resume_href": resume_href(who, run) if run else None,
        "checks": [],
        "steps": [],
        "start_href": None,
        "why_not": "",
    }
    if run is not None:
        return page
    found = found_against(session, tenant.id, on, rules)
    page["checks"] = [shown_check(one, who) for one in found]
    page["steps"] = _steps(rules)
    if holds(who, "closing.run"):
        page["why_not"] = _why_not(tenant, found)
        page["start_href"] = "/admin/close-of-business/start"
    return page


def progress_of(session: Session, run: ClosingRun) -> dict[str, Any]:
    """Return the steps of a close with how far they are; polled while it runs."""
    steps = steps_of(session, run)
    counted = [one for one in steps if one.state != LEFT_OUT]
    done = sum(one.state == DONE for one in counted)
    current = next((one for one in steps if one.state == UNDER_WAY), None)
    percent = _percent_of(session, current)
    return {
        "title": run.title(),
        "is_running": run.state == "running",
        "is_blocked": run.state == BLOCKED,
        "is_completed": run.state == COMPLETED,
        "refusal": run.refusal,
        "label": current.name if current else "Waiting for the worker",
        "done": 100 * done + percent,
        "total": 100 * len(counted),
        "text": f"{done} of {len(counted)} steps",
        "steps": [_shown_step(one) for one in steps],
        "poll_href": f"{PATH}/{run.id}/progress",
    }


def run_detail(session: Session, who: Actor, run: ClosingRun) -> dict[str, Any]:
    """Return the page of one close."""
    resume = resume_href(who, run)
    action = row_action("Resume", resume or "", "play", dialog=True, primary=True)
    return {
        "title": run.title(),
        "subtitle": "Close of Business",
        "ident": "",
        "badge": shown_state(run.state),
        "back": {"label": "Closes", "href": PATH},
        "actions": [action] if resume else [],
        "cards": [{"title": "General", "rows": _facts(session, run), "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": [],
        "version": run.version,
        "extra": "closing/_steps.html",
    }


def start_rows(session: Session, tenant: Organisation) -> list[dict[str, Any]]:
    """Return what the dialog names before a close: the dates, and what warns."""
    on = tenant.business_date
    found = found_against(session, tenant.id, on, in_force(session, tenant.id))
    return [
        fact("Business date to be closed", cells.day(on)),
        fact("Opens next", cells.day(next_working_day(session, tenant.id, on))),
        *(
            fact(one.check.name, cells.text(one.finding.sentence))
            for one in found
            if one.finding.count
        ),
    ]


def shown_check(one: Found, who: Actor) -> dict[str, Any]:
    """Return a check as a line: what it found, how grave that is, where it is seen to.

    It leads nowhere for people who may not look there.
    """
    word, tone, href = "Fine", "success", ""
    if one.finding.count:
        word, tone = ("Blocks", "danger") if one.is_blocking else ("Warns", "warning")
        href = one.finding.href
    return {
        "name": one.check.name,
        "text": one.finding.sentence,
        "href": href if href and _may_see(who, href) else "",
        "word": word,
        "tone": tone,
    }


def _may_see(who: Actor, href: str) -> bool:
    path = href.partition("?")[0]
    permission = permission_of(current_app, path)  # type: ignore[arg-type]
    return not known_permission(permission) or holds(who, permission)


def resume_href(who: Actor, run: ClosingRun) -> str | None:
    """Return where a blocked close is resumed, for those who may."""
    may = run.state == BLOCKED and holds(who, "closing.resume")
    return f"{PATH}/{run.id}/resume" if may else None


def _stats(
    session: Session, tenant: Organisation, rules: ClosingConfiguration | None
) -> list[dict[str, Any]]:
    on, last = tenant.business_date, last_completed(session, tenant.id)
    opens, at = next_working_day(session, tenant.id, on), next_close(rules, tenant)
    local = cells.instant(at)
    coming, note = (local["text"], tenant.time_zone) if at else ("By hand", "no time is set")
    if open_run(session, tenant.id) is not None:
        coming, note = "Later", "when the one that is open has ended"
    return [
        {
            "label": "Business date",
            "value": shown_date(on),
            "note": f"{on:%A}",
            "icon": "calendar",
        },
        {
            "label": "Opens next",
            "value": shown_date(opens),
            "note": f"{opens:%A}",
            "icon": "sunrise",
        },
        {
            "label": "Last close",
            "value": shown_date(last.business_date) if last else "None yet",
            "note": f"took {shown_seconds(took(last))}" if last else "",
            "icon": "lock",
            "href": f"{PATH}/{last.id}" if last else "",
        },
        {
            "label": "Next close",
            "value": coming,
            "note": note,
            "icon": "clock",
        },
    ]


def _steps(rules: ClosingConfiguration | None) -> list[dict[str, str]]:
    left_out = left_out_by(rules)
    return [
        {"name": one.name, "text": "Left out" if one.key in left_out else ""}
        for one in closing_steps()
    ]


def _why_not(tenant: Organisation, found: list[Found]) -> str:
    """Say why the close cannot be started now; empty where it can."""
    on = tenant.business_date
    if on > calendar_date(tenant, door.clock()):
        return f"{on.isoformat()} has not come yet."
    blocking = [one.check.name for one in found if one.is_blocking]
    return f"Blocked by: {', '.join(blocking)}." if blocking else ""


def _shown_step(one: ClosingRunStep) -> dict[str, Any]:
    name, tone = STEP_STATES[one.state]
    moment = cells.instant(one.ended_at or one.started_at)
    return {
        "title": one.name,
        "text": one.sentence,
        "who": " · ".join(part for part in (name, shown_seconds(one.seconds)) if part),
        "when": moment["text"],
        "when_title": moment["title"],
        "tone": tone,
        "icon": _ICONS.get(one.state, "circle"),
    }


def _percent_of(session: Session, step: ClosingRunStep | None) -> int:
    if step is None or step.work_id is None:
        return 0
    query = select(DueWork.progress_percent).where(DueWork.id == step.work_id)
    return min(99, session.scalar(query) or 0)


def _resumed(session: Session, run: ClosingRun) -> list[dict[str, Any]]:
    """Return who let it go on after it was blocked, as the log tells."""
    query = select(Activity.actor_name, Activity.occurred_at).where(
        Activity.organisation_id == run.organisation_id,
        Activity.entity == ClosingRun.__tablename__,
        Activity.entity_id == run.id,
        Activity.action == "Resume close",
        Activity.status == "Success",
    )
    return [
        fact(
            "Resumed by", cells.text(f"{row.actor_name} · {cells.instant(row.occurred_at)['text']}")
        )
        for row in session.execute(query.order_by(Activity.id))
    ]


def _facts(session: Session, run: ClosingRun) -> list[dict[str, Any]]:
    rules = None
    if run.configuration_id is not None:
        rules = session.get(ClosingConfiguration, run.configuration_id)
    href = f"/admin/closing-configurations/{rules.id}" if rules else None
    return [
        fact("Business date", cells.day(run.business_date)),
        fact("Opens next", cells.day(run.next_date)),
        fact("Started by", cells.text(run.starter_name)),
        *_resumed(session, run),
        fact("Automatic", cells.flag(is_set=run.is_automatic)),
        fact("Started", cells.instant(run.started_at)),
        fact("Ended", cells.instant(run.ended_at)),
        fact("Took", cells.text(shown_seconds(took(run)))),
        fact("Configuration", cells.text(rules.name if rules else "None in force", href=href)),
    ]
