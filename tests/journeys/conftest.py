"""A real server and a living worker for the journeys of a browser."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from app.controls.due import sweep
from app.ledger.rollup import roll_up
from app.ledger.seals import seal_all
from app.transactions.search import index_all
from tests.factories import PASSWORD

_PATIENCE_MS = 30_000
_BEAT_SECONDS = 0.3
SignIn = Callable[..., Page]


# A slow machine is no failure; what never comes is.
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """The address of the portal, served by threads as any browser finds it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def worker(app: Flask) -> Iterator[None]:
    """A worker that does what is due, rolls up, seals and indexes until the test ends."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(_BEAT_SECONDS):
            for step in (sweep, roll_up, seal_all, index_all):
                step()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def sign_in(address: str, new_context: Callable[..., BrowserContext]) -> Iterator[SignIn]:
    """Sign a person in with a browser of their own; returns the page they land on."""
    pages: list[Page] = []

    def come_in(email: str, **options: object) -> Page:
        context = new_context(base_url=address, **options)
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        pages.append(page)
        page.goto("/login")
        enter(page, email)
        return page

    yield come_in
    for page in pages:
        with closing(page.context):
            page.close()


def enter(page: Page, email: str) -> None:
    """Sign in on the open sign-in page."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
