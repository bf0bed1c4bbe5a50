"""The small interface that a platform offers, and the client that asks it.

`GET {base}/transactions/{id}` answers `{"status": …, "failure_code": …, "failure_reason": …}` with
one of the statuses below; `GET {base}/balances/{id}` answers `{"available": "123.45", "currency":
"USD"}`. The key is sent as a bearer token. docs/platforms.md describes it for who builds one.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidTag

from app.controls.outgoing import NoAnswer, get_json
from app.controls.secrecy import cipher
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero
from app.platforms.models import Platform

STATUSES = ("pending", "completed", "failed", "expired", "canceled")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a platform says of a transaction."""

    status: str
    failure_code: str = ""
    failure_reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach a platform, read before the request so that no session waits for it."""

    base_url: str
    key_token: str


def line_of(platform: Platform) -> Line:
    """Return what the client needs of a platform."""
    return Line(platform.base_url, platform.key_token)


def ask_outcome(line: Line, external_id: str) -> Outcome:
    """Ask how a transaction stands; NoAnswer (409) for what is not one of the known statuses."""
    told = _ask(line, "transactions", external_id)
    status = told.get("status")
    if status not in STATUSES:
        raise NoAnswer("The platform answered with a status that is not known")
    return Outcome(status, _text(told.get("failure_code")), _text(told.get("failure_reason")))


def ask_balance(line: Line, external_id: str, *, currency: str, exponent: int) -> int:
    """Ask what is available, in minor units; NoAnswer (409) for another currency or no amount."""
    told = _ask(line, "balances", external_id)
    available = told.get("available")
    if told.get("currency") != currency or not isinstance(available, str):
        raise NoAnswer(f"The platform did not answer with an amount in {currency}")
    try:
        return parse_minor_or_zero(available, exponent, name="Available")
    except Refusal as refusal:
        raise NoAnswer(f"The platform answered: {refusal.sentence}") from refusal


def _ask(line: Line, kind: str, external_id: str) -> dict[str, Any]:
    key = _key_of(line)
    headers = {"Accept": "application/json", "User-Agent": "Countinghouse"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    url = f"{line.base_url.rstrip('/')}/{kind}/{quote(external_id, safe='')}"
    told = get_json(url, headers=headers)
    if not isinstance(told, dict):
        raise NoAnswer("The platform answered something other than an object")
    return told


def _key_of(line: Line) -> str:
    try:
        return cipher.decrypt(line.key_token) if line.key_token else ""
    except (InvalidTag, ValueError) as error:
        # The installation's secret is another than the one it was written under.
        raise NoAnswer("The platform's API key cannot be read: type it again") from error


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
