"""What is read of an organisation's configuration, kept until the configuration changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.tenant import Organisation

Read = TypeVar("Read")
_MOST_KEPT = 256


class KeptByVersion(Generic[Read]):
    """What is read whole of each organisation's configuration, kept at the version it was read at.

    For what is asked with the version in hand, under the locks of a movement: nothing is looked
    up to know whether it still holds. Callers share what is kept: they change nothing in it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[int, tuple[int, Read]] = {}
        _all.append(self)

    def at(self, organisation_id: int, version: int, read: Callable[[], Read]) -> Read:
        """Return it at this version, reading it at most once per version and process."""
        kept = self._kept.get(organisation_id)
        if kept is None or kept[0] != version:
            kept = self._kept[organisation_id] = (version, read())
        return kept[1]

    def newest(self, organisation_id: int) -> Read | None:
        """Return what was kept last, of whatever version; None where nothing was."""
        kept = self._kept.get(organisation_id)
        return None if kept is None else kept[1]

    def forget(self) -> None:
        """Drop all of it."""
        self._kept.clear()


_all: list[KeptByVersion[Any]] = []


def forget_configured() -> None:
    """Drop what every one of them keeps, when the database changes."""
    for one in _all:
        one.forget()


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
