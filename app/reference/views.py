"""Core Banking > Configurations: the page, and the drawers of its panels."""

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.controls.permissions import find
from app.kernel.errors import Missing, Refusal
from app.organisation.models import Project
from app.reference.commands import CloneConfiguration, DeleteConfiguration, MakeDefault
from app.reference.currencies import KINDS
from app.reference.drawers import new_currency_form, new_form, saved_form
from app.reference.forms import CloneForm
from app.reference.listviews import mount_lists
from app.reference.pages import PATH, configuration_page, page_of
from app.reference.queries import sources_of
from app.reference.sections import row_of, section_of
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version
from app.web.respond import done, refused, render, submit

blueprint = Blueprint("reference", __name__)
mount_lists(blueprint)
_LONGEST_SEARCH = 200


@blueprint.get(PATH)
@permit("configuration.view")
def configurations() -> Response:
    """Show the panels of one project."""
    page = configuration_page(
        read_session(),
        actor(),
        project_id=as_id(request.args.get("project")),
        search=request.args.get("search", "").strip()[:_LONGEST_SEARCH],
    )
    return render("reference/configurations.html", page=page)


@blueprint.route(f"{PATH}/<key>/new", methods=["GET", "POST"])
@permit("configuration.create")
def new(key: str) -> Response:
    """Add a row to a panel."""
    section, project = section_of(key), _project()
    if key == "currencies":
        return _new_currency(project)
    form = new_form(key)
    return form_view(
        form,
        command=lambda: form.create(project.id),
        title=f"Add {section.singular.lower()}",
        submit_label="Save",
        to=page_of(project.id),
        done_title=f"{section.singular} added",
        **_fields(form),
    )


@blueprint.route(f"{PATH}/<key>/<int:row_id>/edit", methods=["GET", "POST"])
@permit("configuration.edit")
def edit(key: str, row_id: int) -> Response:
    """Change a row."""
    section = section_of(key)
    row = row_of(read_session(), actor(), section.model, row_id)
    project_id = row.project_id
    form = saved_form(key, row)
    return form_view(
        form,
        command=lambda: form.edit(row, posted_version()),
        title=f"Edit {section.singular.lower()} {row.label}",
        submit_label="Save",
        to=page_of(project_id),
        done_title=f"{section.singular} saved",
        record=row,
        **_fields(form),
    )


@blueprint.route(f"{PATH}/<key>/<int:row_id>/delete", methods=["GET", "POST"])
@permit("configuration.delete")
def delete(key: str, row_id: int) -> Response:
    """Delete a row after a confirmation; it is gone for good (W12.11)."""
    section = section_of(key)
    row = row_of(read_session(), actor(), section.model, row_id)
    return confirm_view(
        command=lambda: DeleteConfiguration(key, row_id),
        title=f"Delete {section.singular.lower()}",
        body="This is permanent and cannot be undone.",
        rows=[fact("Label", cells.text(row.label)), fact("Name", cells.text(row.name))],
        verb="Delete",
        to=page_of(row.project_id),
        done_title=f"{section.singular} deleted",
        danger=True,
    )


@blueprint.post(f"{PATH}/<key>/<int:row_id>/default")
@permit("configuration.edit")
def default(key: str, row_id: int) -> Response:
    """Mark a row as its section's default."""
    row = row_of(read_session(), actor(), section_of(key).model, row_id)
    name, to = row.name, page_of(row.project_id)
    try:
        submit(MakeDefault(key, row_id))
    except Refusal as refusal:
        return refused(refusal, back=to)
    return done("Default changed", f"{name} is the default now.", to=to)


@blueprint.route(f"{PATH}/<key>/clone", methods=["GET", "POST"])
@permit("configuration.create")
def clone(key: str) -> Response:
    """Copy a panel from another project (W12.06)."""
    section, project = section_of(key), _project()
    form = CloneForm()
    sources = sources_of(read_session(), actor(), section, project)
    set_choices(form.source_id, sources, empty="Choose a project")
    return form_view(
        form,
        command=lambda: CloneConfiguration(key, project.id, as_id(form.source_id.data) or 0),
        title="Clone from project",
        submit_label="Clone",
        to=page_of(project.id),
        done_title=f"{section.title} cloned",
        intro=f"All entries of {section.title} are copied into {project.name}.",
    )


def _new_currency(project: Project) -> Response:
    kind = request.args.get("kind", "fiat")
    tenant = organisation()
    if kind not in KINDS or tenant is None:
        raise Missing
    form, exponents, rate_name = new_currency_form(read_session(), tenant, project, kind)

    def command() -> Any:
        code = (form.label or form.code).data.strip().upper()
        exponent = exponents.get(code, int(form.exponent.data) if form.exponent else 0)
        return form.create(project.id, kind, exponent, rate_name)

    return form_view(
        form,
        command=command,
        title="Add currency",
        submit_label="Save",
        to=page_of(project.id),
        done_title="Currency added",
        tabs=[
            {
                "label": label,
                "href": f"{PATH}/currencies/new?project={project.id}&kind={value}",
                "current": value == kind,
            }
            for value, label in KINDS.items()
        ],
        **_fields(form),
    )


def _project() -> Project:
    project_id = as_id(request.args.get("project"))
    return find(read_session(), actor(), Project, project_id or 0)


def _fields(form: Any) -> dict[str, str]:
    template = getattr(form, "fields_template", None)
    return {"form_fields": template} if template else {}
