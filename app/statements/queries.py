"""What the pages read of statements: where each stands, and the file once it is ready."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, undefer

from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.permissions import scoped, visible
from app.kernel.errors import Conflict, Missing
from app.statements.models import FAILED, READY, RUNNING, WAITING, Statement, StoredFile

NOT_READY = "This statement is not ready yet."
CHANGED = "The file of this statement was changed and cannot be handed out. Ask for a new one."
_PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A statement as a page shows it; `message` is the sentence of a failure or of a retry."""

    statement: Statement
    state: str
    progress_percent: int
    message: str

    @property
    def is_ready(self) -> bool:
        """Whether the file can be downloaded."""
        return self.state == READY

    @property
    def is_under_way(self) -> bool:
        """Whether the page should look again soon."""
        return self.state in {WAITING, RUNNING}


def statement_page(session: Session, actor: Actor, statement_id: int) -> StatementPage:
    """Return one statement with its progress; out of scope is the 404 of a missing id."""
    row = session.execute(_pages(actor).where(Statement.id == statement_id)).one_or_none()
    if row is None:
        raise Missing
    return _page(row)


def statements_of(
    session: Session,
    actor: Actor,
    *,
    client_id: int | None = None,
    account_id: int | None = None,
    before_id: int | None = None,
    limit: int = _PAGE_ROWS,
) -> list[StatementPage]:
    """Return statements, newest first: of a client (whole or any account), of an account, or all.

    `before_id` is the id of the last one on the page before.
    """
    query = _pages(actor)
    if client_id is not None:
        query = query.where(Statement.client_id == client_id)
    if account_id is not None:
        query = query.where(Statement.account_id == account_id)
    if before_id is not None:
        query = query.where(Statement.id < before_id)
    return [_page(row) for row in session.execute(query.order_by(Statement.id.desc()).limit(limit))]


def waiting_of(session: Session, actor: Actor) -> Sequence[Statement]:
    """Return what the person asked for that no worker has begun to print, the oldest first."""
    query = (
        select(Statement)
        .join(DueWork, DueWork.id == Statement.work_id)
        .where(
            Statement.organisation_id == actor.tenant_id,
            Statement.requested_by == actor.user_id,
            Statement.state == WAITING,
            DueWork.state != "failed",
        )
    )
    return session.scalars(query.order_by(Statement.id)).all()


def download(session: Session, actor: Actor, statement_id: int) -> tuple[bytes, str]:
    """Return the bytes that were printed and the file's name.

    Refuses (409) a statement that is not ready, and bytes that no longer have their hash.
    """
    statement = session.scalars(
        scoped(actor, Statement).where(Statement.id == statement_id)
    ).one_or_none()
    if statement is None:
        raise Missing
    if statement.file_id is None:
        raise Conflict(statement.refusal or NOT_READY)
    stored = session.scalars(
        select(StoredFile)
        .where(
            StoredFile.organisation_id == statement.organisation_id,
            StoredFile.id == statement.file_id,
        )
        .options(undefer(StoredFile.content))
    ).one()
    if hashlib.sha256(stored.content).hexdigest() != statement.sha256:
        raise Conflict(CHANGED)
    return stored.content, stored.name


def _pages(actor: Actor) -> Select[Any]:
    return (
        select(Statement, DueWork.state, DueWork.progress_percent, DueWork.message)
        .outerjoin(DueWork, DueWork.id == Statement.work_id)
        .where(*visible(actor, Statement))
    )


def _page(row: Row[Any]) -> StatementPage:
    """Tell the two records as one: a job that gave up failed, even where it could not say so."""
    statement, work_state, percent, message = row
    if statement.state == READY:
        return StatementPage(statement, READY, 100, "")
    if statement.state == FAILED or work_state == "failed":
        return StatementPage(statement, FAILED, percent or 0, statement.refusal or message or "")
    state = RUNNING if work_state == "running" else WAITING
    return StatementPage(statement, state, percent or 0, message or "")
