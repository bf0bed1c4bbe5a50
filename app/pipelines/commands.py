"""Servers are added and given a token; with it they report their runs, as often as they like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.retiring import live
from app.controls.work import Work
from app.kernel.errors import Missing, Refusal
from app.pipelines.models import RUNNING, STATUSES, SYSTEMS, PipelineRun, PipelineServer
from app.projects.commands import line_of, one_of, project_list

MODULE = "pipelines"
LONGEST_URL = 500
_LONGEST_SECONDS = 10**8
# A server whose clock is a little ahead has started its run all the same.
_CLOCKS_DIFFER = timedelta(minutes=5)


def _server(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    return {
        "name": line_of(values, "name", "Name"),
        "system": one_of(values, "system", "System", SYSTEMS),
    }


SERVERS = project_list(
    PipelineServer, "Pipeline server", module=MODULE, key=("name",), check=_server
)


@dataclass(frozen=True, slots=True)
class RenewToken:
    """Let a server report with another token, of which only the hash is known here."""

    server_id: int
    token_hash: str


@dataclass(frozen=True, slots=True)
class ReportRun:
    """Tell of a run, by the server whose token has this hash; `told` is what it sent."""

    token_hash: str
    told: Mapping[str, Any]


@handles(RenewToken, permission="pipelines.edit")
def renew_token(work: Work, command: RenewToken) -> None:
    """Keep the hash; the token before it is good no more. An inactive server is refused (409)."""
    live(work, PipelineServer, command.server_id).token_hash = command.token_hash


@handles(ReportRun, permission=SYSTEM_ONLY)
def report_run(work: Work, command: ReportRun) -> int:
    """Note the run, once however often it is told; returns its id.

    A run that has ended stays as it ended. An unknown token is missing (404); refused (422): a run
    without a number or a pipeline, an unknown status, a time without a zone or one to come, an
    address that is none of the web, and what is no text where a text is told.
    """
    query = select(PipelineServer).where(
        PipelineServer.organisation_id == work.actor.tenant_id,
        PipelineServer.token_hash == command.token_hash,
        PipelineServer.retired_at.is_(None),
    )
    # The server is locked: of two reports of a run at once, the second finds the first.
    server = work.session.scalars(query.with_for_update()).one_or_none()
    if server is None:
        raise Missing
    values = _checked(work, command.told)
    known = select(PipelineRun).where(
        PipelineRun.organisation_id == server.organisation_id,
        PipelineRun.server_id == server.id,
        PipelineRun.run == values["run"],
    )
    run = work.session.scalars(known).one_or_none()
    if run is None:
        run = PipelineRun(
            organisation_id=server.organisation_id,
            project_id=server.project_id,
            server_id=server.id,
            **values,
        )
        return work.add(run).id
    if run.status == RUNNING:
        for name, value in values.items():
            setattr(run, name, value)
    return run.id


def _checked(work: Work, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run": _text(told, "run", longest=100),
        "pipeline": _text(told, "pipeline"),
        "branch": _text(told, "branch", needed=False),
        "status": one_of(told, "status", "status", STATUSES),
        "started_at": _started(told.get("started_at"), work.now),
        "duration_seconds": _seconds(told.get("duration_seconds")),
        "url": _web_address(_text(told, "url", longest=LONGEST_URL, needed=False)),
    }


def _text(told: Mapping[str, Any], name: str, **limits: Any) -> str:
    """Return a text, or a whole number as one: servers count their runs."""
    given = told.get(name)
    if isinstance(given, bool) or not isinstance(given, str | int | None):
        raise Refusal(f"{name} must be a text")
    return line_of(told, name, name, **limits)


def _started(told: object, now: datetime) -> datetime:
    if told is None:
        return now
    found = _instant(told)
    if found > now + _CLOCKS_DIFFER:
        raise Refusal("started_at must not be in the future")
    return found


def _instant(told: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(told))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal("started_at must be an instant such as 2026-11-20T09:30:00Z")


def _seconds(told: object) -> int | None:
    if told is None:
        return None
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= _LONGEST_SECONDS:
        raise Refusal("duration_seconds must be whole seconds")
    return told


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc):
        raise Refusal("url must be an address of the web")
    return url
