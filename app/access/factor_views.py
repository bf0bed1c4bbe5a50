"""A person's own second factors: set up, removed, and their recovery codes told once."""

from typing import Any

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from flask import Blueprint, redirect
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.access.enrolment import (
    AddPasskey,
    RemoveAuthenticator,
    RemovePasskey,
    RenewRecoveryCodes,
    SetUpAuthenticator,
    new_secret,
)
from app.access.factor_forms import CodeForm, PasskeyForm, SetUpForm
from app.access.factor_models import Passkey
from app.access.factors import factors_of
from app.access.passkeys import ADD, PROVE, relying_party
from app.access.proving import count_attempt, put_question, question
from app.access.sessions import SECOND_FACTOR as PATH
from app.access.step_up import stepped_up
from app.access.views import landing
from app.controls.commands import perform
from app.controls.secrecy import cipher
from app.kernel.errors import Missing, Refusal
from app.web import cells
from app.web.context import actor, area, read_session, refresh
from app.web.guard import signed_in
from app.web.pages import confirm_view, fact, form_view
from app.web.respond import render

blueprint = Blueprint("second_factors", __name__)
_ACCOUNT = "/account"


@blueprint.get(PATH)
@signed_in
def choose() -> Response:
    """Let a person whose role asks for a second factor choose one: all there is until then."""
    if not current_user.login_session.owes_factor:
        return redirect(_ACCOUNT)
    return render("access/enrol.html", path=PATH, offers_passkey=relying_party.is_usable)


@blueprint.route(f"{PATH}/app", methods=["GET", "POST"])
@signed_in
@stepped_up
def set_up() -> Response:
    """Show the secret as a picture and as text, and keep it once a code shows it arrived."""
    if factors_of(read_session(), current_user.user.id).authenticator is not None:
        return redirect(_ACCOUNT)
    form = SetUpForm()
    secret = _opened(form.sealed.data or "") or new_secret()
    form.sealed.data = cipher.encrypt(f"{current_user.user.id} {secret}")
    status = 200
    if form.is_posted:
        status = 422
        if form.validate():
            try:
                count_attempt(current_user.user)
                return _told(SetUpAuthenticator(secret, form.code.data), "Authenticator app set up")
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=current_user.user.email, issuer_name=relying_party.name
    )
    picture = Markup(segno.make(uri, error="m").svg_inline(scale=4, border=2))  # noqa: S704
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return _page("access/_authenticator.html", status, form=form, qr=picture, secret=grouped)


@blueprint.route(f"{PATH}/app/off", methods=["GET", "POST"])
@signed_in
def turn_off() -> Response:
    """Turn the app off with a code."""
    if factors_of(read_session(), current_user.user.id).authenticator is None:
        raise Missing
    form = CodeForm()

    def command() -> RemoveAuthenticator:
        count_attempt(current_user.user)
        return RemoveAuthenticator(form.code.data)

    return form_view(
        form,
        command=command,
        title="Turn off authenticator app",
        submit_label="Turn off",
        to=_ACCOUNT,
        done_title="Authenticator app turned off",
        danger=True,
        intro="Codes of the app are asked for no longer.",
    )


@blueprint.route(f"{PATH}/codes", methods=["GET", "POST"])
@signed_in
@stepped_up
def codes() -> Response:
    """Replace the recovery codes after a question; the new ones are told once."""
    if not factors_of(read_session(), current_user.user.id):
        raise Missing
    form, status = CodeForm(), 200
    if form.is_posted:
        try:
            return _told(RenewRecoveryCodes(), "New recovery codes")
        except Refusal as refusal:
            form.attach(refusal)
            status = refusal.status
    return _page("access/_renew_codes.html", status, form=form)


@blueprint.route(f"{PATH}/passkeys/new", methods=["GET", "POST"])
@signed_in
@stepped_up
def add_passkey() -> Response:
    """Name a passkey and let the device make it."""
    form, status = PasskeyForm(), 200
    if form.is_posted:
        status = 422
        if form.validate():
            answer, form.passkey.data = form.passkey.data or "", ""
            try:
                return _told(AddPasskey(form.name.data, answer, question()), "Passkey added")
            except Refusal as refusal:
                form.attach(refusal)
                status = refusal.status
    return _page(
        "access/_passkey.html",
        status,
        form=form,
        options_href=f"{PATH}/passkeys/options",
        is_usable=relying_party.is_usable,
    )


@blueprint.post(f"{PATH}/passkeys/options")
@signed_in
def creation_options() -> Response:
    """Ask the device to make a passkey; to keep it asks for a fresh proof."""
    return put_question(ADD, current_user.user.id)


@blueprint.post(f"{PATH}/proof-options")
@signed_in
def proof_options() -> Response:
    """Ask for one of one's own passkeys, to prove oneself again."""
    return put_question(PROVE, current_user.user.id)


@blueprint.route(f"{PATH}/passkeys/<int:passkey_id>/remove", methods=["GET", "POST"])
@signed_in
@stepped_up
def remove_passkey(passkey_id: int) -> Response:
    """Take a passkey away after a confirmation."""
    passkey = read_session().get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != current_user.user.id:
        raise Missing
    return confirm_view(
        command=lambda: RemovePasskey(passkey_id),
        title="Remove passkey",
        body="It opens nothing here any more. Remove it from the device as well.",
        rows=[
            fact("Name", cells.text(passkey.name)),
            fact("Added", cells.instant(passkey.created_at)),
        ],
        verb="Remove",
        to=_ACCOUNT,
        done_title="Passkey removed",
        danger=True,
    )


def _told(command: Any, title: str) -> Response:
    """Carry the command out and tell its codes; no key, since an answer under one is kept."""
    was_owed = current_user.login_session.owes_factor
    told = perform(command, actor())
    refresh()
    done_href = landing(current_user.actor) if was_owed else _ACCOUNT
    return _page("access/_codes.html", 200, title=title, codes=told, done_href=done_href)


def _page(part: str, status: int, **context: Any) -> Response:
    """Render a part as a page or in its dialog; who owes a factor sees nothing around it."""
    owes = current_user.login_session.owes_factor
    return render(
        "access/factor_page.html",
        fragment=part,
        status=status,
        part=part,
        layout="layout/plain.html" if owes else area(),
        cancel_href=PATH if owes else _ACCOUNT,
        **context,
    )


def _opened(sealed: str) -> str:
    """Return the secret that was offered to this very person, or nothing."""
    try:
        user_id, _, secret = cipher.decrypt(sealed).partition(" ")
    except (InvalidTag, ValueError):
        return ""
    return secret if user_id == str(current_user.user.id) else ""
