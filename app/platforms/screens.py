"""Core Banking > Platforms: the list, one platform, its form."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from wtforms import PasswordField, SelectField, StringField

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.platforms.commands import CreatePlatform, EditPlatform
from app.platforms.models import Platform
from app.records.pages import usual_actions
from app.web import cells
from app.web.forms import Form, as_id, chosen, optional, required, set_choices, stripped
from app.web.listing import Column, Filter, Listing, by_id, contains
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/platforms"


class PlatformForm(Form):
    """A platform; project and label are chosen once."""

    project_id = SelectField("Project", chosen("Project"), validate_choice=False)
    label = StringField(
        "Label", required("Label"), description="Letters, digits and hyphens; it stays"
    )
    name = StringField("Name", required("Name"))
    base_url = StringField(
        "URL",
        required("URL"),
        description="Transactions are asked at URL/transactions/ID, balances at URL/balances/ID",
    )
    api_key = PasswordField(
        "API key", optional("API key"), description="Kept encrypted; leave empty to keep it"
    )

    def create(self) -> CreatePlatform:
        """Return the command of a new platform."""
        return CreatePlatform(
            as_id(self.project_id.data) or 0,
            stripped(self.label.data),
            stripped(self.name.data),
            stripped(self.base_url.data),
            stripped(self.api_key.data),
        )

    def edit(self, platform_id: int, version: int) -> EditPlatform:
        """Return the command that saves a platform."""
        return EditPlatform(
            platform_id,
            version,
            stripped(self.name.data),
            stripped(self.base_url.data),
            stripped(self.api_key.data),
        )


def prepare(form: PlatformForm, session: Session, actor: Actor, platform: Platform | None) -> None:
    """Offer the projects, or leave out what stays as it is."""
    if platform is not None:
        del form.project_id, form.label
    else:
        set_choices(form.project_id, project_choices(session, actor), empty="Choose a project")


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


def platform_detail(session: Session, actor: Actor, platform: Platform) -> dict[str, Any]:
    """Return the page of one platform; its key is never shown."""
    project = session.get(Project, platform.project_id)
    rows = [
        fact("Name", cells.text(platform.name)),
        fact("Label", cells.ident(platform.label)),
        fact("URL", cells.text(platform.base_url)),
        fact("API key", cells.text("Set" if platform.key_token else "Not set")),
        fact("Project", cells.text(project.name if project else "")),
        fact("Created at", cells.instant(platform.created_at)),
        fact("Updated at", cells.instant(platform.updated_at)),
    ]
    return {
        "title": platform.name,
        "subtitle": f"Platform of {project.name if project else ''}",
        "ident": platform.label,
        "badge": None,
        "back": {"label": "Platforms", "href": PATH},
        "actions": usual_actions(PATH, "platforms", platform, actor),
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": platform.version,
    }


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Platform.id,
            Platform.label,
            Platform.name,
            Platform.base_url,
            Platform.created_at,
            Project.name.label("project"),
        )
        .join(Project, Project.id == Platform.project_id)
        .where(*visible(actor, Platform), Platform.retired_at.is_(None))
    )


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    details = row_action("Details", f"{PATH}/{row.id}", "eye", drawer=True)
    return [details, *usual_actions(PATH, "platforms", row, actor)]


PLATFORMS = Listing(
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
        Column("url", "URL", lambda row: cells.text(row.base_url), priority=3),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Platform.created_at),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(Platform.project_id), project_choices),
    ),
    search=contains(Platform.name, Platform.label),
    search_hint="Name or label",
    sort="name",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.name,
    actions=_actions,
    empty="Add the gateway or exchange that processes this project's payments.",
)  # fmt: skip
