"""Requests to the outside: only to public addresses, with limits of time and of size.

The name is resolved once and the connection goes to the address that was judged, so that a name
that answers differently the second time leads nowhere else. `COUNTINGHOUSE_OUTGOING_HOSTS` names,
with commas between, the hosts of the own network that may be asked as well. No redirect is
followed.
"""

import http.client
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.kernel.errors import Refusal, Unavailable

TIMEOUT_SECONDS = 10
LARGEST_ANSWER_BYTES = 64 * 1024
NO_ADDRESS = "This is not an address such as https://example.com"
_PORTS = {"https": 443, "http": 80}
_TAKEN = (http.client.OK, http.client.CREATED, http.client.ACCEPTED)
_CHUNK_BYTES = 16 * 1024
_LONGEST_ADDRESS = 2_000
# Public addresses of IPv6 are in the one (RFC 4291 2.4), translated ones in the other (RFC 6052).
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NoAnswer(Unavailable):
    """The other side did not answer, or not in a way that can be read (503)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side answered; `is_cut` tells that its body went on."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


def demand_address(url: str, *, field: str | None = None) -> SplitResult:
    """Refuse (422) what is no address of a service: https, or http for a host that is allowed."""
    parts = _parted(url, field)
    if parts.query:
        raise Refusal(NO_ADDRESS, field=field)
    return parts


def leads_elsewhere(before: str, after: str) -> bool:
    """Tell whether scheme, host or port differ: whoever answers there may be somebody else."""
    return _origin(before) != _origin(after)


def demand_token(token: str, *, name: str = "Credentials", field: str | None = None) -> None:
    """Refuse (422) a token that no header carries: it is plain signs on one line."""
    if not _is_plain(token):
        raise Refusal(f"{name} must be plain letters, digits and signs on one line", field=field)


def get_json(url: str, *, headers: Mapping[str, str]) -> Any:
    """Ask by GET and return the JSON of the answer.

    Raises NoAnswer (503) for whatever goes wrong on the way, with a sentence that names the host
    and nothing of the request.
    """
    host = demand_address(url).hostname
    try:
        return json.loads(get(url, headers=headers))
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"{host} answered something other than JSON") from error


def post_json(url: str, body: Mapping[str, Any], *, headers: Mapping[str, str]) -> Any:
    """Send JSON by POST and return the JSON of the answer; raises NoAnswer (503) as `get_json`."""
    host = _parted(url).hostname
    sent = {"Content-Type": "application/json", **headers}
    answer = ask(url, method="POST", body=json.dumps(body).encode(), headers=sent)
    if answer.status not in _TAKEN:
        raise NoAnswer(f"{host} answered {answer.status}")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"{host} answered something other than JSON") from error


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    largest_bytes: int = LARGEST_ANSWER_BYTES,
) -> bytes:
    """Ask by GET and return the body of the answer; raises NoAnswer (503) as `get_json`."""
    answer = ask(url, headers=headers, kept_bytes=largest_bytes)
    host = _parted(url).hostname
    if answer.status != http.client.OK:
        raise NoAnswer(f"{host} answered {answer.status}")
    if answer.is_cut:
        raise NoAnswer(f"{host} answered more than {largest_bytes // 1024} KiB")
    return answer.body


def ask(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    kept_bytes: int = LARGEST_ANSWER_BYTES,
) -> Answer:
    """Send one request and return its answer, whatever the status; NoAnswer (503) where none came.

    Of a longer answer the first `kept_bytes` are read and the rest is left.
    """
    parts = _parted(url)
    host = parts.hostname or ""
    connection = _connection(parts, host)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, **(headers or {})}
    try:
        with _deadline(connection.sock, host):
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            connection.request(method, target, body=body, headers=sent)
            answer = connection.getresponse()
            read = _body(answer, kept_bytes)
        is_cut = len(read) > kept_bytes
        return Answer(answer.status, dict(answer.getheaders()), read[:kept_bytes], is_cut=is_cut)
    # What cannot be written into a request is a ValueError, as is an answer that cannot be read.
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _silence(host, error) from error
    finally:
        connection.close()


def _parted(url: str, field: str | None = None) -> SplitResult:
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and (parts.port is None or parts.port > 0)
        named = named and _is_plain(url) and " " not in url
    except ValueError:
        raise Refusal(NO_ADDRESS, field=field) from None
    is_whole = named and parts.scheme in _PORTS and len(url) <= _LONGEST_ADDRESS
    has_user = parts.username is not None or parts.password is not None
    if not is_whole or has_user or parts.fragment:
        raise Refusal(NO_ADDRESS, field=field)
    if parts.scheme == "http" and parts.hostname not in _allowed():
        raise Refusal("The address must begin with https://", field=field)
    return parts


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return url, None, None


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


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
        connection.sock = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
        if parts.scheme == "https":
            secure = ssl.create_default_context()
            # Hands are shaken within the deadline, which needs the socket to end it.
            connection.sock = secure.wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
    except OSError as error:
        connection.close()
        raise _silence(host, error) from error
    return connection


def _silence(host: str, error: Exception) -> NoAnswer:
    """Say why nobody answered; whether a read or the whole took too long is one to the reader."""
    if isinstance(error, TimeoutError):
        return NoAnswer(f"{host} takes too long to answer")
    return NoAnswer(f"{host} does not answer: {type(error).__name__}")


@contextmanager
def _deadline(used: socket.socket, host: str) -> Iterator[None]:
    """End what the block does on a socket when its time is over: a limit per read is none at all.

    One that drips, or sends any number of headers, is left with NoAnswer as one that is silent is.
    """
    is_over = Event()

    def end() -> None:
        is_over.set()
        # As a plain socket: TLS would first say good-bye, and leave what is being read in clear.
        with suppress(OSError):
            socket.socket.shutdown(used, socket.SHUT_RDWR)

    timer = Timer(TIMEOUT_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # What ended early may look like an answer that is whole.
        if is_over.is_set():
            raise _silence(host, TimeoutError())


def _body(answer: http.client.HTTPResponse, kept_bytes: int) -> bytes:
    """Read piece by piece: one that floods is left."""
    body = bytearray()
    while len(body) <= kept_bytes and (piece := answer.read1(_CHUNK_BYTES)):
        body += piece
    return bytes(body)


def _is_public(address: str) -> bool:
    """Judge an address; one of IPv6 that leads on to one of IPv4 is worth what that is."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        behind = ipaddress.IPv4Address(int(found) % 2**32) if found in _NAT64 else found.sixtofour
        if behind is not None:
            return _is_public(str(behind))
        if found not in _UNICAST:
            return False
    return found.is_global and not found.is_multicast


def _allowed() -> frozenset[str]:
    named = os.environ.get("COUNTINGHOUSE_OUTGOING_HOSTS", "")
    return frozenset(one.strip() for one in named.split(",") if one.strip())
