"""Letters to users: one to a client's login is the client's, one to anybody else the house's."""

from collections.abc import Mapping

from sqlalchemy import select

from app.access.models import User, UserClient
from app.controls.work import Work
from app.mail.letters import write_letter


def write_to(
    work: Work, user: User, letter: str, *, subject: str, values: Mapping[str, str]
) -> None:
    """Write a letter to a user, seen by those who may see whose login it goes to."""
    client_id = None
    if user.kind == "client":
        query = select(UserClient.client_id).where(UserClient.user_id == user.id)
        client_id = work.session.scalar(query)
    write_letter(work, letter, to=user.email, subject=subject, values=values, client_id=client_id)
