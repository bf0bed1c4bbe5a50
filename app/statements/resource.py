"""Statements as a list: of whom, over which days, asked for by whom, and where each stands."""

from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.statements.commands import shown_date
from app.statements.models import FAILED, READY, RUNNING, WAITING, Statement, StoredFile
from app.web import cells
from app.web.listing import Column, Filter, Listing, between, contains, equals, within_days
from app.web.respond import row_action

PATH = "/admin/statements"
STATE_NAMES = {WAITING: "Waiting", RUNNING: "Being made", READY: "Ready", FAILED: "Failed"}
STATE_TONES = {WAITING: "neutral", RUNNING: "info", READY: "success", FAILED: "danger"}
SUBJECT_NAMES = {"client": "Customer", "account": "Account", "asset": "Asset"}
_KIBIBYTE = 1024
# The two records told as one, as `statement_page` tells them.
SHOWN_STATE = case(
    (Statement.state == READY, READY),
    (Statement.state == FAILED, FAILED),
    (DueWork.state == "failed", FAILED),
    (DueWork.state == "running", RUNNING),
    else_=WAITING,
)


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Statement.id,
            Statement.subject,
            Statement.subject_name,
            Statement.first_day,
            Statement.last_day,
            Statement.requested_by_name,
            Statement.created_at,
            Statement.size_bytes,
            StoredFile.created_at.label("made_at"),
            DueWork.progress_percent,
            SHOWN_STATE.label("shown_state"),
        )
        .outerjoin(DueWork, DueWork.id == Statement.work_id)
        .outerjoin(StoredFile, StoredFile.id == Statement.file_id)
        .where(*visible(actor, Statement))
    )


def _choices(names: dict[str, str]) -> Any:
    def options(_session: Session, _actor: Actor) -> tuple[tuple[str, str], ...]:
        return tuple(names.items())

    return options


def shown_period(row: Any) -> str:
    """Write both days: "01 Nov 2026 to 20 Nov 2026"."""
    return f"{shown_date(row.first_day)} to {shown_date(row.last_day)}"


def shown_size(size_bytes: int) -> str:
    """Write a file's size in whole kilobytes; no file is nothing."""
    return f"{-(-size_bytes // _KIBIBYTE):,} KB" if size_bytes else ""


def _state(row: Any) -> cells.Cell:
    shown = STATE_NAMES[row.shown_state]
    if row.shown_state == RUNNING:
        shown = f"{shown}, {row.progress_percent} %"
    return cells.badge(shown, STATE_TONES[row.shown_state])


def _actions(row: Any, _actor: Actor) -> list[dict[str, Any]]:
    if row.shown_state != READY:
        return []
    return [row_action("Download", f"{PATH}/{row.id}/download", "download")]


STATEMENTS = Listing(
    name="statements",
    title="Statements",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Statement.id,
    columns=(
        Column(
            "number",
            "Number",
            lambda row: cells.ident(f"STM-{row.id:08d}"),
            sort=Statement.id,
            priority=1,
        ),
        Column(
            "subject",
            "Statement of",
            lambda row: cells.text(row.subject_name),
            sort=Statement.subject_name,
            priority=1,
        ),
        Column("kind", "Kind", lambda row: cells.text(SUBJECT_NAMES[row.subject]), shown=False),
        Column(
            "period", "Period", lambda row: cells.text(shown_period(row)), sort=Statement.first_day
        ),
        Column(
            "requested_by",
            "Requested by",
            lambda row: cells.text(row.requested_by_name),
            sort=Statement.requested_by_name,
        ),
        Column(
            "requested",
            "Requested",
            lambda row: cells.instant(row.created_at),
            sort=Statement.created_at,
            shown=False,
        ),
        Column("state", "State", _state, sort=SHOWN_STATE, priority=1),
        Column(
            "size",
            "Size",
            lambda row: cells.text(shown_size(row.size_bytes)),
            sort=Statement.size_bytes,
            numeric=True,
            priority=3,
        ),
        Column("made", "Made", lambda row: cells.instant(row.made_at)),
    ),
    filters=(
        Filter("state", "State", "choices", equals(SHOWN_STATE), _choices(STATE_NAMES)),
        Filter("kind", "Kind", "choices", equals(Statement.subject), _choices(SUBJECT_NAMES)),
        Filter("requested", "Requested", "dates", within_days(Statement.created_at)),
        Filter("first", "First day", "dates", between(Statement.first_day)),
    ),
    search=contains(Statement.subject_name, Statement.requested_by_name),
    search_hint="Customer, account or person",
    sort="-number",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: f"STM-{row.id:08d}",
    actions=_actions,
    empty="Open a customer, an account or an asset and choose “Statement” to make the first one.",
)
