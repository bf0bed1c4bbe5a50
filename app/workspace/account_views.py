"""A person's own account: a drawer over any page, and a page of its own (E07)."""

import json
from typing import Any

from flask import Blueprint, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.details import (
    SaveNextOfKin,
    SavePersonalInformation,
    next_of_kin,
    personal_details,
)
from app.access.open_sessions import EndOtherSessions, EndSession
from app.access.positions import ReportPosition
from app.kernel.errors import Refusal
from app.web.context import actor, area, read_session
from app.web.forms import Form
from app.web.guard import signed_in
from app.web.pages import posted_version
from app.web.respond import done, render, submit, wants_fragment
from app.workspace.account import account_page
from app.workspace.forms import NextOfKinForm, PersonalForm

blueprint = Blueprint("account", __name__)
PATH = "/account"
PERSONAL, KIN = "personal", "kin"


@blueprint.get(PATH)
@signed_in
def account() -> Response:
    """Show one's own account; `?edit=` opens a section's form in its place."""
    forms = {PERSONAL: _personal_form, KIN: _kin_form}
    editing = request.args.get("edit", "")
    return _show(editing, forms[editing]() if editing in forms else None)


@blueprint.post(f"{PATH}/position")
@signed_in
def position() -> Response:
    """Keep where an agent's browser is; nothing is shown."""
    place = ReportPosition(request.form.get("latitude", ""), request.form.get("longitude", ""))
    submit(place)
    return Response(status=204)


@blueprint.post(f"{PATH}/personal")
@signed_in
def save_personal() -> Response:
    """Save what one says of oneself (E07.06)."""
    form = _of_person(PersonalForm())
    return _save(
        PERSONAL,
        form,
        lambda: SavePersonalInformation(
            posted_version(),
            form.display_name.data,
            form.personal_email.data or "",
            form.personal_phone.data or "",
            form.official_phone.data or "" if form.official_phone else "",
            tuple(form.non_working_days.data or ()) if form.non_working_days else (),
        ),
        "Personal information updated",
    )


@blueprint.post(f"{PATH}/next-of-kin")
@signed_in
def save_next_of_kin() -> Response:
    """Save whom to call, or clear it (E07.13, E07.15)."""
    form = NextOfKinForm()
    return _save(
        KIN,
        form,
        lambda: SaveNextOfKin(posted_version(), **{f.name: f.data or "" for f in form}),
        "Next of kin updated",
    )


@blueprint.post(f"{PATH}/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> Response:
    """Sign one of one's own browsers out."""
    submit(EndSession(session_id))
    return done("Signed out there", "That browser has to sign in again.", to=PATH)


@blueprint.post(f"{PATH}/sessions/end")
@signed_in
def end_other_sessions() -> Response:
    """Sign out every other browser of one's own."""
    submit(EndOtherSessions())
    return done("Signed out everywhere else", "Only this browser is signed in now.", to=PATH)


def _save(section: str, form: Form, command: Any, told: str) -> Response:
    """Save a section: the account comes back in its place with the toast, or as a page."""
    if not form.validate():
        return _show(section, form, status=422)
    try:
        submit(command())
    except Refusal as refusal:
        form.attach(refusal)
        return _show(section, form, status=refusal.status)
    if not wants_fragment():
        return done(told, to=PATH)
    response = _show()
    toast = {"kind": "success", "title": told, "text": ""}
    response.headers["HX-Trigger"] = json.dumps({"toast": toast})
    return response


def _show(editing: str = "", form: Form | None = None, *, status: int = 200) -> Response:
    who, user = actor(), current_user.user
    shown = account_page(read_session(), who, user, present=current_user.login_session)
    return render(
        "workspace/account.html",
        fragment="workspace/_account.html",
        status=status,
        account=shown,
        editing=editing,
        form=form,
        layout=area(),
    )


def _personal_form() -> PersonalForm:
    user = current_user.user
    details = personal_details(read_session(), user.id)
    form = _of_person(PersonalForm(obj=details))
    form.display_name.data = user.shown_name
    return form


def _of_person(form: PersonalForm) -> PersonalForm:
    """Leave out what only those have who work here."""
    if current_user.user.kind == "client":
        del form.official_phone
        del form.non_working_days
    return form


def _kin_form() -> NextOfKinForm:
    return NextOfKinForm(obj=next_of_kin(read_session(), current_user.user.id))
