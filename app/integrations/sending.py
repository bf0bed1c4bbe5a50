"""Sends postbacks that are due, keeps what was answered, tries again later, and gives up in time.

A worker that dies between the answer and its note sends once more, under the same message id.
"""

import json
import time
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import takewhile
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, update

from app.access.holders import holders_of
from app.controls.commands import SYSTEM_ONLY, door, handles, perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.controls.locking import find_locked
from app.controls.outgoing import NoAnswer, ask
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.session import database
from app.integrations.models import (
    DELIVERED,
    FAILED,
    HELD,
    WAITING,
    Delivery,
    DeliveryAttempt,
    HookConfig,
    ThirdPartySystem,
    is_taken,
)
from app.integrations.signing import signed_headers
from app.integrations.silence import PutOff, put_off_others, silent_until
from app.integrations.telling import KIND, let_send
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal
from app.notices import models as notices
from app.notices.sending import notify

# How long after each attempt the next one follows; after the last the postback has failed.
PAUSES_SECONDS = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600)
MOST_ATTEMPTS = len(PAUSES_SECONDS) + 1
# A hook of which so many postbacks failed one after another is paused; those that waited behind
# one that was never answered count with it: it asked for them.
MOST_FAILED = 3
KEPT_BYTES = 2_000
UNREADABLE = "The secret or the credentials cannot be read: make new ones"
_GIVEN_UP = "{told}; the last answer was: {answer}"


@dataclass(frozen=True, slots=True)
class Postback:
    """What is sent where, read before the request so that no session waits for it."""

    delivery_id: int
    url: str
    body: bytes
    headers: dict[str, str]
    is_put_off: bool


@dataclass(frozen=True, slots=True)
class RecordAttempt:
    """Keep what came of one attempt; `status_code` None is no answer, whose reason is `error`."""

    delivery_id: int
    url: str
    request_head: str
    status_code: int | None
    answer_head: str
    error: str
    milliseconds: int


@does(KIND)
def send_postback(job: Job) -> None:
    """Send one postback, unless it was delivered or its hook was paused meanwhile."""
    delivery_id = int(job.payload["delivery_id"])
    worker = system_actor(job.organisation_id, frozenset(), "Worker")
    try:
        postback = _postback(delivery_id)
    except (InvalidTag, ValueError):
        perform(RecordAttempt(delivery_id, "", "", None, "", UNREADABLE, 0), worker)
        return
    if postback is not None and postback.is_put_off:
        perform(PutOff(delivery_id), worker)
    elif postback is not None:
        attempt = _sent(postback)
        crash_point("postback sent")
        perform(attempt, worker)


@handles(RecordAttempt, permission=SYSTEM_ONLY)
def record_attempt(work: Work, command: RecordAttempt) -> str:
    """Write the attempt and what follows: delivered, tried again later, or failed for good.

    A hook whose postbacks fail one after another is paused, and those who look after it are told.
    """
    delivery = find_locked(work, Delivery, command.delivery_id)
    if delivery.state != WAITING:
        return delivery.state
    fields = ("url", "request_head", "status_code", "answer_head", "error", "milliseconds")
    work.session.add(
        DeliveryAttempt(
            organisation_id=delivery.organisation_id,
            delivery_id=delivery.id,
            at=work.now,
            **{name: getattr(command, name) for name in fields},
        )
    )
    delivery.attempts += 1
    delivery.last_answer = command.error or str(command.status_code)
    code = command.status_code
    if is_taken(code):
        delivery.state, delivery.settled_at, delivery.next_at = DELIVERED, work.now, None
    elif delivery.attempts >= MOST_ATTEMPTS or code == HTTPStatus.GONE:
        delivery.state, delivery.settled_at, delivery.next_at = FAILED, work.now, None
        _judge_hook(work, delivery, is_silent=code is None)
    else:
        delivery.next_at = work.now + timedelta(seconds=PAUSES_SECONDS[delivery.attempts - 1])
        let_send(work, delivery.id, delivery.attempts, due_at=delivery.next_at)
        if code is None:
            put_off_others(work, delivery, delivery.next_at)
    return delivery.state


def pause_hook(work: Work, hook: HookConfig, reason: str) -> None:
    """Let a hook's postbacks wait until it is resumed."""
    hook.paused_at, hook.paused_reason = work.now, reason
    waiting = update(Delivery).where(
        Delivery.organisation_id == hook.organisation_id,
        Delivery.hook_id == hook.id,
        Delivery.state == WAITING,
    )
    work.session.execute(waiting.values(state=HELD, next_at=None))


def _judge_hook(work: Work, delivery: Delivery, *, is_silent: bool) -> None:
    """Pause the hook when its newest settled postbacks failed, with those that waited for them."""
    work.session.flush()  # this postback counts among them
    hook = work.session.get_one(HookConfig, delivery.hook_id)
    failed = _failed_in_a_row(work, hook)
    waited = _waiting(work, hook) if is_silent and failed < MOST_FAILED else 0
    if failed + waited < MOST_FAILED or hook.paused_at is not None:
        return
    told = f"{failed} postbacks in a row failed" if failed > 1 else "A postback failed"
    told += f" and {waited} waited behind it" if waited else ""
    pause_hook(work, hook, _GIVEN_UP.format(told=told, answer=delivery.last_answer))
    notify(
        work,
        holders_of(work.session, hook.organisation_id, "hook-configs.edit"),
        kind=notices.FAILED,
        title=f"Hook {hook.name} was paused",
        text=hook.paused_reason,
        href=f"/admin/hook-configs/{hook.id}",
        project_id=hook.project_id,
    )


def _failed_in_a_row(work: Work, hook: HookConfig) -> int:
    """Count the newest settled postbacks that failed, up to as many as pause the hook."""
    newest = (
        select(Delivery.state)
        .where(
            Delivery.organisation_id == hook.organisation_id,
            Delivery.hook_id == hook.id,
            Delivery.state.in_((DELIVERED, FAILED)),
        )
        .order_by(Delivery.settled_at.desc(), Delivery.id.desc())
        .limit(MOST_FAILED)
    )
    return len(list(takewhile(lambda state: state == FAILED, work.session.scalars(newest))))


def _waiting(work: Work, hook: HookConfig) -> int:
    query = select(func.count()).where(
        Delivery.organisation_id == hook.organisation_id,
        Delivery.hook_id == hook.id,
        Delivery.state == WAITING,
    )
    return work.session.scalar(query) or 0


def _postback(delivery_id: int) -> Postback | None:
    """Read what is to be sent, or None where nothing is any more."""
    query = (
        select(Delivery, HookConfig, ThirdPartySystem)
        .join(HookConfig, HookConfig.id == Delivery.hook_id)
        .join(ThirdPartySystem, ThirdPartySystem.id == HookConfig.system_id)
        .where(Delivery.id == delivery_id, Delivery.state == WAITING)
    )
    with database.reading() as session:
        row = session.execute(query).one_or_none()
        if row is None:
            return None
        delivery, hook, system = row
        body = json.dumps(delivery.payload, separators=(",", ":")).encode()
        secret = cipher.decrypt(hook.secret_token)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Countinghouse",
            **signed_headers(secret, delivery.message_id, door.clock(), body),
        }
        if system.credentials_token:
            headers["Authorization"] = f"Bearer {cipher.decrypt(system.credentials_token)}"
        is_put_off = silent_until(session, delivery, door.clock()) is not None
        return Postback(delivery.id, f"{system.base_url}{hook.path}", body, headers, is_put_off)


def _sent(postback: Postback) -> RecordAttempt:
    """Send it, and return what came of it; the bearer token is left out of what is kept."""
    started = time.monotonic()
    told: dict[str, Any] = {"status_code": None, "answer_head": "", "error": ""}
    try:
        answer = ask(
            postback.url,
            method="POST",
            body=postback.body,
            headers=postback.headers,
            kept_bytes=KEPT_BYTES,
        )
        told["status_code"] = answer.status
        told["answer_head"] = _head(answer.headers) + answer.body.decode(errors="replace")
    except NoAnswer as error:
        told["error"] = error.sentence
    except Refusal as refusal:
        told["error"] = f"The address cannot be asked: {refusal.sentence}"
    shown = {name: text for name, text in postback.headers.items() if name != "Authorization"}
    return RecordAttempt(
        delivery_id=postback.delivery_id,
        url=postback.url,
        request_head=_head(shown),
        milliseconds=int((time.monotonic() - started) * 1_000),
        **{name: _storable(value) for name, value in told.items()},
    )


def _head(headers: Any) -> str:
    lines = (f"{name}: {value}" for name, value in headers.items())
    return "\n".join(lines)[:KEPT_BYTES] + "\n\n"


def _storable(value: Any) -> Any:
    """Leave out what PostgreSQL keeps in no text."""
    return value.replace("\x00", "") if isinstance(value, str) else value
