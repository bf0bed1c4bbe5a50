"""Who signs in for a customer: a company may have several, each with a password of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.invitations import welcome
from app.access.models import User, UserClient
from app.access.people import CreateUser
from app.access.temporary import temporary_password
from app.clients.models import Client
from app.controls.commands import handles
from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.controls.work import Work
from app.kernel.errors import Conflict

NOT_YET = "Only an authorised customer signs in"


@dataclass(frozen=True, slots=True)
class InviteClient:
    """Let a person sign in for a customer, and mail them how."""

    client_id: int
    email: str
    first_name: str
    last_name: str


@handles(InviteClient, permission="users.create")
def invite_client(work: Work, command: InviteClient) -> int:
    """Create the login and write the welcome; returns its id. Refused as an employee's is.

    A customer that is out of sight is missing (404), one that is not authorised is refused (409).
    """
    client = find(work.session, work.actor, Client, command.client_id)
    if not client.is_authorised:
        raise Conflict(NOT_YET)
    login = CreateUser(
        kind="client",
        email=command.email,
        first_name=command.first_name,
        last_name=command.last_name,
        password=temporary_password(),
        client_id=client.id,
    )
    return welcome(work, login)


def logins_of(session: Session, actor: Actor, client: Client) -> Sequence[User]:
    """Return who signs in for a customer, of those in sight, the first login first."""
    of_client = select(UserClient.user_id).where(UserClient.client_id == client.id)
    query = select(User).where(User.id.in_(of_client), *visible(actor, User))
    return session.scalars(query.order_by(User.id)).all()
