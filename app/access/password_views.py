"""Pages of passwords: forgotten, chosen anew, changed; and the organisation's rules for them."""

import json

from flask import Blueprint, flash, redirect, request
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from app.access.credentials import (
    INVALID_LINK,
    ChangePassword,
    RenewSession,
    RequestPasswordReset,
    ResetPassword,
    has_open_link,
    owner_of_link,
)
from app.access.forms import PasswordRulesForm
from app.access.password_forms import ChangePasswordForm, ForgottenForm, ResetForm
from app.access.password_rules import SavePasswordRules, rules_of
from app.access.people import normal_email
from app.access.sessions import load
from app.access.throttle import PASSWORD, RESET, CountAttempt
from app.access.views import landing
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS
from app.kernel.errors import Refusal
from app.web.context import actor, organisation, read_session, refresh, request_context
from app.web.guard import permit, public, signed_in
from app.web.pages import form_view, posted_version
from app.web.respond import render, submit

blueprint = Blueprint("passwords", __name__)
_CHANGED = "Password changed successfully"
_GONE = 410


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot_password() -> Response:
    """Ask for a link by mail; the answer tells nobody whether the address is known (E04.03)."""
    form = ForgottenForm()
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            email = form.email.data
            try:
                place = request_context().address
                perform(CountAttempt(RESET, normal_email(email), place), ANONYMOUS)
                perform(RequestPasswordReset(email), ANONYMOUS)
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
            else:
                return render("auth/check_email.html", email=email.strip())
    return render("auth/forgot_password.html", status=status, form=form)


@blueprint.route("/reset-password/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> Response:
    """Choose a new password with the link of the mail (E04.10)."""
    session = read_session()
    if not has_open_link(session, token, door.clock()):
        return render("auth/invalid_link.html", status=_GONE, title=INVALID_LINK)
    form = ResetForm().ask_for(rules_of(session, owner_of_link(session, token)).shortest)
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            try:
                perform(ResetPassword(token, form.password.data, request_context()), ANONYMOUS)
            except Refusal as refusal:
                if refusal.sentence == INVALID_LINK:
                    return render("auth/invalid_link.html", status=_GONE, title=INVALID_LINK)
                form.attach(refusal)
                status = refusal.status
            else:
                toast = {"title": "Password reset successfully", "text": "Sign in with it now."}
                flash(json.dumps(toast), "success")
                return redirect("/login", 303)
    return render("auth/reset_password.html", status=status, form=form, token=token)


@blueprint.route("/change-password", methods=["GET", "POST"])
@signed_in
def change_password() -> Response:
    """Change one's own password: a dialog of the account, or all there is at a first sign-in."""
    shortest = rules_of(read_session(), current_user.user.organisation_id).shortest
    form = ChangePasswordForm().ask_for(shortest)
    if current_user.must_change_password:
        return _forced(form)
    return form_view(
        form,
        command=lambda: _counted(form),
        title="Change password",
        submit_label="Change Password",
        to="/account",
        told=lambda _answer: _renewed(),
        form_fields="auth/_change_fields.html",
    )


@blueprint.route("/admin/password-rules", methods=["GET", "POST"])
@permit("roles.edit")
def password_rules() -> Response:
    """Show and save what the organisation asks of passwords (E04.19)."""
    tenant = organisation()
    rules = rules_of(read_session(), tenant.id if tenant else None)
    form = PasswordRulesForm(obj=rules)
    return form_view(
        form,
        command=lambda: SavePasswordRules(
            posted_version(), form.shortest.data or 0, form.remembered.data or 0
        ),
        title="Password rules",
        submit_label="Save rules",
        to="/admin/password-rules",
        done_title="Password rules saved",
        done_text="They hold for every password chosen from now on.",
        record=rules if rules.id else None,
        version=rules.version,
        intro="A password is never a person's email address, and guessing is always held back.",
    )


def _forced(form: ChangePasswordForm) -> Response:
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            try:
                submit(_counted(form))
                _renewed()
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
            else:
                flash(json.dumps({"title": _CHANGED, "text": ""}), "success")
                return redirect(landing(actor()), 303)
    return render("auth/change_password.html", status=status, form=form)


def _renewed() -> tuple[str, str]:
    """Give this browser another token, which no key keeps, and return what the toast says."""
    token = perform(RenewSession(), current_user.own_actor)
    refresh()
    login_user(load(token))
    return _CHANGED, "Your other browsers were signed out."


def _counted(form: ChangePasswordForm) -> ChangePassword:
    """Return the command once the attempt is counted: a stolen browser guesses no password."""
    who = current_user.user
    perform(CountAttempt(PASSWORD, who.email, request.remote_addr or ""), ANONYMOUS)
    return ChangePassword(form.current.data, form.password.data)
