"""A platform on loopback that speaks the small interface, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import http_server


@dataclass
class Gateway:
    """Answers by path: a dict is JSON, an int a status, bytes are sent as they are.

    What is posted is kept by its idempotency key, as a platform does it: once.
    """

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def a_gateway() -> Iterator[Gateway]:
    """Serve a platform on a free port until the block ends."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.posted.append(body)
            gateway.orders.setdefault(self.headers["Idempotency-Key"], body)
            self._answer()

        def _answer(self) -> None:
            gateway.asked.append((self.path, self.headers.get("Authorization", "")))
            answer = gateway.answers.get(self.path, 404)
            status = answer if isinstance(answer, int) else 200
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", gateway.url)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http_server(Handler) as server:
        gateway.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield gateway
