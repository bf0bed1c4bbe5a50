"""What a request carries: the read session, the actor, the organisation, the request id."""

import uuid

from flask import Flask, Response, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from app.controls.commands import commit_begun
from app.controls.identity import ANONYMOUS, Actor, RequestContext
from app.controls.tenant import Organisation
from app.db.session import database


def read_session() -> Session:
    """Return the request's reading session, opened at first use."""
    if "read_session" not in g:
        g.read_session = database.reader()
    session: Session = g.read_session
    return session


def refresh() -> None:
    """Let the reading session see what a command has just committed."""
    if "read_session" in g:
        g.read_session.rollback()
        g.read_session.expire_all()


def actor() -> Actor:
    """Return who makes this request; nobody's actor may do nothing."""
    # The proxy is looked through once: lists ask for each row.
    user = current_user._get_current_object()  # noqa: SLF001  The proxy's documented way.
    return user.actor if user.is_authenticated else ANONYMOUS


def area() -> str:
    """Return the frame of a page that staff and clients share: the clients' own area, or ours."""
    return "layout/portal.html" if actor().scope.client_id is not None else "layout/app.html"


def organisation() -> Organisation | None:
    """Return the organisation acted in, or None for a platform person who chose none."""
    if "organisation" not in g:
        tenant = actor().organisation_id
        g.organisation = read_session().get(Organisation, tenant) if tenant else None
        g.time_zone = g.organisation.time_zone if g.organisation else "UTC"
    found: Organisation | None = g.organisation
    return found


def request_context(session_id: str = "") -> RequestContext:
    """Describe the request for the log."""
    return RequestContext(
        method=request.method,
        path=request.path[:200],
        address=request.remote_addr or "",
        browser=(request.user_agent.string or "")[:200],
        request_id=g.request_id,
        session_id=session_id,
    )


def install_context(app: Flask) -> None:
    """Give each request its id and close its session at the end."""

    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex[:16]
        commit_begun.set(False)

    @app.after_request
    def name(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        session = g.pop("read_session", None)
        if session is not None:
            session.close()
