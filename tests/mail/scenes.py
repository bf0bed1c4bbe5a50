"""The post on a mail server of the test's own, and the worker's round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.controls.due import sweep
from app.db.session import database
from app.mail.models import Mail
from app.mail.post import Post, post
from tests.loopback import MailServer, mail_server

PUBLIC_URL = "https://bank.example"


@contextmanager
def posted_to(
    smtp_url: str, *, folder: Path | None = None, public_url: str = PUBLIC_URL, sender: str = ""
) -> Iterator[Post]:
    """Let the post hand its mails to another server for a while."""
    before = dict(vars(post))
    post.configure(
        smtp_url=smtp_url,
        sender=sender,
        product="Countinghouse",
        public_url=public_url,
        folder=folder,
    )
    try:
        yield post
    finally:
        vars(post).update(before)


@contextmanager
def a_mail_server(**settings: Any) -> Iterator[MailServer]:
    """Start a mail server and let the post use it."""
    with mail_server(**settings) as (server, port), posted_to(f"smtp://127.0.0.1:{port}"):
        yield server


def work() -> None:
    """Do what is due until nothing is."""
    while sweep():
        pass


def mails_to(address: str) -> list[Mail]:
    """Return what was written to an address, oldest first."""
    with database.reading() as session:
        query = select(Mail).where(Mail.recipient == address).order_by(Mail.id)
        return list(session.scalars(query))
