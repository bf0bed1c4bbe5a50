"""Requests to the outside reach public addresses, and ask who answers."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.controls import outgoing
from app.controls.outgoing import NoAnswer, demand_address, get, get_json
from app.kernel.errors import Refusal
from tests.loopback import http_server

NONE = (
    "", "x", "https://", "file:///etc/passwd", "gopher://example.com/", "https://example.com:0/",
    "https://me:secret@example.com/", "https://[::1", "https://example.com/#part",
    "https://example.com:99999/", "http://example.com/", "https://:pw@example.com", "https://@x.io",
    "https://example.com/caf\u00e9", "https://b\u00fccher.example", "https://example.com/a\nb",
    "https://example.com/a b",
)  # fmt: skip
PRIVATE = ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0")  # noqa: S104


class _Told(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"asked": "%s"}' % self.path.encode())

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with http_server(_Told) as made:
        yield made


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_of_a_service_is_refused(url):
    with pytest.raises(Refusal):
        demand_address(url)
    with pytest.raises(Refusal):
        get(url)


@pytest.mark.parametrize("host", PRIVATE)
def test_the_own_network_is_not_asked(host, server):
    with pytest.raises(Refusal):
        get(f"https://{host}:{server.server_address[1]}/")


def _led_to(monkeypatch: pytest.MonkeyPatch, address: str) -> list[Any]:
    """Let every name lead to an address; returns where connections were begun to."""
    begun: list[Any] = []

    def refuse(where: Any, **_options: Any) -> None:
        begun.append(where)
        raise OSError

    answer = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_names, **_options: answer)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return begun


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1",
     "2002:a00:1::", "::7f00:1", "::808:808", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "fec0::1",
     "fe80::1%eth0", "fd00::1", "ff0e::1", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_no_address_leads_into_the_own_network_by_a_detour(monkeypatch, address):
    begun = _led_to(monkeypatch, address)
    with pytest.raises(NoAnswer, match="leads into a private network"):
        get("https://service.example/")
    assert begun == []


@pytest.mark.parametrize(
    "address", ["2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "8.8.8.8"]
)
def test_a_public_address_is_asked_behind_a_translator_too(monkeypatch, address):
    begun = _led_to(monkeypatch, address)
    with pytest.raises(NoAnswer, match="does not answer"):
        get("https://service.example/")
    assert begun == [(address, 443)]


def test_a_host_that_is_named_is_asked_with_path_and_query(server, monkeypatch):
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "else.example, 127.0.0.1")
    url = f"http://127.0.0.1:{server.server_address[1]}/latest"
    assert get(f"{url}?base=EUR") == b'{"asked": "/latest?base=EUR"}'
    assert get_json(url, headers={}) == {"asked": "/latest"}
    with pytest.raises(NoAnswer, match="more than 0 KiB"):
        get(url, largest_bytes=3)


def _drip(head: bytes, drop: bytes) -> Iterator[int]:
    """Serve one who sends a head and then a drop ten times a second; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with suppress(OSError):
                caller, _ = door.accept()
                with caller:
                    caller.sendall(head)
                    while True:
                        caller.sendall(drop)
                        time.sleep(0.1)

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


@pytest.mark.parametrize("token", ["\u20ac", "two\nlines", "\r\nX-More: 1"])
def test_a_request_that_cannot_be_written_has_no_answer(server, monkeypatch, token):
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with pytest.raises(NoAnswer, match="does not answer"):
        get(f"http://127.0.0.1:{server.server_address[1]}/", headers={"Authorization": token})


@pytest.mark.parametrize(
    ("scheme", "head", "drop"),
    [
        ("http", b"", b"H"),
        ("http", b"HTTP/1.1 200 OK\r\n", b"X-Long: x\r\n"),
        ("http", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        # The head of a record that says how much of the hand-shake is to come.
        ("https", b"\x16\x03\x03\x40\x00", b"\x02"),
    ],
    ids=["status", "headers", "continue", "body", "hand-shake"],
)
def test_one_who_drips_is_left_when_the_time_is_over(monkeypatch, scheme, head, drop):
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    monkeypatch.setattr(outgoing, "TIMEOUT_SECONDS", 1)
    with contextmanager(_drip)(head, drop) as port:
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 takes too long to answer"):
            get(f"{scheme}://127.0.0.1:{port}/")
        assert time.monotonic() - begun < 3


def test_one_who_cannot_prove_the_name_is_not_heard(server, monkeypatch, tmp_path):
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        get(f"https://127.0.0.1:{server.server_address[1]}/")


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
