"""A person's own account as its template wants it: who they are, and where they are signed in."""

import re
from typing import Any

from sqlalchemy.orm import Session

from app.access.models import LoginSession, User
from app.access.open_sessions import open_sessions
from app.controls.commands import door
from app.controls.identity import Actor
from app.web import cells
from app.web.pages import fact

# The first that matches names the browser: Edge and Opera also call themselves Chrome.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def account_page(
    session: Session, who: Actor, user: User, *, present: LoginSession
) -> dict[str, Any]:
    """Return the account's facts and the living sessions, this browser's first."""
    sessions = open_sessions(session, user.id, door.clock())
    return {
        "facts": [
            fact("Name", cells.text(user.name)),
            fact("Email", cells.text(user.email)),
            fact("Role", cells.text(who.role)),
            *([fact("Branch", cells.text(who.branch))] if who.branch else []),
            fact("Last signed in", cells.instant(user.last_signed_in_at)),
        ],
        "sessions": [
            {
                "id": one.id,
                "browser": browser_name(one.browser),
                "address": one.address,
                "since": cells.instant(one.created_at),
                "seen": cells.instant(one.seen_at),
                "is_present": one.id == present.id,
            }
            for one in sorted(sessions, key=lambda one: one.id != present.id)
        ],
    }


def browser_name(user_agent: str) -> str:
    """Write what a browser calls itself as people read it: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if not browser:
        return re.split(r"[/ ]", user_agent)[0] or "Unknown browser"
    return f"{browser} on {system}" if system else browser
