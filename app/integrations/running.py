"""What is done with a hook while it speaks: its secret, a pause, a test; postbacks sent again."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.secrecy import cipher
from app.controls.service_log import note
from app.controls.work import Work
from app.integrations.catalogue import TEST_EVENT
from app.integrations.happenings import Happening
from app.integrations.models import HELD, WAITING, Delivery, HookConfig
from app.integrations.sending import pause_hook
from app.integrations.signing import new_secret
from app.integrations.telling import let_send, write_delivery
from app.kernel.errors import Conflict

BY_HAND = "Paused by hand"


@dataclass(frozen=True, slots=True)
class RenewSecret:
    """Make a new signing secret; the one before signs nothing from then on."""

    hook_id: int


@dataclass(frozen=True, slots=True)
class PauseHook:
    """Let a hook's postbacks wait."""

    hook_id: int


@dataclass(frozen=True, slots=True)
class ResumeHook:
    """Let a paused hook speak again, what it held first."""

    hook_id: int


@dataclass(frozen=True, slots=True)
class SendTest:
    """Send a hook an event that means nothing."""

    hook_id: int


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Send a postback again that was delivered or failed."""

    delivery_id: int


@handles(RenewSecret, permission="hook-configs.edit")
def renew_secret(work: Work, command: RenewSecret) -> str:
    """Return the new secret, which nobody is told again; it takes no idempotency key."""
    hook = find(work.session, work.actor, HookConfig, command.hook_id)
    secret = new_secret()
    hook.secret_token = cipher.encrypt(secret)
    return secret


@handles(PauseHook, permission="hook-configs.edit")
def pause(work: Work, command: PauseHook) -> None:
    """Pause it; refused (409) where it is paused already."""
    hook = find_locked(work, HookConfig, command.hook_id)
    if hook.paused_at is not None:
        raise Conflict("This hook is paused already")
    pause_hook(work, hook, BY_HAND)


@handles(ResumeHook, permission="hook-configs.edit")
def resume(work: Work, command: ResumeHook) -> int:
    """Resume it; returns how many postbacks it held."""
    hook = find_locked(work, HookConfig, command.hook_id)
    if hook.paused_at is None:
        raise Conflict("This hook is not paused")
    hook.paused_at, hook.paused_reason = None, ""
    query = select(Delivery).where(
        Delivery.organisation_id == hook.organisation_id,
        Delivery.hook_id == hook.id,
        Delivery.state == HELD,
    )
    held = work.session.scalars(query.order_by(Delivery.id)).all()
    for delivery in held:
        _send_again(work, delivery)
    return len(held)


@handles(SendTest, permission="hook-configs.edit")
def send_test(work: Work, command: SendTest) -> int:
    """Write a postback of the test event; refused (409) where the hook could not speak."""
    hook = find(work.session, work.actor, HookConfig, command.hook_id)
    if not hook.is_authorised or hook.paused_at is not None:
        raise Conflict("Only an authorised hook that is not paused can be tested")
    ping = Happening(
        TEST_EVENT.name, "hook_config", hook.id, hook.name, hook.project_id, {"hook_id": hook.id}
    )
    return write_delivery(work, hook.id, ping, f"msg_{uuid4().hex}")


@handles(Redeliver, permission="hook-configs.redeliver")
def redeliver(work: Work, command: Redeliver) -> int:
    """Let it be sent once more under its own message id; returns its id.

    Refused (409): one that waits anyway, one whose hook is paused.
    """
    delivery = find_locked(work, Delivery, command.delivery_id)
    hook = find_locked(work, HookConfig, delivery.hook_id)
    if delivery.state in {WAITING, HELD}:
        raise Conflict("This postback waits to be sent already")
    if hook.paused_at is not None:
        raise Conflict("The hook of this postback is paused: resume it first")
    _send_again(work, delivery)
    note(work, delivery, "Postback", f"Sent again by {work.actor.name}")
    return delivery.id


def _send_again(work: Work, delivery: Delivery) -> None:
    # One that was given up has this attempt more, after which it is given up again.
    delivery.settled_at = None
    delivery.state, delivery.next_at = WAITING, work.now
    let_send(work, delivery.id, work.operation_id)
