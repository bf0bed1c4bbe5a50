"""Requests to the outside reach public addresses, and ask who answers."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.controls.outgoing import NoAnswer, demand_address, get, get_json
from app.kernel.errors import Refusal

NONE = (
    "", "x", "https://", "file:///etc/passwd", "gopher://example.com/", "https://example.com:0/",
    "https://me:secret@example.com/", "https://[::1", "https://example.com/#part",
    "https://example.com:99999/", "http://example.com/",
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
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Told)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


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


def test_a_host_that_is_named_is_asked_with_path_and_query(server, monkeypatch):
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "else.example, 127.0.0.1")
    url = f"http://127.0.0.1:{server.server_address[1]}/latest"
    assert get(f"{url}?base=EUR") == b'{"asked": "/latest?base=EUR"}'
    assert get_json(url, headers={}) == {"asked": "/latest"}
    with pytest.raises(NoAnswer, match="more than 0 KiB"):
        get(url, largest_bytes=3)


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
