"""The addresses of translations, texts and templates, and of the choice of a language."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from app.access.views import path_before
from app.localisation.commands import ChooseLanguage
from app.localisation.screens import PAGES
from app.projects.pages import mount_project_list
from app.web.guard import signed_in
from app.web.respond import submit

blueprint = Blueprint("localisation", __name__)


@blueprint.post("/language")
@signed_in
def choose() -> Response:
    """Keep the language and come back to the page one was on, which is in it now."""
    submit(ChooseLanguage(request.form.get("language", "")))
    return redirect(path_before() or "/", 303)


for _pages in PAGES:
    mount_project_list(blueprint, _pages)
