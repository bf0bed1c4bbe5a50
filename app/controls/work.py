"""The unit of work a handler receives: its session, its actor, its instant, its organisation."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.tenant import Organisation, calendar_date
from app.db.channel import Channel
from app.kernel.errors import Missing

Record = TypeVar("Record")
# The day that the step of a close is closing: what its commands post is booked on it, whoever
# wrote them, while everybody else has been on the next day since the cut-off.
closing_day: ContextVar[date | None] = ContextVar("closing_day", default=None)


@dataclass(slots=True)
class Work:
    """One command being carried out. Handlers read and write through `session` and never commit.

    What is written very often goes around the session, by the `channel` on which it stands.
    """

    channel: Channel
    actor: Actor
    now: datetime
    action: str
    command: Any = None
    key: str | None = None
    operation_id: str = field(default_factory=partial(token_hex, 16))
    changes: list[Any] = field(default_factory=list)
    # Those of them that a flush noted, by the state of their record.
    noted: dict[Any, Any] = field(default_factory=dict)
    versioned: set[Any] = field(default_factory=set)
    posted_transaction_ids: list[int] = field(default_factory=list)
    # Assets with a permitted overdraft whose balance or holds are moved: what was used of them
    # before, in minor units; below zero is what they had themselves.
    overdrafts_before: dict[int, int] = field(default_factory=dict)
    # The house's own assets that were found, by their key; None where this command opened one.
    house_assets: dict[Any, int | None] = field(default_factory=dict)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    has_log_rows: bool = False
    has_event: bool = False
    is_remembered: bool = False
    # The version of the configuration that a movement was carried out by.
    configuration_version: int | None = None
    closing_day: date | None = field(default_factory=closing_day.get)
    # Where the command was given, which may be outside of the organisation it then acts in.
    given_in: int | None = field(init=False)
    _organisation: Organisation | None = None

    def __post_init__(self) -> None:
        """Keep where it is given."""
        self.given_in = self.actor.organisation_id

    @property
    def session(self) -> Session:
        """The session of this command, opened when it is first asked for."""
        session = self.channel.session
        session.info["work"] = self
        return session

    @property
    def calendar_date(self) -> date:
        """The date that the calendar shows where the organisation is, whatever is closed."""
        return calendar_date(self.organisation, self.now)

    @property
    def organisation(self) -> Organisation:
        """The organisation acted in, loaded once."""
        if self._organisation is None:
            self._organisation = self.session.get(Organisation, self.actor.tenant_id)
            if self._organisation is None:
                raise Missing
        return self._organisation

    @property
    def business_date(self) -> date:
        """The date of what is posted now: the organisation's, or the day that is being closed."""
        return self.closing_day or self.organisation.business_date

    def take_turns(self) -> None:
        """Let the commands of the organisation that ask this go on one at a time, each to its end.

        It stands before a look at what must be there once, where no key of the database says so.
        """
        lock = select(Organisation.id).where(Organisation.id == self.actor.tenant_id)
        self.session.execute(lock.with_for_update(key_share=True))

    def add(self, record: Record) -> Record:
        """Add a record and flush, so that its id can be used by what refers to it."""
        self.session.add(record)
        self.session.flush()  # the id is needed before the command ends
        return record
