"""The small interface that a platform offers, and the client that asks it.

Two addresses may be named: `tradingUrl` for transactions, deposits and withdrawals, `accountUrl`
for balances; `url` stands for whichever is missing. `tradingSecretKey`, `accountSecretKey` and
`key` are sent as bearer tokens in the same way. docs/platforms.md describes it for who builds one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidTag

from app.controls.outgoing import NoAnswer, get_json, post_json
from app.controls.secrecy import cipher
from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_MINOR, parse_minor_or_zero
from app.platforms.models import Platform

STATUSES = ("pending", "completed", "failed", "expired", "canceled")
TRADING = (("tradingUrl", "url"), ("tradingSecretKey", "key"))
ACCOUNT = (("accountUrl", "url"), ("accountSecretKey", "key"))
UNREADABLE = "The platform's credentials cannot be read: type them again"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a platform says of a transaction.

    `amount_minor` and `currency` are what was paid, of a payment that was not ordered from here.
    """

    status: str
    failure_code: str = ""
    failure_reason: str = ""
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach a platform, read before the request so that no session waits for it.

    `token` are its credentials, still encrypted; `key_names` says which of them are sent.
    """

    base_url: str
    token: str
    key_names: tuple[str, ...] = ("key",)


@dataclass(frozen=True, slots=True)
class Order:
    """What a platform is asked to do, once per reference; `amount` is a decimal of the currency."""

    endpoint: str
    reference: str
    account: str
    amount: str
    currency: str


def address_of(urls: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first address that is named, or nothing."""
    return next((urls[name] for name in names if name in urls), "")


def line_of(platform: Platform, purpose: tuple[tuple[str, ...], tuple[str, ...]]) -> Line:
    """Return what the client needs of a platform for TRADING or for its ACCOUNT."""
    url_names, key_names = purpose
    return Line(address_of(platform.urls, url_names), platform.credentials_token, key_names)


def credentials_of(token: str) -> dict[str, str]:
    """Return a platform's credentials by name; NoAnswer (503) where they cannot be read."""
    try:
        found: dict[str, str] = json.loads(cipher.decrypt(token)) if token else {}
    except (InvalidTag, ValueError) as error:
        # The installation's secret is another than the one they were written under.
        raise NoAnswer(UNREADABLE) from error
    return found


def place_order(line: Line, order: Order) -> Outcome:
    """Order a deposit or a withdrawal; the same reference again tells how it stands.

    NoAnswer (503) for whatever is not one of the known answers: nobody knows then whether the
    order arrived, and it is placed again under the same reference.
    """
    body = {
        "reference": order.reference,
        "account": order.account,
        "amount": order.amount,
        "currency": order.currency,
    }
    headers = _headers(line) | {"Idempotency-Key": order.reference}
    url = f"{line.base_url.rstrip('/')}/{order.endpoint}"
    return _outcome(post_json(url, body, headers=headers))


def ask_outcome(line: Line, external_id: str) -> Outcome:
    """Ask how a transaction stands; NoAnswer (503) for what is not one of the known statuses."""
    return _outcome(_ask(line, "transactions", external_id))


def ask_balance(line: Line, external_id: str, *, currency: str, exponent: int) -> int:
    """Ask what is available, in minor units; NoAnswer (503) for another currency or no amount."""
    told = _object(_ask(line, "balances", external_id))
    available = told.get("available")
    if told.get("currency") != currency or not isinstance(available, str):
        raise NoAnswer(f"The platform did not answer with an amount in {currency}")
    try:
        return parse_minor_or_zero(available, exponent, name="Available")
    except Refusal as refusal:
        raise NoAnswer(f"The platform answered: {refusal.sentence}") from refusal


def _ask(line: Line, kind: str, external_id: str) -> Any:
    url = f"{line.base_url.rstrip('/')}/{kind}/{quote(external_id, safe='')}"
    return get_json(url, headers=_headers(line))


def _headers(line: Line) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "Countinghouse"}
    credentials = credentials_of(line.token)
    key = next((credentials[name] for name in line.key_names if credentials.get(name)), "")
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def _outcome(answer: Any) -> Outcome:
    told = _object(answer)
    status = told.get("status")
    if status not in STATUSES:
        raise NoAnswer("The platform answered with a status that is not known")
    return Outcome(
        status,
        _text(told.get("failure_code")),
        _text(told.get("failure_reason")),
        _minor(told.get("amount_minor")),
        _text(told.get("currency")),
    )


def _minor(value: object) -> int | None:
    # A text or a fraction is no number of minor units, and neither is true, which Python counts.
    if type(value) is int and 0 < value <= MAXIMUM_MINOR:
        return value
    return None


def _object(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise NoAnswer("The platform answered something other than an object")
    return answer


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
