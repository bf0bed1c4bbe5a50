"""Core Banking > Platforms: the list, one platform, and what is known of those integrated."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.outgoing import NoAnswer
from app.controls.permissions import visible
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.platforms.client import UNREADABLE, credentials_of
from app.platforms.commands import obstacle_to_deletion
from app.platforms.forms import kept_lines
from app.platforms.models import Platform
from app.records.pages import KEPT, inactive, record_page, usual_actions, with_zone
from app.records.retiring import with_status
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact

PATH = "/admin/platforms"


def platform_choices(
    session: Session, actor: Actor, project_id: int | None
) -> list[tuple[int, str]]:
    """Return the platforms in use of a project, for choices."""
    query = select(Platform.id, Platform.name).where(
        *visible(actor, Platform),
        Platform.retired_at.is_(None),
        Platform.project_id == project_id,
    )
    return [(row.id, row.name) for row in session.execute(query.order_by(Platform.name))]


def known_labels(session: Session, actor: Actor) -> list[str]:
    """Return the labels that are integrated already, in any project the actor sees (W06.02)."""
    query = select(Platform.label).where(*visible(actor, Platform)).distinct()
    return sorted(session.scalars(query))


def remembered(session: Session, actor: Actor, label: str) -> dict[str, Any]:
    """Return what the newest platform of a label tells of a new one; no secret (W06.03)."""
    query = select(Platform).where(*visible(actor, Platform), Platform.label == label)
    platform = session.scalars(query.order_by(Platform.id.desc())).first()
    return kept_lines(platform, credential_names(platform)) if platform is not None else {}


def credential_names(platform: Platform) -> list[str]:
    """Return the names of its credentials; none where they cannot be read any more."""
    try:
        return list(credentials_of(platform.credentials_token))
    except NoAnswer:
        return []


def platform_detail(session: Session, actor: Actor, platform: Platform) -> dict[str, Any]:
    """Return the page of one platform; its credentials are never shown."""
    project = session.get_one(Project, platform.project_id)
    rows = [
        fact("Name", cells.text(platform.name)),
        fact("Label", cells.ident(platform.label)),
        fact("Project", cells.text(project.name)),
    ]
    urls = [fact(name, cells.text(url)) for name, url in platform.urls.items()]
    names = credential_names(platform)
    secrets = [fact(name, cells.text("Set")) for name in names]
    if not names:
        told = UNREADABLE if platform.credentials_token else "Not set"
        secrets = [fact("Credentials", cells.text(told))]
    page = record_page(PLATFORMS, platform, rows, subtitle=f"Platform of {project.name}")
    page["cards"] += [
        {"title": "URLs", "rows": urls, "open": True},
        {"title": "Credentials", "rows": secrets, "open": True},
    ]
    if platform.retired_at is not None:
        return inactive(page, platform)
    page |= {"actions": usual_actions(PATH, "platforms", platform, actor)}
    return with_zone(page, KEPT, obstacle=obstacle_to_deletion(session, platform))


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Platform.id,
            Platform.label,
            Platform.name,
            Platform.urls,
            Platform.created_at,
            Project.name.label("project"),
        )
        .join(Project, Project.id == Platform.project_id)
        .where(*visible(actor, Platform))
    )


PLATFORMS = with_status(Listing(
    name="platforms",
    title="Platforms",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Platform.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=Platform.name, priority=1),
        Column("label", "Label", lambda row: cells.ident(row.label), sort=Platform.label),
        Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name),
        Column("urls", "URLs", lambda row: cells.text(", ".join(row.urls.values())), priority=3),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Platform.created_at),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(Platform.project_id), project_choices),
    ),
    search=contains(Platform.name, Platform.label),
    search_hint="Name or label",
    sort="name",
    label=lambda row: row.name,
    empty="Add the gateway or exchange that processes this project's payments.",
), Platform, "platforms")  # fmt: skip
