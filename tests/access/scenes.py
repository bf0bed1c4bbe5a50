"""What tests of people and passwords look up and do."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.invitations import InviteUser
from app.access.models import Role, User
from app.controls.commands import perform
from app.db.session import database
from tests import factories
from tests.factories import House
from tests.loopback import text_of
from tests.mail.scenes import a_mail_server, work
from tests.pages import send

OWN = "a password of my own"


def role_id(house: House, name: str) -> int:
    with database.reading() as session:
        query = select(Role.id).where(
            Role.organisation_id == house.organisation_id, Role.name == name
        )
        return session.scalars(query).one()


def user_of(email: str) -> User | None:
    with database.reading() as session:
        return session.scalars(select(User).where(User.email == email)).one_or_none()


def invited(house: House, role: str = "Teller", **more: Any) -> tuple[str, str]:
    """Invite somebody; returns their address and the temporary password out of their mail."""
    email = factories.unique_email("invited")
    command = InviteUser(email, "Wanja", "Mutua", role_ids=(role_id(house, role),), **more)
    perform(command, house.administrator)
    return email, mailed_password(email)


def mailed_password(email: str) -> str:
    """Let the worker post what waits and read the temporary password in it."""
    with a_mail_server() as server:
        work()
        found = re.search(r"Temporary password: (\S+)", text_of(server.newest(email)))
    assert found is not None
    return found.group(1)


def reset_link(client: FlaskClient, email: str) -> str:
    """Ask for a reset link by the page and read it in the mail; returns its path."""
    send(client, "/forgot-password", email=email)
    with a_mail_server() as server:
        work()
        text = text_of(server.newest(email))
    found = re.search(r"https://bank\.example(/reset-password/\S+)", text)
    assert found is not None
    return found.group(1)


def errors(answer: Any) -> list[str]:
    """Return the sentences beside the fields of a refused form."""
    page = answer.get_data(as_text=True)
    return re.findall(r"Error: </span>([^<]+)</span>", page)
