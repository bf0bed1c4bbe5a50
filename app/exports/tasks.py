"""Writes an export as its requester sees it: a list in constant memory, a part at a time.

What is no list is written by whoever serves its address, as it is registered for that endpoint.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, g, request
from sqlalchemy import func, literal, select

from app.access.models import User
from app.access.queries import actor_of
from app.controls.commands import perform
from app.controls.due import Job, does
from app.controls.identity import Actor, RequestContext, system_actor
from app.controls.permissions import demand
from app.db.session import database
from app.exports.commands import (
    DROP,
    WRITE,
    DropExport,
    FinishExport,
    StartExport,
    StorePart,
)
from app.exports.models import Export
from app.kernel.crash import crash_point
from app.kernel.errors import Forbidden, Refusal, Unavailable
from app.web.context import actor, organisation, read_session
from app.web.guard import permission_of
from app.web.listing import Listing, listings, narrowed
from app.web.listpage import CSV_BATCH, csv_parts
from app.web.narrowing import chosen_of

PART_BYTES = 1 << 20
_GONE = "You may no longer see this list"
# How many rows a file holds, and its bytes. It is told the names in its address, and `report`.
Writer = Callable[..., tuple[int, Iterable[bytes]]]
_writers: dict[str, Writer] = {}


def writes(endpoint: str) -> Callable[[Writer], Writer]:
    """Let a function write the file of an endpoint, whose permission is asked for again."""

    def declare(writer: Writer) -> Writer:
        _writers[endpoint] = writer
        return writer

    return declare


class _Host:
    """The application whose lists are written: this process's own, or one the worker makes."""

    def __init__(self) -> None:
        self.make: Callable[[], Flask] | None = None
        self.made: Flask | None = None

    def application(self) -> Flask:
        """Return the process's application; a worker makes it for its first export."""
        if self.made is None:
            assert self.make is not None  # noqa: S101  the worker sets it as it starts
            self.made = self.make()
        return self.made


host = _Host()


@dataclass(frozen=True, slots=True)
class _Requester:
    """The signed-in person that the list's own code asks for."""

    actor: Actor
    is_authenticated: bool = True


@does(WRITE)
def write_export(job: Job) -> None:
    """Write the file; after a crash it is begun anew, and what was there is dropped."""
    worker = system_actor(job.organisation_id, frozenset(), "Worker")
    export_id = int(job.payload["export_id"])
    if not perform(StartExport(export_id), worker):
        return
    try:
        rows, size = _write(job, worker, export_id)
    except Unavailable:
        raise
    except Refusal as refusal:
        perform(FinishExport(export_id, sentence=refusal.sentence), worker)
        return
    perform(FinishExport(export_id, rows, size), worker)


@does(DROP)
def drop_export(job: Job) -> None:
    """Drop the file when its week is over."""
    worker = system_actor(job.organisation_id, frozenset(), "Worker")
    perform(DropExport(int(job.payload["export_id"])), worker)


def _write(job: Job, worker: Actor, export_id: int) -> tuple[int, int]:
    with database.reading() as session:
        export = session.get_one(Export, export_id)
        name, query, requested_by = export.list_name, export.query, export.requested_by
    address = f"{listings[name].path}.csv" if name in listings else name
    size, number, gathered = 0, 0, bytearray()
    with _as_requester(job, requested_by, f"{address}?{query}"):
        total, parts = _list(listings[name]) if name in listings else _other(job)
        for batch, part in enumerate(parts, start=1):
            gathered += part
            if len(gathered) < PART_BYTES:
                continue
            _store(worker, export_id, number, gathered)
            size, number = size + len(gathered), number + 1
            gathered.clear()
            job.report(min(99, batch * CSV_BATCH * 100 // max(total, 1)))
        _store(worker, export_id, number, gathered)
    return total, size + len(gathered)


def _list(listing: Listing) -> tuple[int, Iterable[bytes]]:
    return _matching_count(listing), (text.encode() for text in csv_parts(listing))


def _matching_count(listing: Listing) -> int:
    """Count every row that filters and search leave, whatever it costs."""
    session, who = read_session(), actor()
    query = narrowed(listing, who, chosen_of(listing, session, who, request.args)).query
    rows = query.with_only_columns(literal(1)).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def _other(job: Job) -> tuple[int, Iterable[bytes]]:
    if request.endpoint not in _writers:
        raise Forbidden(_GONE)
    names: dict[str, Any] = request.view_args or {}
    return _writers[request.endpoint](**names, report=job.report)


def _store(worker: Actor, export_id: int, number: int, gathered: bytearray) -> None:
    perform(StorePart(export_id, number, zlib.compress(gathered, 6)), worker)
    crash_point("export part stored")


@contextmanager
def _as_requester(job: Job, user_id: int, address: str) -> Iterator[None]:
    """Stand where the requester stood: their scope as it is now, narrowed as it was."""
    application = host.application()
    with application.test_request_context(address):
        with database.reading() as session:
            user = session.get_one(User, user_id)
            who = actor_of(
                session,
                user,
                organisation_id=job.organisation_id,
                context=RequestContext(service="worker"),
            )
        if not user.is_active:
            raise Forbidden(_GONE)
        chosen = job.payload.get("project_id")
        who = replace(who, scope=replace(who.scope, chosen_project_id=chosen))
        demand(who, permission_of(application, address.partition("?")[0]))
        g._login_user = _Requester(who)  # noqa: SLF001  where flask-login keeps who is signed in
        organisation()
        yield
