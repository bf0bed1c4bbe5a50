"""Signing in and out."""

import json
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, request, session
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.access.commands import AUTHENTICATION_FAILED, SignIn, SignOut
from app.access.password_forms import SignInForm
from app.access.people import normal_email
from app.access.preview import StopSeeingAsRole
from app.access.sessions import CHANGE_PASSWORD, load
from app.access.throttle import SIGN_IN, CountAttempt
from app.controls.commands import perform
from app.controls.identity import ANONYMOUS, Actor
from app.kernel.errors import Refusal
from app.web.context import refresh, request_context
from app.web.guard import public
from app.web.respond import render

blueprint = Blueprint("access", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Sign in; who is signed in already is led away (E03)."""
    if current_user.is_authenticated:
        return redirect(landing(current_user.actor))
    form = SignInForm()
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            try:
                return _enter(form)
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
    return render(
        "auth/login.html", status=status, form=form, next=own_path(request.values.get("next"))
    )


@blueprint.post("/logout")
@public
def logout() -> Response:
    """End the session on the server and forget the cookie (E05)."""
    if current_user.is_authenticated:
        who = current_user.own_actor
        perform(StopSeeingAsRole(current_user.login_session.id), who)
        perform(SignOut(current_user.token), who)
    logout_user()
    session.clear()
    response = redirect("/login", 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def landing(actor: Actor) -> str:
    """Return where a person starts: administrators, clients and the others (E03.01, E03.02)."""
    if actor.scope.client_id is not None:
        return "/portal"
    if actor.may("platform.administer") or actor.may("dashboard.view"):
        return "/admin/dashboard" if is_administrator(actor) else "/"
    return "/"


def is_administrator(actor: Actor) -> bool:
    """Tell whether the person administers the platform or the organisation."""
    return actor.may("platform.administer") or actor.may("roles.edit")


def own_path(target: str | None) -> str | None:
    """Return the target when it is a path of this portal, else None."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    # A browser leaves out tabs and ends of lines, so "/<tab>/elsewhere" would lead elsewhere.
    return target if target.isprintable() and "\\" not in target else None


def path_before() -> str | None:
    """Return the path of the page that sent the request, when its browser tells a sound one."""
    try:
        return own_path(urlsplit(request.referrer or "").path)
    except ValueError:
        return None


def _enter(form: SignInForm) -> Response:
    email, context = form.email.data, request_context()
    perform(CountAttempt(SIGN_IN, normal_email(email), context.address), ANONYMOUS)
    token = perform(SignIn(email, form.password.data, context), ANONYMOUS)
    session.clear()
    refresh()
    person = load(token)
    if person is None:
        raise Refusal(AUTHENTICATION_FAILED)
    login_user(person)
    if person.must_change_password:
        return redirect(CHANGE_PASSWORD, 303)
    flash(json.dumps({"title": "Welcome back!", "text": ""}), "success")
    return redirect(own_path(request.form.get("next")) or landing(person.actor), 303)
