"""A connection test: asks a system's own address, with its credentials, and says what came."""

import time

from cryptography.exceptions import InvalidTag

from app.controls.identity import Actor
from app.controls.outgoing import NoAnswer, ask
from app.controls.permissions import find
from app.controls.secrecy import cipher
from app.db.session import database
from app.integrations.models import ThirdPartySystem
from app.integrations.sending import UNREADABLE
from app.integrations.systems import RecordTest
from app.kernel.errors import Refusal


def tested(actor: Actor, system_id: int) -> RecordTest:
    """Ask the system and return the command that keeps the result; no session is open meanwhile."""
    with database.reading() as session:
        system = find(session, actor, ThirdPartySystem, system_id)
        url, token = system.base_url, system.credentials_token
    headers = {"User-Agent": "Countinghouse"}
    try:
        if token:
            headers["Authorization"] = f"Bearer {cipher.decrypt(token)}"
    except (InvalidTag, ValueError):
        return RecordTest(system_id, UNREADABLE)
    started = time.monotonic()
    try:
        answer = ask(url, headers=headers, kept_bytes=0)
    except (NoAnswer, Refusal) as error:
        return RecordTest(system_id, error.sentence)
    took = int((time.monotonic() - started) * 1_000)
    return RecordTest(system_id, f"It answered {answer.status} within {took:,} ms")
