"""Servers of the outside world that tests start on this machine: DNS, HTTP and mail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

# What the tests' DNS knows; a domain that stands here with nothing exists and has no mail server.
ZONE: dict[tuple[str, str], tuple[str, ...]] = {
    ("example.com.", "MX"): ("10 mail.example.com.",),
    ("savanna.example.", "MX"): ("10 mail.savanna.example.",),
    ("backup.example.", "MX"): ("20 second.example.com.", "10 mail.example.com."),
    ("arclabs.top.", "A"): ("192.0.2.7",),
    ("takes-none.example.", "MX"): ("0 .",),
    ("takes-none.example.", "A"): ("192.0.2.8",),
}
BROKEN = "broken.example."


@contextmanager
def dns_server() -> Iterator[str]:
    """Serve the zone over UDP; yields the server's `host:port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        threading.Thread(target=_answer, args=(door,), daemon=True).start()
        yield f"127.0.0.1:{door.getsockname()[1]}"


def _answer(door: socket.socket) -> None:
    while True:
        try:
            wire, asker = door.recvfrom(4_096)
        except OSError:
            return
        door.sendto(_reply(dns.message.from_wire(wire)).to_wire(), asker)


def _reply(query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    asked = query.question[0]
    name, kind = asked.name.to_text().lower(), asked.rdtype.name
    records = ZONE.get((name, kind))
    if name == BROKEN:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif records:
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *records))
    elif not any(known == name for known, _kind in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """Serve HTTP on a free port; asked to end, it looks up at once."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class MailServer:
    """A mail server that keeps what it is given; `refuse` lets it answer something else."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def newest(self, to: str) -> EmailMessage:
        """Return the last message to an address."""
        return [one for one in self.received if one["To"] == to][-1]


@contextmanager
def mail_server(**settings: Any) -> Iterator[tuple[MailServer, int]]:
    """Start a mail server; yields what it received and its port."""
    kept = MailServer()
    controller = Controller(kept, hostname="127.0.0.1", port=0, **settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    try:
        yield kept, controller.port
    finally:
        controller.stop()


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """Return a message's text or its HTML."""
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()
