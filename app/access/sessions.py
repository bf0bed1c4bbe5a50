"""Sign-in sessions for Flask-Login: the cookie carries a token, the database the session."""

from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from flask import Flask, Response, redirect, request
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response as BaseResponse

from app.access.commands import KeepSession
from app.access.models import LoginSession, User
from app.access.passwords import token_hash
from app.access.preview import seen_as
from app.access.queries import actor_of, live_session
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS, Actor
from app.controls.licensing import Standing, standing_of
from app.controls.tenant import Organisation
from app.web.context import read_session, request_context
from app.web.respond import is_htmx

CHANGE_PASSWORD = "/change-password"  # noqa: S105  an address
SECOND_FACTOR = "/account/second-factor"
_KEEP_EVERY = timedelta(minutes=1)


class SignedIn(UserMixin):
    """The person of this request, with the session they came by."""

    def __init__(self, token: str, login_session: LoginSession, user: User) -> None:
        """Hold what was read; the actor is built at first use."""
        self.token = token
        self.login_session = login_session
        self.user = user

    def get_id(self) -> str:
        """Return what the cookie keeps: the session's token, which dies at log-out."""
        return self.token

    @cached_property
    def actor(self) -> Actor:
        """Who makes the request: the person, or the role that they are looking through."""
        preview = self.login_session.preview
        return seen_as(read_session(), self.own_actor, preview) if preview else self.own_actor

    @cached_property
    def own_actor(self) -> Actor:
        """The person with permissions and scope as they are now."""
        actor = actor_of(
            read_session(),
            self.user,
            organisation_id=self._organisation_id(),
            context=request_context(session_id=str(self.login_session.id)),
        )
        chosen = self.login_session.project_id
        return replace(actor, scope=replace(actor.scope, chosen_project_id=chosen))

    @property
    def must_change_password(self) -> bool:
        """Whether the password is one that was mailed, which its owner has to replace."""
        return self.user.password_temporary_until is not None

    def due(self) -> str | None:
        """Return the page of what is to be done before anything else, or None."""
        if self.must_change_password:
            return CHANGE_PASSWORD
        return SECOND_FACTOR if self.login_session.owes_factor else None

    def detour(self) -> BaseResponse | None:
        """Lead a person with something due back to it, wherever they go (E06.03).

        That is a temporary password, or a second factor that a role asks for. A fragment is told
        to leave its page.
        """
        page = self.due()
        if page is None or request.path == page or request.path.startswith(f"{page}/"):
            return None
        if is_htmx():
            return Response(status=204, headers={"HX-Redirect": page})
        return redirect(page)

    def _organisation_id(self) -> int | None:
        """Return where the person works; platform people are back outside when a licence ends."""
        chosen = self.login_session.organisation_id
        if chosen is None or self.user.kind != "platform":
            return chosen
        tenant = read_session().get_one(Organisation, chosen)
        return chosen if standing_of(tenant, door.clock()) is Standing.GOOD else None


def load(token: str) -> SignedIn | None:
    """Find the live session of a token, and keep it alive.

    The interface under `/api/` takes keys, so that a cookie that travels along opens nothing there.
    """
    if request.path.startswith("/api/"):
        return None
    found = live_session(read_session(), token_hash(token), door.clock())
    if found is None:
        return None
    login_session, user = found
    # A page that looks for news by itself is nobody at work.
    is_poll = bool(request.headers.get("X-Poll"))
    if not is_poll and door.clock() - login_session.seen_at > _KEEP_EVERY:
        perform(KeepSession(login_session.id), ANONYMOUS)
    return SignedIn(token, login_session, user)


def install_sessions(app: Flask) -> None:
    """Attach Flask-Login, but for its cookie to remember people by.

    It would look into the session after every answer, which makes each one somebody's own, and no
    cache on the way could share a file (`Vary: Cookie`).
    """
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]
    manager.session_protection = None
    manager.user_loader(load)
