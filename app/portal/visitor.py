"""Who stands in the clients' area."""

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.kernel.errors import Forbidden
from app.web.context import actor, organisation, read_session


def visitor() -> tuple[Session, Actor, Organisation]:
    """Return who asks; without a client of their own there is nothing here, whatever they may."""
    who, tenant = actor(), organisation()
    if who.scope.client_id is None or tenant is None:
        raise Forbidden("You do not have permission to do this.")
    return read_session(), who, tenant
