"""Another house's server on loopback: it keeps what it is told, and answers as it is bidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import http_server


@dataclass
class Told:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `status` and `answer`; `told` is what came."""

    url: str = ""
    status: int = 204
    answer: bytes = b""
    told: list[Told] = field(default_factory=list)

    def types(self) -> list[str]:
        return [one.message["type"] for one in self.told]


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    """Serve a receiver on a free port until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.told.append(Told(self.path, headers, body))
            self._answer()

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.told.append(Told(self.path, headers, b"{}"))
            self._answer()

        def _answer(self) -> None:
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: object) -> None:
            pass

    with http_server(Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        yield receiver
