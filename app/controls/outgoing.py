"""Calls to the outside: public addresses only unless configured, with an end to size and time.

The name is resolved once, and the connection goes to the address that was judged: an answer that
changes in between leads nowhere. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.kernel.errors import Unavailable

_PORTS = {"https": 443, "http": 80}
_CHUNK = 65_536
_LONGEST_URL = 2_000


def get(
    url: str,
    *,
    private_hosts: frozenset[str] = frozenset(),
    seconds: float = 10,
    limit_bytes: int = 1_000_000,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return the body of an address; raises Unavailable with a sentence where there is none.

    A host of `private_hosts` may stand at any address, all others at public ones only.
    """
    parts = _checked(url)
    host = parts.hostname or ""
    address = _address(host, parts.port or _PORTS[parts.scheme], is_free=host in private_hosts)
    ends_at = time.monotonic() + seconds
    connection = _Connection(parts, address, seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "*/*", **(headers or {})})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise Unavailable(f"{host} answers {answer.status}")
        return _body(answer, host, limit_bytes=limit_bytes, ends_at=ends_at)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{host} does not answer ({type(error).__name__})") from error
    finally:
        connection.close()


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or len(url) > _LONGEST_URL:
        raise Unavailable("The address must begin with https:// and name a host")
    return parts


def _address(host: str, port: int, *, is_free: bool) -> Any:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"The name {host} is not known") from error
    places = [info[4] for info in found]
    if not is_free and not all(ipaddress.ip_address(place[0]).is_global for place in places):
        raise Unavailable(f"{host} is not a public address")
    return places[0][:2]


def _body(
    answer: http.client.HTTPResponse, host: str, *, limit_bytes: int, ends_at: float
) -> bytes:
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > limit_bytes:
            raise Unavailable(f"{host} answers more than {limit_bytes:,} bytes")
        if time.monotonic() > ends_at:
            raise Unavailable(f"{host} takes too long to answer")
    return bytes(body)


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever the name leads to by now."""

    def __init__(self, parts: SplitResult, address: Any, seconds: float) -> None:
        port = parts.port or _PORTS[parts.scheme]
        super().__init__(parts.hostname or "", port, timeout=seconds)
        self._place = address
        self._is_secure = parts.scheme == "https"

    def connect(self) -> None:
        """Connect to the judged address; the certificate is asked for the name."""
        self.sock = socket.create_connection(self._place, self.timeout)
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
