"""A client is told that the house answered: in their own area, and by a mail that leads there.

What was answered stands behind the sign-in alone: whoever reads a mailbox reads no business.
"""

from sqlalchemy import select

from app.access.letters import write_to
from app.access.models import User, UserClient
from app.controls.work import Work
from app.notices import models as notices
from app.notices.sending import notify, settle
from app.requests.models import ServiceRequest

PORTAL = "/portal/requests"


def tell_client(work: Work, one: ServiceRequest) -> None:
    """Tell every login of the request's client; an older answer that nobody read counts once."""
    logins = select(User).join(UserClient, UserClient.user_id == User.id)
    people = work.session.scalars(
        logins.where(
            User.organisation_id == one.organisation_id,
            UserClient.client_id == one.client_id,
            User.is_active,
        )
    ).all()
    settle_for_client(work, one)
    path = f"{PORTAL}/{one.id}"
    title = "Your request was answered"
    notify(
        work,
        [person.id for person in people],
        kind=notices.WAITING,
        title=title,
        text=one.title(),
        href=path,
    )
    for person in people:
        values = {"name": person.name, "request": one.title(), "path": path}
        write_to(work, person, "request-answered", subject=title, values=values)


def settle_for_client(work: Work, one: ServiceRequest) -> None:
    """Mark as read what the client was told of the request: they have seen it, or more came."""
    settle(work, f"{PORTAL}/{one.id}")
