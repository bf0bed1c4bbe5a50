"""System > Pipelines: the runs, and the servers that report them."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.organisation.models import Project
from app.pipelines.commands import SERVERS
from app.pipelines.models import STATUSES, SYSTEMS, TONES, PipelineRun, PipelineServer
from app.projects.pages import ProjectForm, ProjectPages, Shown, project_column, project_filter
from app.web import cells
from app.web.forms import chosen, options, required
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.respond import row_action

RUNS_PATH, SERVERS_PATH = "/admin/pipelines", "/admin/pipeline-servers"
_MINUTE = 60


class ServerForm(ProjectForm):
    """A server; its name stays."""

    name = StringField("Name", required("Name"))
    system = SelectField("System", chosen("System"), choices=options(SYSTEMS))


def _select(who: Actor) -> Select[Any]:
    run = PipelineRun
    return (
        select(
            run.id, run.run, run.pipeline, run.branch, run.status, run.started_at,
            run.duration_seconds, run.url,
            PipelineServer.name.label("server"), PipelineServer.system,
            Project.name.label("project"),
        )
        .join(PipelineServer, PipelineServer.id == run.server_id)
        .join(Project, Project.id == run.project_id)
        .where(*visible(who, run))
    )  # fmt: skip


def _duration(row: Any) -> cells.Cell:
    if row.duration_seconds is None:
        return cells.text("")
    minutes, seconds = divmod(row.duration_seconds, _MINUTE)
    return cells.text(f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s")


def _servers(session: Session, who: Actor) -> list[tuple[int, str]]:
    query = select(PipelineServer.id, PipelineServer.name).where(*visible(who, PipelineServer))
    return [(row.id, row.name) for row in session.execute(query.order_by(PipelineServer.name))]


RUNS = Listing(
    name="pipelines",
    title="Pipelines",
    section="Pipelines",
    path=RUNS_PATH,
    select=_select,
    key=PipelineRun.id,
    columns=(
        Column("pipeline", "Pipeline",
               lambda row: cells.text(row.pipeline, href=row.url or None, drawer=False),
               sort=PipelineRun.pipeline, priority=1),
        Column("run", "Run", lambda row: cells.ident(row.run)),
        Column("branch", "Branch", lambda row: cells.text(row.branch), sort=PipelineRun.branch),
        Column("status", "Status", lambda row: cells.badge(STATUSES[row.status], TONES[row.status]),
               sort=PipelineRun.status, priority=1),
        Column("started", "Started", lambda row: cells.instant(row.started_at),
               sort=PipelineRun.started_at),
        Column("duration", "Duration", _duration, numeric=True),
        Column("server", "Server", lambda row: cells.text(row.server)),
        Column("system", "System", lambda row: cells.text(SYSTEMS[row.system]), shown=False),
        project_column(),
    ),
    filters=(
        Filter("status", "Status", "choices", equals(PipelineRun.status),
               lambda _session, _who: list(STATUSES.items())),
        Filter("server", "Server", "choices", by_id(PipelineRun.server_id), _servers),
        project_filter(PipelineRun),
        Filter("started", "Started", "dates", within_days(PipelineRun.started_at)),
    ),
    search=contains(PipelineRun.pipeline, PipelineRun.branch, PipelineRun.run),
    search_hint="Pipeline, branch or run",
    sort="-started",
    label=lambda row: f"{row.pipeline} {row.run}",
    empty="Add a server, give it a token, and let it post its runs here.",
)  # fmt: skip


def _token_action(row: Any, who: Actor) -> list[dict[str, Any]]:
    if not holds(who, "pipelines.edit"):
        return []
    return [row_action("New token", f"{SERVERS_PATH}/{row.id}/token", "key-round", dialog=True)]


SERVER_PAGES = ProjectPages(
    SERVERS,
    SERVERS_PATH,
    "Servers",
    "Pipelines",
    "Add the CI/CD server of a project, then give it a token.",
    (
        Shown("name", "Name"),
        Shown("system", "System", lambda row: cells.text(SYSTEMS[row.system])),
        Shown(
            "token_hash",
            "Token",
            lambda row: cells.text("Given" if row.token_hash else "None yet"),
        ),
    ),
    ServerForm,
    ("name",),
    actions=_token_action,
)
