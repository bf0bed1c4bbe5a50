"""Closes and their configurations as lists."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from app.closing.models import RUN_STATES, ClosingConfiguration, ClosingRun
from app.closing.running import PATH
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.web import cells
from app.web.listing import Column, Filter, Listing, between, contains, equals

CONFIGURATIONS_PATH = "/admin/closing-configurations"
HOUR_SECONDS = 3_600


def _runs(actor: Actor) -> Select[Any]:
    return select(
        ClosingRun.id, ClosingRun.business_date, ClosingRun.next_date, ClosingRun.state,
        ClosingRun.refusal, ClosingRun.is_automatic, ClosingRun.starter_name,
        ClosingRun.started_at, ClosingRun.ended_at,
    ).where(*visible(actor, ClosingRun))  # fmt: skip


def _configurations(actor: Actor) -> Select[Any]:
    return select(
        ClosingConfiguration.id, ClosingConfiguration.name, ClosingConfiguration.is_automatic,
        ClosingConfiguration.closes_at, ClosingConfiguration.is_on_following_day,
        ClosingConfiguration.blocks_on_failed_fdt, ClosingConfiguration.is_in_force,
        ClosingConfiguration.authorised_at,
    ).where(*visible(actor, ClosingConfiguration))  # fmt: skip


def shown_state(state: str) -> cells.Cell:
    """Show how far a close is."""
    return cells.badge(*RUN_STATES[state])


def shown_seconds(seconds: int | None) -> str:
    """Write how long something took: "4 s", "2:05 min", "1:00:09 h"."""
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds} s"
    if seconds < HOUR_SECONDS:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} h"


def shown_time(record: Any) -> str:
    """Write when a configuration closes days by itself."""
    if not record.is_automatic:
        return "By hand"
    return (
        f"{record.closes_at} on the following day"
        if record.is_on_following_day
        else (record.closes_at)
    )


def took(run: Any) -> int | None:
    """Return how many seconds a close took from its start, waits included."""
    ended: timedelta | None = run.ended_at - run.started_at if run.ended_at else None
    return round(ended.total_seconds()) if ended is not None else None


RUNS = Listing(
    name="closing-runs",
    title="Closes",
    section="Close of Business",
    path=PATH,
    select=_runs,
    key=ClosingRun.id,
    columns=(
        Column("date", "Business date", lambda row: cells.day(row.business_date),
               sort=ClosingRun.business_date, priority=1),
        Column("state", "Status", lambda row: shown_state(row.state), sort=ClosingRun.state,
               priority=1),
        Column("next", "Opened", lambda row: cells.day(row.next_date)),
        Column("why", "Blocked by", lambda row: cells.text(row.refusal)),
        Column("starter", "Started by", lambda row: cells.text(row.starter_name),
               sort=ClosingRun.starter_name),
        Column("automatic", "Automatic", lambda row: cells.flag(is_set=row.is_automatic),
               sort=ClosingRun.is_automatic, priority=3),
        Column("started", "Started", lambda row: cells.instant(row.started_at),
               sort=ClosingRun.started_at),
        Column("ended", "Ended", lambda row: cells.instant(row.ended_at), priority=3),
        Column("took", "Took", lambda row: cells.text(shown_seconds(took(row))), numeric=True,
               priority=3),
    ),
    filters=(
        Filter("state", "Status", "choices", equals(ClosingRun.state),
               lambda _s, _a: tuple((key, one[0]) for key, one in RUN_STATES.items())),
        Filter("date", "Business date", "dates", between(ClosingRun.business_date)),
        Filter("automatic", "Automatic", "flag", lambda _value: ClosingRun.is_automatic),
    ),
    search=contains(ClosingRun.starter_name, ClosingRun.refusal),
    search_hint="Who started it, or why it was blocked",
    sort="-date",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.business_date.isoformat(),
    empty="The first close appears here: start it under Close the Day.",
)  # fmt: skip

CONFIGURATIONS = Listing(
    name="closing-configurations",
    title="COB Configurations",
    section="Close of Business",
    path=CONFIGURATIONS_PATH,
    select=_configurations,
    key=ClosingConfiguration.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=ClosingConfiguration.name,
               priority=1),
        Column("in-force", "In force", lambda row: cells.flag(is_set=row.is_in_force),
               sort=ClosingConfiguration.is_in_force, priority=1),
        Column("time", "Closes at", lambda row: cells.text(shown_time(row))),
        Column("fdt", "Block on Due FDT Failure",
               lambda row: cells.flag(is_set=row.blocks_on_failed_fdt),
               sort=ClosingConfiguration.blocks_on_failed_fdt, priority=3),
        Column("authorized", "Authorized", lambda row: cells.instant(row.authorised_at)),
    ),
    filters=(
        Filter("in-force", "In force", "flag", lambda _value: ClosingConfiguration.is_in_force),
    ),
    search=contains(ClosingConfiguration.name),
    search_hint="Name",
    sort="-in-force",
    label=lambda row: row.name,
    empty="Create the first configuration: until then days are closed by hand.",
)  # fmt: skip
