"""Third Party Delivery: Systems, Hook Configs and the postbacks that were sent."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.step_up import stepped_up
from app.controls.commands import perform
from app.controls.identity import Actor
from app.controls.permissions import find
from app.controls.retiring import demand_live
from app.integrations.forms import CredentialsForm, HookForm, SystemForm
from app.integrations.hooks import HOOK
from app.integrations.models import Delivery, HookConfig, ThirdPartySystem
from app.integrations.pages import delivery_detail, hook_detail, system_detail
from app.integrations.queries import system_choices
from app.integrations.resource import (
    DELIVERIES,
    EVERY_PROJECT,
    HOOKS,
    HOOKS_PATH,
    POSTBACKS,
    SYSTEMS,
    SYSTEMS_PATH,
)
from app.integrations.running import PauseHook, Redeliver, RenewSecret, ResumeHook, SendTest
from app.integrations.systems import SYSTEM, ResumeChecks, StopChecks
from app.integrations.testing import tested
from app.organisation.queries import project_choices
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.context import actor, read_session, refresh
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view
from app.web.resource import Resource, mount
from app.web.respond import new_key, render

blueprint = Blueprint("integrations", __name__)


def _prepare_system(form: SystemForm, session: Session, who: Actor, _system: Any) -> None:
    set_choices(form.project_id, project_choices(session, who), empty=EVERY_PROJECT)


def _prepare_hook(form: HookForm, session: Session, who: Actor, _hook: Any) -> None:
    set_choices(form.system_id, system_choices(session, who), empty="Choose a system")
    set_choices(form.project_id, project_choices(session, who), empty=EVERY_PROJECT)


mount_reviewed(
    blueprint,
    ReviewedPages(
        kind=SYSTEM,
        singular="Third-Party System",
        listing=SYSTEMS,
        form=SystemForm,
        prepare=_prepare_system,
        detail=system_detail,
    ),
)
mount_reviewed(
    blueprint,
    ReviewedPages(
        kind=HOOK,
        singular="Hook Config",
        listing=HOOKS,
        form=HookForm,
        prepare=_prepare_hook,
        detail=hook_detail,
    ),
)
mount(Resource(DELIVERIES, Delivery, "Postback", "hook-configs", detail=delivery_detail), blueprint)


@blueprint.route(f"{SYSTEMS_PATH}/<int:record_id>/test", methods=["GET", "POST"])
@permit("third-party-systems.edit")
def test(record_id: int) -> Response:
    """Ask the system's address, and keep what came."""
    system = _found(ThirdPartySystem, record_id)
    return confirm_view(
        command=lambda: tested(actor(), system.id),
        title="Test connection",
        body="The address is asked once, with the credentials. What it answers is kept here.",
        rows=[fact("URL", cells.text(system.base_url))],
        verb="Test",
        to=f"{SYSTEMS_PATH}/{record_id}",
        done_title="Connection tested",
    )


@blueprint.route(f"{SYSTEMS_PATH}/<int:record_id>/credentials", methods=["GET", "POST"])
@permit("third-party-systems.edit")
def credentials(record_id: int) -> Response:
    """Replace the bearer token."""
    system, form = _found(ThirdPartySystem, record_id), CredentialsForm()
    return form_view(
        form,
        command=lambda: form.command(system.id),
        title="Replace credentials",
        submit_label="Replace",
        to=f"{SYSTEMS_PATH}/{record_id}",
        done_title="Credentials replaced",
    )


@blueprint.route(f"{SYSTEMS_PATH}/<int:record_id>/checks/stop", methods=["GET", "POST"])
@permit("third-party-systems.edit")
def stop_identity_checks(record_id: int) -> Response:
    """Ask the system nothing more about customers."""
    body = "Nobody is asked any more who an approved customer is. Open checks are given up."
    return _ask_system(record_id, StopChecks(record_id), "Stop identity checks", body)


@blueprint.route(f"{SYSTEMS_PATH}/<int:record_id>/checks/resume", methods=["GET", "POST"])
@permit("third-party-systems.edit")
def resume_identity_checks(record_id: int) -> Response:
    """Ask the system again."""
    body = "Whoever is approved from now on is checked. Others are from their own page."
    return _ask_system(record_id, ResumeChecks(record_id), "Resume identity checks", body)


@blueprint.route(f"{HOOKS_PATH}/<int:record_id>/secret", methods=["GET"])
@permit("hook-configs.edit")
@stepped_up
def ask_secret(record_id: int) -> Response:
    """Ask before the secret is replaced."""
    hook = _found(HookConfig, record_id)
    confirm = {
        "title": "New signing secret",
        "body": "The present secret signs nothing any more. The new one is shown once.",
        "rows": [fact("Hook", cells.text(hook.name))],
        "action_href": f"{HOOKS_PATH}/{record_id}/secret",
        "verb": "Make new secret",
        "cancel_href": f"{HOOKS_PATH}/{record_id}",
        "danger": True,
        "reason": None,
        "key": new_key(),
        "version": None,
        "error": "",
    }
    return render("resource/confirm.html", fragment="resource/_confirm.html", confirm=confirm)


@blueprint.post(f"{HOOKS_PATH}/<int:record_id>/secret")
@permit("hook-configs.edit")
@stepped_up
def renew_secret(record_id: int) -> Response:
    """Make the secret and tell it once; no key keeps the answer."""
    hook = _found(HookConfig, record_id)
    secret = perform(RenewSecret(hook.id), actor())
    refresh()
    return render(
        "keys/told.html",
        fragment="keys/_told.html",
        token=secret,
        to=f"{HOOKS_PATH}/{record_id}",
        told_title="New signing secret",
        told_text="Give it to the receiver now. It is not shown again.",
    )


@blueprint.route(f"{HOOKS_PATH}/<int:record_id>/test", methods=["GET", "POST"])
@permit("hook-configs.edit")
def send_test(record_id: int) -> Response:
    """Send an event that means nothing."""
    return _ask_hook(record_id, SendTest(record_id), "Send test", "An event test.ping is sent.")


@blueprint.route(f"{HOOKS_PATH}/<int:record_id>/pause", methods=["GET", "POST"])
@permit("hook-configs.edit")
def pause(record_id: int) -> Response:
    """Let the hook's postbacks wait."""
    body = "Its postbacks are held until it is resumed. None is lost."
    return _ask_hook(record_id, PauseHook(record_id), "Pause", body)


@blueprint.route(f"{HOOKS_PATH}/<int:record_id>/resume", methods=["GET", "POST"])
@permit("hook-configs.edit")
def resume(record_id: int) -> Response:
    """Let the hook speak again."""
    body = "What it held is sent now, in the order in which it happened."
    return _ask_hook(record_id, ResumeHook(record_id), "Resume", body)


@blueprint.route(f"{POSTBACKS}/<int:delivery_id>/redeliver", methods=["GET", "POST"])
@permit("hook-configs.redeliver")
def redeliver(delivery_id: int) -> Response:
    """Send a postback once more."""
    delivery = find(read_session(), actor(), Delivery, delivery_id)
    return confirm_view(
        command=lambda: Redeliver(delivery.id),
        title="Send postback again",
        body="The receiver gets the same message under the same id, signed anew.",
        rows=[fact("Postback", cells.text(delivery.title()))],
        verb="Send again",
        to=f"{POSTBACKS}/{delivery_id}",
        done_title="Postback sent again",
    )


def _found(model: type[Any], record_id: int) -> Any:
    record = find(read_session(), actor(), model, record_id)
    demand_live(record)
    return record


def _ask_system(record_id: int, command: Any, verb: str, body: str) -> Response:
    system = _found(ThirdPartySystem, record_id)
    return _ask(system, f"{SYSTEMS_PATH}/{record_id}", command=command, verb=verb, body=body)


def _ask_hook(record_id: int, command: Any, verb: str, body: str) -> Response:
    hook = _found(HookConfig, record_id)
    return _ask(hook, f"{HOOKS_PATH}/{record_id}", command=command, verb=verb, body=body)


def _ask(record: Any, path: str, *, command: Any, verb: str, body: str) -> Response:
    return confirm_view(
        command=lambda: command,
        title=f"{verb}: {record.name}",
        body=body,
        verb=verb,
        to=path,
        done_title=f"{record.name}: {verb.lower()} done",
    )
