"""Signing in and out."""

import json

from flask import Blueprint, flash, redirect, request, session
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.access.commands import AUTHENTICATION_FAILED, SignIn, SignOut
from app.access.passkeys import NOT_ACCEPTED, relying_party
from app.access.password_forms import SignInForm
from app.access.people import normal_email
from app.access.preview import StopSeeingAsRole
from app.access.refused import NoteRefusedSignIn
from app.access.second_step import half_session
from app.access.sessions import load
from app.access.throttle import SIGN_IN, CountAttempt
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS, Actor
from app.kernel.errors import Refusal
from app.web.context import read_session, refresh, request_context
from app.web.guard import came_from, public
from app.web.respond import render

blueprint = Blueprint("access", __name__)
# What a browser keeps between the password and the second factor.
HALF, NEXT = "half", "next"


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Sign in; who is signed in already is led away (E03)."""
    if current_user.is_authenticated:
        return redirect(landing(current_user.actor))
    form = SignInForm()
    if request.args.get("passkey") == "refused":
        form.form_errors = [f"{NOT_ACCEPTED}. Use your password."]
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
        "auth/login.html",
        status=status,
        form=form,
        next=own_path(request.values.get("next")),
        offers_passkey=relying_party.is_usable,
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


def come_in(token: str, target: str | None) -> Response:
    """Give the browser its session, and lead to what is due first, or to where it wanted."""
    session.clear()
    refresh()
    person = load(token)
    if person is None:
        raise Refusal(AUTHENTICATION_FAILED)
    login_user(person)
    due = person.due()
    if due is not None:
        return redirect(due, 303)
    flash(json.dumps({"title": "Welcome back!", "text": ""}), "success")
    return redirect(target or landing(person.actor), 303)


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
    return own_path(came_from().path)


def _enter(form: SignInForm) -> Response:
    email, context = form.email.data, request_context()
    perform(CountAttempt(SIGN_IN, normal_email(email), context.address), ANONYMOUS)
    try:
        token = perform(SignIn(email, form.password.data, context), ANONYMOUS)
    except Refusal as refusal:
        perform(NoteRefusedSignIn(email, refusal.sentence, context), ANONYMOUS)
        raise
    target = own_path(request.form.get("next"))
    refresh()
    if half_session(read_session(), token, door.clock()) is None:
        return come_in(token, target)
    session.clear()
    session[HALF], session[NEXT] = token, target
    return redirect("/login/second-factor", 303)
