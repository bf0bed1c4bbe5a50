"""What is read of an organisation's configuration, kept until the configuration changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.tenant import Organisation

Read = TypeVar("Read")
_MOST_KEPT = 256


def kept_while_configured(
    read: Callable[[Session, Actor], Read],
) -> Callable[[Session, Actor], Read]:
    """Keep what a function reads for an organisation, a scope and a version of configuration.

    It may read nothing but records that are `__configuration__`, each change of which raises the
    version, and may look at nothing of its actor but organisation and scope. Callers share what
    is kept: they change nothing in it.
    """
    kept: dict[Any, Read] = {}

    @wraps(read)
    def of(session: Session, actor: Actor) -> Read:
        # The version comes with the session's own query and is older than what is read here.
        tenant = session.get_one(Organisation, actor.tenant_id)
        key = (session.get_bind().engine, tenant.id, tenant.configuration_version, actor.scope)
        found = kept.get(key)
        if found is None:
            found = read(session, actor)
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = found
        return found

    return of
