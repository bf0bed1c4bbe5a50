"""Requests to the outside: only to public addresses, with limits of time and of size.

The name is resolved once and the connection goes to the address that was judged, so that a name
that answers differently the second time leads nowhere else. `COUNTINGHOUSE_OUTGOING_HOSTS` names,
with commas between, the hosts of the own network that may be asked as well.
"""

import http.client
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.kernel.errors import Conflict, Refusal

TIMEOUT_SECONDS = 10
LARGEST_ANSWER_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}


class NoAnswer(Conflict):
    """The other side did not answer, or not in a way that can be read: nothing changes (409)."""

    title = "No answer"


def demand_address(url: str, *, field: str | None = None) -> SplitResult:
    """Refuse (422) what is no address of a service: https, or http for a host that is allowed."""
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        raise Refusal("This is not an address such as https://example.com", field=field) from None
    if parts.scheme not in _PORTS or not named or parts.username or parts.fragment or parts.query:
        raise Refusal("This is not an address such as https://example.com", field=field)
    if parts.scheme == "http" and parts.hostname not in _allowed():
        raise Refusal("The address must begin with https://", field=field)
    return parts


def get_json(url: str, *, headers: Mapping[str, str]) -> Any:
    """Ask by GET and return the JSON of the answer; no redirect is followed.

    Raises NoAnswer (409) for whatever goes wrong on the way, with a sentence that names the host
    and nothing of the request.
    """
    parts = demand_address(url)
    host = parts.hostname or ""
    connection = _connection(parts, host)
    try:
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        body = answer.read(LARGEST_ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{host} does not answer: {type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise NoAnswer(f"{host} answered {answer.status}")
    if len(body) > LARGEST_ANSWER_BYTES:
        raise NoAnswer(f"{host} answered more than {LARGEST_ANSWER_BYTES // 1024} KiB")
    try:
        return json.loads(body)
    except ValueError as error:
        raise NoAnswer(f"{host} answered something other than JSON") from error


def _connection(parts: SplitResult, host: str) -> http.client.HTTPConnection:
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"{host} cannot be found") from error
    address = str(found[0][4][0])
    if host not in _allowed() and not all(_is_public(str(one[4][0])) for one in found):
        raise NoAnswer(f"{host} leads into a private network")
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        plain = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
        secure = ssl.create_default_context()
        connection.sock = (
            secure.wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
        )
    except OSError as error:
        raise NoAnswer(f"{host} does not answer: {type(error).__name__}") from error
    return connection


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _allowed() -> frozenset[str]:
    named = os.environ.get("COUNTINGHOUSE_OUTGOING_HOSTS", "")
    return frozenset(one.strip() for one in named.split(",") if one.strip())
