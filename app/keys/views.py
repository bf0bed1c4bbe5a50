"""Integrations > API Keys and Service Accounts; a person's own keys stand in their account."""

from collections.abc import Sequence

from flask import Blueprint
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access.models import User, UserProject, UserRole
from app.access.resource import role_choices
from app.access.step_up import stepped_up
from app.controls.commands import perform
from app.controls.permissions import demand, find, holds
from app.kernel.errors import Missing, Refusal
from app.keys.commands import SERVICE, RevokeApiKey, keys_reach
from app.keys.forms import KeyForm, ServiceAccountForm
from app.keys.models import ApiKey
from app.keys.resource import (
    KEYS,
    PATH,
    SERVICES,
    SERVICES_PATH,
    key_detail,
    keys_of,
    service_detail,
)
from app.keys.scopes import reachable_scopes
from app.organisation.queries import branch_choices, project_choices
from app.web import cells
from app.web.context import actor, read_session, refresh
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import render, row_action

blueprint = Blueprint("keys", __name__)
OWN_PATH = "/account/api-keys"
register(KEYS)
register(SERVICES)


@blueprint.get(PATH)
@permit("api-keys.view")
def index() -> Response:
    """List everybody's keys."""
    return show_list(KEYS)


@blueprint.get(f"{PATH}.csv")
@permit("api-keys.view")
def export() -> Response:
    """Send the list of keys as CSV."""
    return send_csv(KEYS)


@blueprint.get(f"{PATH}/<int:key_id>")
@permit("api-keys.view")
def show(key_id: int) -> Response:
    """Show what a key opens, and when it was used."""
    key = find(read_session(), actor(), ApiKey, key_id)
    return show_detail(key_detail(read_session(), actor(), key))


@blueprint.route(f"{PATH}/<int:key_id>/revoke", methods=["GET", "POST"])
@permit("api-keys.delete")
def revoke(key_id: int) -> Response:
    """End any key."""
    return _revoke(key_id, to=PATH)


@blueprint.get(OWN_PATH)
@permit("api-keys.own")
def own() -> Response:
    """Show one's own keys."""
    new = row_action("New key", f"{OWN_PATH}/new", "key-round", drawer=True, primary=True)
    return show_detail(
        {
            "title": "API keys",
            "subtitle": "For programs that work in your name",
            "ident": "",
            "badge": None,
            "back": {"label": "Account", "href": "/account"},
            "actions": [new],
            "cards": [],
            "tabs": [],
            "workflow": None,
            "timeline": None,
            "version": 0,
            "extra": "keys/_keys.html",
            "owned_keys": keys_of(read_session(), current_user.user.id),
            "keys_href": OWN_PATH,
            "may_revoke": True,
        }
    )


@blueprint.route(f"{OWN_PATH}/new", methods=["GET", "POST"])
@permit("api-keys.own")
@stepped_up
def new_own() -> Response:
    """Make a key for oneself; its secret is told once."""
    return _new_key(None, held=actor().permissions, to=OWN_PATH)


@blueprint.route(f"{OWN_PATH}/<int:key_id>/revoke", methods=["GET", "POST"])
@permit("api-keys.own")
def revoke_own(key_id: int) -> Response:
    """End one of one's own keys."""
    if find(read_session(), actor(), ApiKey, key_id).user_id != actor().user_id:
        raise Missing
    return _revoke(key_id, to=OWN_PATH)


@blueprint.get(SERVICES_PATH)
@permit("api-keys.view")
def services() -> Response:
    """List the service accounts."""
    may = holds(actor(), "api-keys.create")
    create = {"label": "Create service account", "href": f"{SERVICES_PATH}/new"} if may else None
    return show_list(SERVICES, create=create)


@blueprint.get(f"{SERVICES_PATH}.csv")
@permit("api-keys.view")
def services_csv() -> Response:
    """Send the list of service accounts as CSV."""
    return send_csv(SERVICES)


@blueprint.route(f"{SERVICES_PATH}/new", methods=["GET", "POST"])
@permit("api-keys.create")
def new_service() -> Response:
    """Add a service account."""
    demand(actor(), "users.create")
    form = ServiceAccountForm()
    _prepare(form, None)
    return form_view(
        form,
        command=form.create,
        title="Create service account",
        submit_label="Create",
        to=SERVICES_PATH,
        done_title="Service account created",
        done_text="Give it a key next.",
        opened=lambda user_id: f"{SERVICES_PATH}/{user_id}",
    )


@blueprint.get(f"{SERVICES_PATH}/<int:user_id>")
@permit("api-keys.view")
def show_service(user_id: int) -> Response:
    """Show a service account with its keys."""
    return show_detail(service_detail(read_session(), actor(), _service(user_id)))


@blueprint.route(f"{SERVICES_PATH}/<int:user_id>/edit", methods=["GET", "POST"])
@permit("api-keys.create")
def edit_service(user_id: int) -> Response:
    """Change a service account."""
    account = _service(user_id)
    form = ServiceAccountForm(obj=account)
    _prepare(form, account)
    return form_view(
        form,
        command=lambda: form.edit(account.id, posted_version()),
        title="Edit service account",
        submit_label="Save changes",
        to=f"{SERVICES_PATH}/{account.id}",
        done_title="Service account saved",
        record=account,
    )


@blueprint.route(f"{SERVICES_PATH}/<int:user_id>/keys/new", methods=["GET", "POST"])
@permit("api-keys.create")
@stepped_up
def new_key_of_service(user_id: int) -> Response:
    """Make a key for a service account; its secret is told once."""
    account = _service(user_id)
    held = keys_reach(read_session(), account)
    return _new_key(account.id, held=held, to=f"{SERVICES_PATH}/{account.id}")


def _new_key(user_id: int | None, *, held: frozenset[str], to: str) -> Response:
    """Ask what the key is for; once it is made, the answer shows its secret and is kept nowhere."""
    form, status = KeyForm(), 200
    set_choices(form.scopes, [(one.key, one.name) for one in reachable_scopes(held)])
    if form.is_posted and form.validate():
        try:
            made = perform(form.create(user_id), actor())
        except Refusal as refusal:
            form.attach(refusal)
            status = refusal.status
        else:
            refresh()
            return render("keys/told.html", fragment="keys/_told.html", token=made["token"], to=to)
    elif form.is_posted:
        status = 422
    return _ask(form, status=status, to=to)


def _ask(form: KeyForm, *, status: int, to: str) -> Response:
    page = {
        "title": "New API key",
        "action_href": f"{to}/new" if to == OWN_PATH else f"{to}/keys/new",
        "submit_label": "Make key",
        "secondary": None,
        "cancel_href": to,
        "danger": False,
        "version": None,
        "key": "",
        "intro": "The key does what its owner may do, within the scopes you choose. Its secret is "
        "shown once.",
        "summary": [],
    }
    return render(
        "resource/form.html",
        fragment="resource/_form.html",
        status=status,
        form=form,
        form_page=page,
    )


def _revoke(key_id: int, *, to: str) -> Response:
    key = find(read_session(), actor(), ApiKey, key_id)
    return confirm_view(
        command=lambda: RevokeApiKey(key.id),
        title="Revoke API key",
        body="The next request with this key is refused. A revoked key cannot be used again.",
        rows=[fact("Key", cells.text(key.title()))],
        verb="Revoke key",
        to=to,
        done_title="API key revoked",
        danger=True,
    )


def _service(user_id: int) -> User:
    account = find(read_session(), actor(), User, user_id)
    if account.kind != SERVICE:
        raise Missing
    return account


def _prepare(form: ServiceAccountForm, account: User | None) -> None:
    session, who = read_session(), actor()
    set_choices(form.role_ids, role_choices(session, who))
    set_choices(form.project_ids, project_choices(session, who))
    set_choices(form.branch_id, branch_choices(session, who), empty="None")
    if account is not None and not form.is_posted:
        form.role_ids.data = _chosen(account, UserRole.role_id, UserRole)
        form.project_ids.data = _chosen(account, UserProject.project_id, UserProject)


def _chosen(
    account: User, column: object, link: type[UserRole] | type[UserProject]
) -> Sequence[str]:
    query = select(column).where(link.user_id == account.id)
    return [str(one) for one in read_session().scalars(query)]
