"""Letters to users: one to a client's login is the client's, one to anybody else the house's."""

from collections.abc import Mapping

from sqlalchemy import select

from app.access.models import User, UserClient
from app.controls.work import Work
from app.mail.letters import write_letter


def write_to(
    work: Work, user: User, letter: str, *, subject: str, values: Mapping[str, str], to: str = ""
) -> None:
    """Write a letter to a user, seen by those who may see whose login it goes to.

    `to` is another address of theirs, such as the one they had until now.
    """
    client_id = None
    if user.kind == "client":
        query = select(UserClient.client_id).where(UserClient.user_id == user.id)
        client_id = work.session.scalar(query)
    write_letter(
        work, letter, to=to or user.email, subject=subject, values=values, client_id=client_id
    )


def tell_of_password(work: Work, user: User) -> None:
    """Tell a person that their password is another one now."""
    values = {"name": user.shown_name, "when": _when(work)}
    write_to(work, user, "password-changed", subject="Your password was changed", values=values)


def tell_of_address(work: Work, user: User, former: str) -> None:
    """Tell both addresses of a person that they sign in with another one now.

    The new one is not named: what was mailed to the former one may have gone to a stranger.
    """
    values = {"name": user.shown_name, "former": former, "when": _when(work)}
    subject = "Your sign-in address was changed"
    for address in (former, user.email):
        write_to(work, user, "address-changed", subject=subject, values=values, to=address)


def _when(work: Work) -> str:
    return work.now.strftime("%d %B %Y at %H:%M UTC")
